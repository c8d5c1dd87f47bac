import { compileExample, HELPERS } from './compile-example.ts'

// On the line of the page's first line.
const PRELUDE = `import { expect as __expect, test as __test } from 'vitest'; ${HELPERS} `

/**
 * Returns the tests of a page of documentation, line for line, so that a failure points into the page.
 *
 * The `ts` blocks under one heading are one test, named after the heading. Names that one of them declares are known in the next.
 */
export function pageTests(page: string): string {
  return PRELUDE + testsOf(page)
}

/** Returns the tests without what they import. */
export function testsOf(page: string): string {
  const lines = page.split('\n')
  const tests = lines.map(() => '')
  const headings = examplesOf(lines)
  for (const { heading, blocks } of headings) {
    for (const { from, to } of blocks) {
      const source = lines.slice(from, to).join('\n')
      const code = compileExample(source, `line ${from + 1}`).split('\n')
      for (const [index, line] of code.entries()) tests[from + index] = line
    }
    tests[blocks[0]!.from - 1] = `__test(${JSON.stringify(heading)}, async () => {`
    tests[blocks.at(-1)!.to] = '});'
  }
  // A file of tests must have one.
  if (headings.length === 0)
    tests[0] = `__test('has no examples', () => __expect(${JSON.stringify(page)}).not.toMatch(/^\\s*\`\`\`ts/m));`
  return tests.join('\n')
}

interface Examples {
  readonly heading: string
  /** The lines of code of each block: from the one after the opening fence to the one of the closing fence. */
  readonly blocks: { readonly from: number; readonly to: number }[]
}

function examplesOf(lines: readonly string[]): Examples[] {
  const found: Examples[] = []
  let current: Examples = { heading: 'the beginning', blocks: [] }
  let fence: { readonly language: string; readonly from: number } | undefined
  for (const [index, line] of lines.entries()) {
    const mark = /^\s*```(\w*)/.exec(line)
    if (fence && mark) {
      if (fence.language === 'ts') current.blocks.push({ from: fence.from, to: index })
      if (fence.language === 'ts' && current.blocks.length === 1) found.push(current)
      fence = undefined
    } else if (mark) fence = { language: mark[1]!, from: index + 1 }
    else if (!fence && /^#+ /.test(line))
      current = { heading: line.replace(/^#+ /, '').replaceAll('`', ''), blocks: [] }
  }
  return found
}

import swc from '@swc/wasm-typescript'
import { type Comment, type Node, type Program, parse } from 'acorn'
import type { Plugin } from 'vitest/config'

/**
 * Turns pages of documentation into tests, so that no example in them is ever wrong.
 *
 * The `ts` blocks under one heading are one test, named after the heading; names declared in one of them are known in the
 * next. A line that ends with `//=> value` promises that its expression (or the constant it declares) has that value;
 * `//=> throws Name` promises an error of that name. Other lines only have to run.
 *
 * The code that comes out has the lines of the page, so that a failure points into the page.
 */
export function doctest(): Plugin {
  return {
    name: 'doctest',
    enforce: 'pre',
    transform(page, id) {
      return id.split('?')[0]!.endsWith('.md') ? { code: prelude + testsOf(page), map: null } : undefined
    },
  }
}

// On the line of the page's first line.
const prelude = [
  "import { expect as __expect, test as __test } from 'vitest';",
  'const __same = async (actual, expected) => __expect(await actual()).toEqual(await expected());',
  'const __throws = async (actual, name) => {',
  "  let thrown = 'nothing was thrown';",
  '  try { await actual() } catch (error) { thrown = error }',
  '  __expect(thrown?.name ?? thrown, String(thrown)).toBe(name)',
  '};',
].join(' ')

/** Returns the tests of a page, line for line. */
export function testsOf(page: string): string {
  const lines = page.split('\n')
  const tests = lines.map(() => '')
  const headings = examplesOf(lines)
  for (const { heading, blocks } of headings) {
    for (const { from, to } of blocks) {
      const source = lines.slice(from, to).join('\n')
      const code = compile(source, `line ${from + 1}`).split('\n')
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

interface Positioned extends Node {
  readonly [property: string]: unknown
}

/** Returns a block of TypeScript as the body of a function in JavaScript, with its promises as assertions, line for line. */
function compile(source: string, where: string): string {
  const script = strip(source, where)
  const comments: Comment[] = []
  const program: Program = parse(script, {
    ecmaVersion: 'latest',
    sourceType: 'module',
    allowAwaitOutsideFunction: true,
    locations: true,
    onComment: comments,
  })
  const statements = statementsOf(program as unknown as Positioned)
  const edits: { readonly at: number; readonly text: string; readonly until?: number }[] = []
  for (const node of statements)
    if (node.type === 'ImportDeclaration')
      edits.push({ at: node.start, until: node.end, text: dynamicImport(node, script) })
  for (const comment of comments) {
    const promise = /^=>\s*(.+?)\s*$/.exec(comment.value)?.[1]
    if (promise === undefined) continue
    const line = comment.loc!.start.line
    const promised = statements.findLast((node) => node.loc!.end.line === line && node.end <= comment.start)
    const expression = promised && expressionOf(promised)
    if (!promised || !expression)
      throw new Error(
        `${where}: //=> stands after an expression or a constant, not after ${promised?.type ?? 'nothing'}`,
      )
    const thrown = /^throws (\w+)$/.exec(promise)?.[1]
    const [verb, expected] = thrown
      ? ['__throws', JSON.stringify(thrown)]
      : ['__same', `async () => (${strip(`(${promise})`, where).trim().replace(/;$/, '')})`]
    if (expression.declared)
      edits.push({ at: promised.end, text: `; await ${verb}(() => ${expression.declared}, ${expected});` })
    else {
      edits.push({ at: expression.start, text: `;await ${verb}(async () => (` })
      edits.push({ at: expression.end, text: `), ${expected})` })
    }
  }
  let code = script
  for (const { at, text, until = at } of edits.toSorted((a, b) => b.at - a.at))
    code =
      code.slice(0, at) + text + '\n'.repeat(code.slice(at, until).split('\n').length - 1) + code.slice(until)
  return code
}

function strip(source: string, where: string): string {
  try {
    return swc.transformSync(source, { mode: 'strip-only', module: true }).code
  } catch (error) {
    throw new Error(
      `${where}: this is not TypeScript: ${error instanceof Error ? error.message : String((error as { message?: string }).message ?? error)}\n${source}`,
    )
  }
}

/** All statements, also those inside of functions and blocks, in the order in which they end. */
function statementsOf(node: Positioned): Positioned[] {
  const inside = Object.values(node).flatMap((value) =>
    Array.isArray(value)
      ? value.flatMap((each) => (isNode(each) ? statementsOf(each) : []))
      : isNode(value)
        ? statementsOf(value)
        : [],
  )
  return /Statement$|Declaration$/.test(node.type) ? [...inside, node] : inside
}

const isNode = (value: unknown): value is Positioned =>
  typeof value === 'object' && value !== null && typeof (value as Positioned).type === 'string'

function expressionOf(statement: Positioned): { start: number; end: number; declared?: string } | undefined {
  if (statement.type === 'ExpressionStatement') return statement.expression as Positioned
  if (statement.type !== 'VariableDeclaration') return undefined
  const { id } = (statement.declarations as Positioned[]).at(-1)!
  const name = (id as Positioned).name
  return typeof name === 'string' ? { start: 0, end: 0, declared: name } : undefined
}

/** The tests of a page are functions, in which there are no import declarations. */
function dynamicImport(node: Positioned, script: string): string {
  const source = `await import(${(node.source as Positioned).raw as string})`
  const specifiers = node.specifiers as Positioned[]
  if (specifiers.length === 0) return source
  const text = (part: unknown): string => script.slice((part as Node).start, (part as Node).end)
  const whole = specifiers.find(({ type }) => type === 'ImportNamespaceSpecifier')
  if (whole) return `const ${text(whole.local)} = ${source}`
  const names = specifiers.map(({ type, imported, local }) =>
    type === 'ImportDefaultSpecifier' ? `default: ${text(local)}` : `${text(imported)}: ${text(local)}`,
  )
  return `const { ${names.join(', ')} } = ${source}`
}

import { compileExample, HELPERS } from './compile-example.ts'

const DOCSTRING = /\/\*\*(?:(?!\*\/)[\s\S])*\*\//g
const BLOCK = /^([ \t]*\* ?)```ts[ \t]*\n([\s\S]*?)^[ \t]*\* ?```[ \t]*$/gm
const PROMISE = /\/\/=>/
const DECLARATION =
  /^\s*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|const|let|class|interface|type)\s+([\w$]+)/

/** Whether a source file has an example in a docstring that promises a value. */
export function hasDocstringTests(source: string): boolean {
  return (source.match(DOCSTRING) ?? []).some(
    (docstring) => docstring.includes('```ts') && PROMISE.test(docstring),
  )
}

/**
 * Returns a TypeScript file with the examples in its docstrings as tests of vitest. They are defined where the file itself is run as a test
 * file. The lines stay: a failure points at the line of the example.
 *
 * @param path of the file. Its name is the name of the module in the examples: `Chat` for `chat.ts`
 */
export function docstringTests(source: string, path: string): string {
  const module = moduleName(path)
  let count = 0
  const changed = source.replaceAll(DOCSTRING, (docstring: string, at: number) => {
    if (!PROMISE.test(docstring)) return docstring
    const line = source.slice(0, at).split('\n').length
    const after = source.slice(at + docstring.length)
    const owner = DECLARATION.exec(after)?.[1]
    // A docstring inside of a class or an object is no place for a statement.
    if (owner === undefined || !/(^|\n)$/.test(source.slice(0, at))) return docstring
    let tests = ''
    let from = 0
    for (const block of docstring.matchAll(BLOCK)) {
      const [whole, , body] = block
      if (!PROMISE.test(body!)) continue
      const before = docstring.slice(from, block.index)
      const code = body!.replaceAll(/^[ \t]*\* ?/gm, '')
      const first = line + docstring.slice(0, block.index).split('\n').length
      const name = `doctest ${module}.${owner} (${++count})`
      const test = compileExample(code.replace(/\n$/, ''), `${path}:${first}`)
      tests += `${lineFeeds(before)}if (import.meta.vitest) import.meta.vitest.test(${JSON.stringify(name)}, async () => { const ${module} = await import(${JSON.stringify(path)}); {\n${test}\n}});`
      from = block.index + whole.length
    }
    return from === 0 ? docstring : `${tests}${lineFeeds(docstring.slice(from))}`
  })
  return `${changed}\nconst __expect = import.meta.vitest?.expect; ${HELPERS}\n`
}

function lineFeeds(text: string): string {
  return '\n'.repeat(text.split('\n').length - 1)
}

/** `WebChat` for `/my/web-chat.ts`. */
function moduleName(path: string): string {
  const base = path.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '')
  return base.replaceAll(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

import { type Comment, type Node, type Program, parse } from 'acorn'
import { loadTypeScript } from '../../loader/index.ts'

/** Functions that a compiled example calls, in one line. They use `__expect`, the `expect` of vitest. */
export const HELPERS: string = [
  'async function __same(actual, expected) { await __at(async () => __expect(await actual()).toEqual(await expected())) }',
  'async function __throws(actual, name) {',
  "  let thrown = 'nothing was thrown'; try { await actual() } catch (error) { thrown = error }",
  '  await __at(() => __expect(thrown?.name ?? thrown, String(thrown)).toBe(name))',
  '}',
  // A failure is at the line of the example, and not at the line of these functions.
  'async function __at(check) {',
  "  const line = /[^\\s(]+:\\d+:(?=\\d+\\)?$)/.exec(new Error().stack.split('\\n')[1])?.[0];",
  "  try { await check() } catch (error) { error.stack = error.stack?.split('\\n').filter((each) => !each.includes(line)).join('\\n'); throw error }",
  '}',
].join(' ')

/**
 * Returns an example in TypeScript as the body of an async function in JavaScript, line for line. A line that ends with `//=> value` or
 * `//=> throws Name` calls {@link HELPERS}.
 *
 * @param where place of the example, for errors
 */
export function compileExample(source: string, where: string): string {
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

interface Positioned extends Node {
  readonly [property: string]: unknown
}

function strip(source: string, where: string): string {
  try {
    return loadTypeScript().transformSync(source, { mode: 'strip-only', module: true }).code
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

import type { ImportDeclaration, Node, Program } from 'acorn'
import { loadTypeScript, type TypeScriptCompiler } from '../../loader/index.ts'

/** Result for an input that ends too early: the shell reads another line of it. */
export const incompleteInput: unique symbol = Symbol('unfinished')

/** Input that was transformed to JavaScript. */
export interface TransformedSource {
  readonly code: string
  /** Whether the input ends with an expression, whose value is shown even when it is `undefined`. */
  readonly expression: boolean
}

type Transform = TypeScriptCompiler['transformSync']
type Parse = typeof import('acorn').parse

/** Key of the global symbol under which rewritten imports find the function that they call. */
export const IMPORT_KEY = 'moebi/shell/import'

/** Returns whether an input ends too early, so that another line must follow. */
export async function isIncomplete(input: string): Promise<boolean> {
  try {
    return (await transformSource(input)) === incompleteInput
  } catch {
    return false
  }
}

/**
 * Returns the input without its types and with import declarations rewritten to `await import`, so that lines pasted from a file
 * can be evaluated.
 */
export async function transformSource(input: string): Promise<TransformedSource | typeof incompleteInput> {
  const { parse } = await import('acorn')
  const code = stripTypes(input, parse)
  if (code === incompleteInput) return incompleteInput
  let program: Program
  try {
    program = parse(code, SCRIPT)
  } catch {
    // V8 accepts more than the parser, and its messages are better.
    return { code, expression: true }
  }
  return {
    code: rewriteImports(code, program),
    expression: program.body.at(-1)?.type === 'ExpressionStatement',
  }
}

const SCRIPT = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  allowAwaitOutsideFunction: true,
  allowImportExportEverywhere: true,
} as const

/** Parses JavaScript. @throws SyntaxError */
export async function parseScript(code: string): Promise<Program> {
  const { parse } = await import('acorn')
  return parse(code, SCRIPT)
}

function stripTypes(input: string, parse: Parse): string | typeof incompleteInput {
  if (/^\{.*\}$/s.test(input.trim())) {
    // Braces around the input mean an object literal when that is possible, as in other consoles.
    const object = tryTransform(`(${input.trim()})`, parse)
    if (typeof object === 'string') return object
  }
  const result = tryTransform(input, parse)
  if (typeof result === 'string') return result
  if (endsEarly(input, result)) return incompleteInput
  throw new InputSyntaxError(input, result)
}

/** Error for an input that is not TypeScript, with the position of the first error. */
export class InputSyntaxError extends SyntaxError {
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1. */
  readonly column: number
  /** Text of that line. */
  readonly source: string

  constructor(input: string, { message, startLine, startColumn }: StripError) {
    // A long list of expected tokens is left out of the message.
    super(message.replace(/\. Expected .{60,}$/s, '.'))
    this.name = 'SyntaxError'
    this.line = startLine
    this.column = startColumn + 1
    this.source = input.split('\n')[startLine - 1] ?? ''
  }
}

interface StripError {
  /** `UnsupportedSyntax` for a construct that has code of its own, such as an enum, and so cannot be stripped. */
  readonly code: string
  readonly message: string
  readonly startLine: number
  readonly startColumn: number
}

function tryTransform(source: string, parse: Parse): string | StripError {
  if (isPlainJavaScript(source, parse)) return source
  const transform = loadTypeScript().transformSync
  try {
    return transform(source, { mode: 'strip-only' }).code
  } catch (error) {
    return (error as StripError).code === 'UnsupportedSyntax'
      ? generate(source, transform)
      : (error as StripError)
  }
}

// Without `<`, JavaScript means the same in TypeScript: `f<a>(b)` is a call there, and two comparisons in JavaScript.
function isPlainJavaScript(source: string, parse: Parse): boolean {
  if (source.includes('<')) return false
  try {
    parse(source, SCRIPT)
    return true
  } catch {
    return false
  }
}

// Generates code for enums, namespaces and parameter properties. Line numbers after them may differ from those of the input.
function generate(source: string, transform: Transform): string | StripError {
  try {
    // verbatimModuleSyntax keeps the imports that the input itself does not use.
    return transform(source, { mode: 'transform', transform: { verbatimModuleSyntax: true } }).code
  } catch (error) {
    return error as StripError
  }
}

// An error at the end of the input means that the input is incomplete.
function endsEarly(input: string, error: StripError): boolean {
  if (error.message === 'Unterminated template' || error.message === 'Unterminated block comment') return true
  const lines = input.trimEnd().split('\n')
  if (error.startLine !== lines.length) return error.startLine > lines.length
  return error.startColumn >= lines.at(-1)!.trimEnd().length
}

function rewriteImports(code: string, program: Program): string {
  const edits: { readonly start: number; readonly end: number; readonly text: string }[] = []
  const importer = `globalThis[Symbol.for(${JSON.stringify(IMPORT_KEY)})]`
  const visit = (node: Node): void => {
    if (node.type === 'ImportDeclaration') {
      edits.push({ ...node, text: dynamicImport(node as ImportDeclaration, importer) })
      return
    }
    if (node.type === 'ImportExpression')
      edits.push({ start: node.start, end: node.start + 'import'.length, text: importer })
    if (node.type === 'ExportNamedDeclaration' && (node as { declaration?: Node }).declaration)
      edits.push({
        start: node.start,
        end: (node as unknown as { declaration: Node }).declaration.start,
        text: '',
      })
    for (const child of children(node)) visit(child)
  }
  visit(program)
  let result = code
  for (const { start, end, text } of edits.sort((a, b) => b.start - a.start))
    result = result.slice(0, start) + text + result.slice(end)
  return result
}

function* children(node: Node): Generator<Node> {
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value])
      if (child !== null && typeof child === 'object' && typeof child.type === 'string') yield child
}

function dynamicImport({ specifiers, source }: ImportDeclaration, importer: string): string {
  const imported = `await ${importer}(${source.raw})`
  const [first] = specifiers
  if (!first) return `${imported};`
  const all = specifiers.find((specifier) => specifier.type === 'ImportNamespaceSpecifier')
  const names = specifiers.flatMap((specifier) => {
    if (specifier.type === 'ImportNamespaceSpecifier') return []
    if (specifier.type === 'ImportDefaultSpecifier') return [`default: ${specifier.local.name}`]
    const { imported: name, local } = specifier
    return [`${name.type === 'Identifier' ? name.name : name.raw}: ${local.name}`]
  })
  if (!all) return `const { ${names.join(', ')} } = ${imported};`
  return `const ${all.local.name} = ${imported};${names.length > 0 ? ` const { ${names.join(', ')} } = ${all.local.name};` : ''}`
}

import { pathToFileURL } from 'node:url'
import { runInThisContext } from 'node:vm'
import { type FunctionScope, translateCall } from '../abstract-format/index.ts'
import { type AnyFunction, type FreeVariableLookup, parseFunction, serializeCall } from '../closure/index.ts'
import type { RemoteCall, RunningNode } from '../node/index.ts'
import type { Term } from '../term/index.ts'

/** What a function that was written in a test file uses: noted by the plugin, which changes calls such as `kate.call(() => …)`. */
interface CapturedFunction {
  /** The text of the function, before vite changes its imports. */
  readonly source: string
  /** Returns the value of a variable that the function can read. Throws a ReferenceError for an unknown name. */
  readonly read: (name: string) => unknown
  /** The imports that the function may use: module and name, `*` for the whole module. */
  readonly imports: Readonly<Record<string, readonly [module: string, name: string]>>
}

const captured = new WeakMap<AnyFunction, CapturedFunction>()

/** Notes what a function uses, and returns the function. The plugin inserts the calls. */
export function captureFunction<F extends AnyFunction>(
  fn: F,
  source: string,
  read: CapturedFunction['read'],
  imports: CapturedFunction['imports'],
): F {
  captured.set(fn, { source, read, imports })
  return fn
}

/** Lets the node of the tests send functions that were written in a test file to other nodes. */
export function sendCapturedFunctions(node: RunningNode): void {
  node.serializeFunction = serialize
  node.translateFunction = async (fn, args) => {
    const builtins = await import('../index.ts')
    return translate(fn, args, builtins as FunctionScope['builtins'])
  }
}

function serialize(fn: AnyFunction, args: readonly Term[]): RemoteCall {
  const { source, imports, read } = capturedFunction(fn)
  const { freeVariables } = parseFunction(source)
  const lines = Object.entries(imports)
    .filter(
      ([local, [module, name]]) => freeVariables.includes(local) && (!isMoebi(module) || local !== name),
    )
    .map(([local, [module, name]]) => {
      const imported = `await import(${JSON.stringify(specifier(local, module))})`
      return name === '*' ? `const ${local} = ${imported}` : `const { ${name}: ${local} } = ${imported}`
    })
  const text =
    lines.length === 0 ? source : `async (...$args) => { ${lines.join('; ')}; return (${source})(...$args) }`
  return serializeCall(evaluate(text), args, lookupIn(read, imports))
}

function translate(fn: AnyFunction, args: readonly Term[], builtins: FunctionScope['builtins']): RemoteCall {
  const { source, read, imports } = capturedFunction(fn)
  return translateCall(evaluate(source), args, { lookup: lookupIn(read, imports), builtins })
}

function capturedFunction(fn: AnyFunction): CapturedFunction {
  const known = captured.get(fn)
  if (known) return known
  const source = Function.prototype.toString.call(fn)
  checkSource(fn.name || 'the function', source)
  return { source, read: unknownName, imports: {} }
}

function unknownName(name: string): never {
  throw new ReferenceError(`${name} is not defined`)
}

// The other node resolves imports and the globals of JavaScript itself.
function lookupIn(read: CapturedFunction['read'], imports: CapturedFunction['imports']): FreeVariableLookup {
  return (name) => {
    if (Object.hasOwn(imports, name) || name in globalThis) return undefined
    let value: unknown
    try {
      value = read(name)
    } catch (error) {
      if (error instanceof ReferenceError) return undefined
      throw error
    }
    if (typeof value === 'function') checkSource(name, Function.prototype.toString.call(value))
    return { value }
  }
}

/** Vite replaces each use of an import. The text of such a function has no meaning on another node. */
function checkSource(name: string, source: string): void {
  if (!/__vi(?:te_ssr)?_import_/.test(source)) return
  throw new TypeError(
    `${name} uses what the test file has imported, so its text cannot be sent to another node. Write the function in place, as in ` +
      'kate.call(() => Chat.hello()), or move it to a module that the test imports.',
  )
}

function specifier(local: string, module: string): string {
  if (module === 'vitest' || module.startsWith('moebi/test'))
    throw new TypeError(
      `${local} is imported from ${module}, which exists in the test only: a function that is sent to another node cannot use it.`,
    )
  return module.startsWith('/') || /^[a-z]:/i.test(module) ? pathToFileURL(module).href : module
}

function isMoebi(module: string): boolean {
  return module === 'moebi'
}

// A function with the text as its source code. It is sent, and not called here.
function evaluate(source: string): AnyFunction {
  return runInThisContext(`(${source})`) as AnyFunction
}

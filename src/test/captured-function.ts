import { pathToFileURL } from 'node:url'
import { runInThisContext } from 'node:vm'
import { type FunctionScope, translateCall } from '../abstract-format/index.ts'
import { type AnyFunction, serializeCall, type VariableLookup } from '../closure/index.ts'
import type { RemoteCall, RunningNode } from '../node/index.ts'
import type { Term } from '../term/index.ts'

/** What a function that was written in a test file uses: noted by the plugin, which changes calls such as `kate.call(() => …)`. */
interface CapturedFunction {
  /** The text of the function, before vite changes its imports. */
  readonly source: string
  /** Returns the value of each variable of the test that the function uses. */
  readonly values: Readonly<Record<string, () => unknown>>
  /** The imports that the function uses: module and name, `*` for the whole module. */
  readonly imports: Readonly<Record<string, readonly [module: string, name: string]>>
}

const captured = new WeakMap<AnyFunction, CapturedFunction>()

/** Notes what a function uses, and returns the function. The plugin inserts the calls. */
export function captureFunction<F extends AnyFunction>(
  fn: F,
  source: string,
  values: CapturedFunction['values'],
  imports: CapturedFunction['imports'],
): F {
  captured.set(fn, { source, values, imports })
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
  const { source, imports, ...scope } = capturedFunction(fn)
  const lines = Object.entries(imports)
    .filter(([local, [module, name]]) => !isMoebi(module) || local !== name)
    .map(([local, [module, name]]) => {
      const imported = `await import(${JSON.stringify(specifier(local, module))})`
      return name === '*' ? `const ${local} = ${imported}` : `const { ${name}: ${local} } = ${imported}`
    })
  const text =
    lines.length === 0 ? source : `async (...$args) => { ${lines.join('; ')}; return (${source})(...$args) }`
  return serializeCall(evaluate(text), args, lookupIn(scope.values))
}

function translate(fn: AnyFunction, args: readonly Term[], builtins: FunctionScope['builtins']): RemoteCall {
  const { source, values } = capturedFunction(fn)
  return translateCall(evaluate(source), args, { lookup: lookupIn(values), builtins })
}

function capturedFunction(fn: AnyFunction): CapturedFunction {
  const known = captured.get(fn)
  if (known) return known
  const source = Function.prototype.toString.call(fn)
  checkSource(fn.name || 'the function', source)
  return { source, values: {}, imports: {} }
}

function lookupIn(values: CapturedFunction['values']): VariableLookup {
  return (name) => {
    if (!Object.hasOwn(values, name)) return undefined
    const value = values[name]!()
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

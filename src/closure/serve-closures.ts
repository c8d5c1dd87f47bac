import type { ClosureCaller, RunningNode } from '../node/index.ts'
import type { Kernel } from '../process/index.ts'
import { type Atom, atom, badarg, ErlangError, text } from '../term/index.ts'
import { deserializeFunction, type VariableLookup } from './deserialize.ts'

/** Values that functions of other nodes find in scope beside the modules: `self`, `send`, `IO`, … */
export type ClosureScope = Readonly<Record<string, unknown>>

/** Options of {@link serveClosures}. */
export interface ServeClosuresOptions {
  /** Default: the exports of Moebi. */
  readonly scope?: ClosureScope
}

/**
 * Lets a node run functions that were typed at the prompt of another Moebi node. They arrive as source text. A node
 * with the cookie may thus run any JavaScript code on this node. Shells call this; other programs must call it themselves.
 *
 * When not to use it: where more people know the cookie than may run code on the node.
 *
 * @example await Node.start({ name: 'app@localhost', closures: serveClosures })
 */
export function serveClosures(node: RunningNode, { scope }: ServeClosuresOptions = {}): void {
  let caller = scope && closureCaller(node.kernel, scope)
  node.callClosure = async (...call) => {
    caller ??= closureCaller(node.kernel, await import('../index.ts'))
    return caller(...call)
  }
}

/** Returns a function that calls functions of other nodes in the current process. */
export function closureCaller(kernel: Kernel, scope: ClosureScope): ClosureCaller {
  const lookup = variableLookup(kernel, scope)
  return (source, bindings, args) => {
    if (!(typeof source === 'string' || source instanceof Uint8Array) || !Array.isArray(args))
      throw new ErlangError(badarg)
    return deserializeFunction(text(source), bindings, lookup)(...(args as never[]))
  }
}

/** Returns the lookup of free variables on this node: a value in scope, or a module. */
function variableLookup(kernel: Kernel, scope: ClosureScope): VariableLookup {
  return (name) => {
    if (Object.hasOwn(scope, name)) return { value: scope[name] }
    const module = /^[A-Z]/.test(name) ? (atom(`Elixir.${name}`) as Atom) : (atom(name) as Atom)
    return kernel.modules.has(module) ? { value: moduleObject(kernel, module) } : undefined
  }
}

// The proxy looks the function up at every call, so that it calls the current version of a module that was defined again.
function moduleObject(kernel: Kernel, module: Atom): object {
  return new Proxy(Object.create(null) as object, {
    get: (_, key) => (typeof key === 'string' ? kernel.modules.exports(module).get(key)?.fn : undefined),
    has: (_, key) => typeof key === 'string' && kernel.modules.exports(module).has(key),
  })
}

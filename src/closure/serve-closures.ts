import type { Kernel } from '../process/index.ts'
import { type Atom, atom, ErlangError, type Term, text, tuple } from '../term/index.ts'
import { deserializeFunction } from './deserialize.ts'
import type { VariableLookup } from './serialize.ts'
import { APPLY, CLOSURE_MODULE } from './serialize.ts'

export interface ServeClosuresOptions {
  /** Values that functions of other nodes find in scope beside the modules: `self`, `send`, `IO`, … */
  readonly scope: Readonly<Record<string, unknown>>
}

/**
 * Lets other Moebi nodes run functions on this node that they send as source code. Nodes of `moebi shell` do this.
 */
export function serveClosures(kernel: Kernel, { scope }: ServeClosuresOptions): void {
  const lookup = variableLookup(kernel, scope)
  kernel.modules.define(CLOSURE_MODULE, {
    [APPLY.name]: (source: Term, bindings: Term, args: Term) => {
      if (!(typeof source === 'string' || source instanceof Uint8Array) || !Array.isArray(args))
        throw new ErlangError(atom('badarg'))
      return deserializeFunction(text(source), bindings, lookup)(...(args as never[]))
    },
  })
}

/** Refuses functions of other nodes with an exit reason that says so. */
export function refuseClosures(kernel: Kernel): void {
  kernel.modules.define(CLOSURE_MODULE, {
    [APPLY.name]: (_source: Term, _bindings: Term, _args: Term) => {
      throw new ErlangError(
        tuple(
          atom('badfun'),
          `${kernel.name.name} does not run functions of other nodes: only nodes of moebi shell do. ` +
            'Export the function from a module on that node and call it by name.',
        ),
      )
    },
  })
}

/** Returns the lookup of free variables on this node: a value in scope, or a module. */
export function variableLookup(kernel: Kernel, scope: Readonly<Record<string, unknown>>): VariableLookup {
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

import type { Kernel } from '../process/index.ts'
import { type Atom, atom, ErlangError, type Term, text, tuple } from '../term/index.ts'
import { deserializeFunction } from './deserialize.ts'
import type { VariableLookup } from './serialize.ts'
import { APPLY, CLOSURE_MODULE } from './serialize.ts'

export interface ServeClosuresOptions {
  /** The words that a function finds here, beside the modules: `self`, `send`, `IO`, … */
  readonly scope: Readonly<Record<string, unknown>>
}

/**
 * Lets other Moebi nodes run functions here that they send as source. They have the cookie, and may run code here by that;
 * even so only shells do this unless they are told to.
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

/** Refuses such functions, with an exit reason that says so. */
export function refuseClosures(kernel: Kernel): void {
  kernel.modules.define(CLOSURE_MODULE, {
    [APPLY.name]: (_source: Term, _bindings: Term, _args: Term) => {
      throw new ErlangError(
        tuple(
          atom('badfun'),
          `${kernel.name.name} does not run functions of other nodes: only shells do, and nodes with the option closures. ` +
            'Export the function there from a module and name it.',
        ),
      )
    },
  })
}

/** What a free name stands for on this node: one of its words, or one of its modules. */
export function variableLookup(kernel: Kernel, words: Readonly<Record<string, unknown>>): VariableLookup {
  return (name) => {
    if (Object.hasOwn(words, name)) return { value: words[name] }
    const module = /^[A-Z]/.test(name) ? (atom(`Elixir.${name}`) as Atom) : (atom(name) as Atom)
    return kernel.modules.has(module) ? { value: moduleObject(kernel, module) } : undefined
  }
}

// Asked anew at every call, so that a module that is defined again is the one that is called.
function moduleObject(kernel: Kernel, module: Atom): object {
  return new Proxy(Object.create(null) as object, {
    get: (_, key) => (typeof key === 'string' ? kernel.modules.exports(module).get(key)?.fn : undefined),
    has: (_, key) => typeof key === 'string' && kernel.modules.exports(module).has(key),
  })
}

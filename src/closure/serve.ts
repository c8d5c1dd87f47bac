import type { Kernel } from '../process/index.ts'
import { type Atom, atom, ErlangError, type Term, text, tuple } from '../term/index.ts'
import type { Lookup } from './carry.ts'
import { compile } from './compile.ts'
import { APPLY, MODULE } from './wire.ts'

export interface ServeOptions {
  /** The words that a function finds here, beside the modules: `self`, `send`, `IO`, … */
  readonly words: Readonly<Record<string, unknown>>
}

/**
 * Lets other Moebi nodes run functions here that they send as source. They have the cookie, and may run code here by that;
 * even so only shells do this unless they are told to.
 */
export function serveClosures(kernel: Kernel, { words }: ServeOptions): void {
  const lookup = calleeLookup(kernel, words)
  kernel.modules.define(MODULE, {
    [APPLY.name]: (source: Term, bindings: Term, args: Term) => {
      if (!(typeof source === 'string' || source instanceof Uint8Array) || !Array.isArray(args))
        throw new ErlangError(atom('badarg'))
      return compile(text(source), bindings, lookup)(...(args as never[]))
    },
  })
}

/** Refuses such functions, with an exit reason that says so. */
export function refuseClosures(kernel: Kernel): void {
  kernel.modules.define(MODULE, {
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
export function calleeLookup(kernel: Kernel, words: Readonly<Record<string, unknown>>): Lookup {
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

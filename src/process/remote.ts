import { type Atom, atom, nameToAtom, type Term } from '../term/index.ts'
import { currentKernel } from './current-kernel.ts'
import { nameReference, snakeCase } from './modules.ts'

/** The functions that a module exports, without what else is in it. */
export type RemoteModule<M> = {
  readonly [K in keyof M as M[K] extends (...args: never[]) => unknown ? K : never]: M[K]
}

/**
 * The functions of a module that other nodes have, by the module's type, so that they can be named without being here:
 * `import type` is enough. Their arguments and results are checked as if they were.
 *
 * When not to use it: for a module that this program imports anyway. Its functions are known by themselves.
 *
 * @param module as in `Application.define({ modules: { Chat } })`
 * @returns functions to give to `Task.Supervisor.async`, `Node.spawn` or `erpc.call`; one that is called as it is runs on
 *   this node, and ends with `undef` where this node has no such module
 * @example
 * import type * as Chat from './chat.ts'
 * await Task.Supervisor.async(supervisor, remote<typeof Chat>('Chat').receiveMessage, ['hi'])
 */
export function remote<M extends object>(module: string | Atom): RemoteModule<M> {
  const name = nameToAtom(module)
  const functions = new Map<string, unknown>()
  return new Proxy(Object.create(null) as RemoteModule<M>, {
    get(_target, key) {
      // What is awaited is asked whether it is a promise.
      if (typeof key !== 'string' || key === 'then') return undefined
      const known = functions.get(key)
      if (known) return known
      const reference = functionOf(name, atom(snakeCase(key)) as Atom)
      functions.set(key, reference)
      return reference
    },
  })
}

function functionOf(module: Atom, name: Atom): (...args: readonly Term[]) => unknown {
  const fn = (...args: readonly Term[]): unknown => currentKernel().apply(module, name, args)
  nameReference(fn, { module, name, fn: fn as never })
  return fn
}

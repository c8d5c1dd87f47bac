import { type Atom, atom, nameToAtom, type Term } from '../../term/index.ts'
import { nameReference, snakeCase } from '../modules/index.ts'
import { currentKernel } from './current-kernel.ts'

/** The exported functions of a module, without its other exports. */
export type RemoteModule<M> = {
  readonly [K in keyof M as M[K] extends (...args: never[]) => unknown ? K : never]: M[K]
}

/**
 * Returns references to the functions of a module of other nodes. Only the type of the module is needed (`import type`), and
 * arguments and results are checked with it.
 *
 * When not to use it: for a module that this program imports. Its functions can be passed themselves.
 *
 * @param module the name of the module, as in `Application.define({ modules: { Chat } })`
 * @returns functions for `Task.Supervisor.async`, `Node.spawn` or `erpc.call`. A direct call runs the function of this node,
 *   and throws an error with the reason `undef` when this node has no such module
 * @example
 * import type * as Chat from './chat.ts'
 * await Task.Supervisor.async(supervisor, remote<typeof Chat>('Chat').receiveMessage, ['hi'])
 */
export function remote<M extends object>(module: string | Atom): RemoteModule<M> {
  const name = nameToAtom(module)
  const functions = new Map<string, unknown>()
  return new Proxy(Object.create(null) as RemoteModule<M>, {
    get(_target, key) {
      // `await` reads `then`.
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
  nameReference(fn, { module, name, fn: fn as never, definedBy: 'another node' })
  return fn
}

import type { Kernel } from '../../process/index.ts'
import { Atom } from '../../term/index.ts'
import type { Behaviour } from './behaviour.ts'

/** Key under which the module of a server keeps its callbacks, for a server whose code is changed to that module. */
export const BEHAVIOUR: unique symbol = Symbol('behaviour')

// The modules of a kernel hold only functions, so a server that is found by its name is identified by its `start` function.
const byStart = new WeakMap<object, Behaviour<unknown, unknown>>()

/** Registers the callbacks of a server under its `start` function, so that they are found by the name of its module. */
export function registerCallbacks(start: object, behaviour: Behaviour<unknown, unknown>): void {
  byStart.set(start, behaviour)
}

/**
 * Returns the callbacks of a module: an object of this program, or a module of this node by its name that is a server.
 * Returns undefined for any other name: the server then keeps its callbacks.
 */
export function callbacksOf(module: unknown, { modules }: Kernel): Behaviour<unknown, unknown> | undefined {
  if (module instanceof Atom) {
    const start = modules.exports(module).get('start')
    return start && byStart.get(start.fn)
  }
  return module !== null && typeof module === 'object' && BEHAVIOUR in module
    ? (module[BEHAVIOUR] as Behaviour<unknown, unknown>)
    : undefined
}

/** Returns the name under which this node exports a server, or undefined. */
export function exportedName(module: object, { modules }: Kernel): Atom | undefined {
  return modules.exportedAs((module as { readonly start?: unknown }).start)?.module
}

import type { Kernel } from '../../process/index.ts'
import { Atom } from '../../term/index.ts'
import type { Behaviour } from './behaviour.ts'

/** Key under which the module of a server keeps its callbacks, for a server whose code is changed to that module. */
export const BEHAVIOUR: unique symbol = Symbol('behaviour')

// A table of modules keeps functions only, so a module that is found by its name is known by its `start`.
const byStart = new WeakMap<object, Behaviour<unknown, unknown>>()

/** Makes the callbacks of a server known by its `start` function, so that its code can be changed by the name of its module. */
export function registerCallbacks(start: object, behaviour: Behaviour<unknown, unknown>): void {
  byStart.set(start, behaviour)
}

/**
 * Returns the callbacks of a module: of an object of this program, or of a module of this node by its name, where that is
 * a server. Undefined for any other name: the server keeps its callbacks.
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

/** Returns the name under which this node exports the module of a server; undefined where it exports none. */
export function exportedName(module: object, { modules }: Kernel): Atom | undefined {
  return modules.exportedAs((module as { readonly start?: unknown }).start)?.module
}

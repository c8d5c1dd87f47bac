import type { Behaviour } from './behaviour.ts'

/** Key under which the module of a server keeps its callbacks, for a server whose code is changed to that module. */
export const BEHAVIOUR: unique symbol = Symbol('behaviour')

/** Returns the callbacks of a module of this program. Undefined for the name of a module: its code is the same as before. */
export function callbacksOf(module: unknown): Behaviour<unknown, unknown> | undefined {
  return module !== null && typeof module === 'object' && BEHAVIOUR in module
    ? (module[BEHAVIOUR] as Behaviour<unknown, unknown>)
    : undefined
}

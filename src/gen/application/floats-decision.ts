import type {
  Atom,
  BitString,
  ExportFun,
  Float,
  Floats,
  Fun,
  Pid,
  Port,
  Reference,
  TupleClass,
} from '../../term/index.ts'
import type { ChildSpec } from '../child/index.ts'

/**
 * Modules with a function that takes a `number` must say what an argument 2.0 of a BEAM node is: with `floats: 'number'` the
 * functions get the number 2. With `floats: 'exact'` they get a `Float`, for which `=== 2` is false; a parameter of the type
 * `number | Float` or `Term` says the same, and needs no option.
 */
export interface FloatsDecision {
  readonly floats: Floats
}

/** `FloatsDecision` for modules that have to decide, `unknown` for others. */
export type DecisionFor<M> = [NumberInParameters<M[keyof M]>] extends [never] ? unknown : FloatsDecision

/** `true` when a parameter of a module's function has a number. The functions of a server make requests and take no terms. */
type NumberInParameters<M> = M extends { child(...args: never[]): ChildSpec }
  ? never
  : M extends object
    ? {
        [K in keyof M]: M[K] extends (...args: infer A) => unknown
          ? { [I in keyof A]: NumberIn<A[I]> }[number]
          : never
      }[keyof M]
    : never

/** `true` for a type that has a number in it, and no `Float` beside it. `never` for others, and deeper than four levels. */
type NumberIn<T, Depth extends readonly 0[] = []> = Depth['length'] extends 4
  ? never
  : unknown extends T
    ? never
    : Float extends T
      ? never
      : NumberInEach<T, [...Depth, 0]>

type NumberInEach<T, Depth extends readonly 0[]> = T extends number
  ? true
  : T extends Atom | BitString | Pid | Reference | Port | Fun | ExportFun | Error | Uint8Array
    ? never
    : T extends TupleClass<infer E>
      ? NumberIn<E[number], Depth>
      : T extends ReadonlyMap<unknown, infer V>
        ? NumberIn<V, Depth>
        : T extends readonly (infer E)[]
          ? NumberIn<E, Depth>
          : T extends (...args: never[]) => unknown
            ? never
            : T extends object
              ? { [K in keyof T]: NumberIn<T[K], Depth> }[keyof T]
              : never

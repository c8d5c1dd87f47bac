import type { Term, TupleClass } from '../term/index.ts'

/**
 * What can be said to a process: `T` itself when all of it can become a term, otherwise a type that nothing fits, so
 * that a `Date`, a function, a class instance or an object with open keys in a message does not compile.
 */
export type Sendable<T> = [T] extends [Term] ? ([Term] extends [T] ? T : Checked<T>) : Checked<T>

// Of `Term` itself there is nothing to check, and no end to it.
type Checked<T> = T extends Leaf
  ? T
  : T extends TupleClass<infer E>
    ? E extends readonly unknown[]
      ? T & TupleClass<{ readonly [I in keyof E]: Sendable<E[I]> }>
      : never
    : T extends readonly unknown[]
      ? { readonly [I in keyof T]: Sendable<T[I]> }
      : T extends ReadonlyMap<infer K, infer V>
        ? ReadonlyMap<Sendable<K>, Sendable<V>>
        : T extends NotATerm
          ? never
          : T extends object
            ? string extends keyof T
              ? never
              : { readonly [K in keyof T]: Sendable<T[K]> }
            : never

/** The terms that are no containers. */
type Leaf = Exclude<
  Term,
  readonly Term[] | TupleClass | ReadonlyMap<Term, Term> | { readonly [key: string]: Term }
>

type NotATerm =
  | Date
  | RegExp
  | Promise<unknown>
  | symbol
  | Error
  | Set<unknown>
  | WeakMap<object, unknown>
  | ((...args: never[]) => unknown)

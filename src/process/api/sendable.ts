import type { Term, TupleClass } from '../../term/index.ts'

/**
 * Type of a message that can be sent: `T` itself when every part of it is a term, otherwise a type that no value has. A
 * message with a `Date`, a function, a class instance or an object with an index signature does not compile.
 */
export type Sendable<T> = [T] extends [Term] ? ([NonNullable<Term>] extends [T] ? T : Checked<T>) : Checked<T>

// `Term` itself is not checked, nor `NonNullable<Term>`: they are recursive.
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

/** Terms that contain no other terms. */
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

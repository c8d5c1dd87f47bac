import type { Atom } from '../atom.ts'
import type { BitString } from '../binary.ts'
import type { ElixirError } from '../elixir-error.ts'
import type { Float } from '../float.ts'
import type { ExportFun, Fun } from '../fun.ts'
import type { Pid } from '../pid.ts'
import type { Port, Reference } from '../reference.ts'
import type { Term, TermObject } from '../term.ts'
import type { Tuple, TupleClass } from '../tuple.ts'

/** The kind of terms that a wildcard matches. */
export type WildcardKind = keyof Wildcards

/**
 * A pattern that matches all terms of a kind: `_`, `_.pid`, `_.string`, … `T` is the type of the value that a handler gets, `U`
 * the type of a term that matches without a conversion.
 */
export class Wildcard<out T, out U = T> {
  declare protected readonly matched?: T
  declare protected readonly unconverted?: U
  readonly kind: WildcardKind

  constructor(kind: WildcardKind) {
    this.kind = kind
  }
}

/** A pattern for lists. Made by `list` and `listOf`. */
export class ListPattern<out T, out U = T> {
  declare protected readonly matched?: T
  declare protected readonly unconverted?: U
  /** The patterns of the items. Of an open list, the one pattern of all items. */
  readonly items: readonly unknown[]
  /** Whether the list may have any length. */
  readonly open: boolean

  constructor(items: readonly unknown[], open: boolean) {
    this.items = items
    this.open = open
  }
}

interface Wildcards {
  /** Everything. */
  readonly any: Wildcard<Term>
  readonly pid: Wildcard<Pid>
  readonly ref: Wildcard<Reference>
  readonly port: Wildcard<Port>
  /** Funs of other nodes and exported functions. */
  readonly fun: Wildcard<Fun | ExportFun>
  /** Atoms, except `true`, `false` and `nil`: see `_.boolean`, and `null` as a pattern. */
  readonly atom: Wildcard<Atom>
  readonly boolean: Wildcard<boolean>
  /** Safe integers and floats. The handler gets a `Float` as a number. */
  readonly number: Wildcard<number, number | Float>
  /** Safe integers, and no `Float`. For integers of any size see `_.bigint`. */
  readonly integer: Wildcard<number>
  /** Integers of any size. The handler gets a bigint. */
  readonly bigint: Wildcard<bigint>
  /** Floats and integers, since a Moebi node sends 1.0 as 1. The handler gets a number. */
  readonly float: Wildcard<number, number | Float>
  /** Binaries that are valid UTF-8. The handler gets a string. */
  readonly string: Wildcard<string>
  /** Binaries. The handler gets bytes. */
  readonly bytes: Wildcard<Uint8Array>
  /** Proper lists of any length. */
  readonly list: Wildcard<readonly Term[]>
  readonly tuple: Wildcard<Tuple<readonly Term[]>>
  readonly map: Wildcard<TermObject | ReadonlyMap<Term, Term>>
  /** Elixir exceptions. */
  readonly exception: Wildcard<ElixirError>
}

/**
 * The pattern that matches everything. Its properties are the patterns that match a kind: `_.pid`, `_.string`, …
 *
 * @example on([atom('hi'), _.pid], ([, from]) => send(from, atom('sup?')))
 */
export const _: Wildcard<Term> & Wildcards = Object.assign(new Wildcard<Term>('any'), {
  any: new Wildcard<Term>('any'),
  pid: new Wildcard<Pid>('pid'),
  ref: new Wildcard<Reference>('ref'),
  port: new Wildcard<Port>('port'),
  fun: new Wildcard<Fun | ExportFun>('fun'),
  atom: new Wildcard<Atom>('atom'),
  boolean: new Wildcard<boolean>('boolean'),
  number: new Wildcard<number, number | Float>('number'),
  integer: new Wildcard<number>('integer'),
  bigint: new Wildcard<bigint>('bigint'),
  float: new Wildcard<number, number | Float>('float'),
  string: new Wildcard<string>('string'),
  bytes: new Wildcard<Uint8Array>('bytes'),
  list: new Wildcard<readonly Term[]>('list'),
  tuple: new Wildcard<Tuple<readonly Term[]>>('tuple'),
  map: new Wildcard<TermObject | ReadonlyMap<Term, Term>>('map'),
  exception: new Wildcard<ElixirError>('exception'),
})

/** Returns the pattern of a list of exactly these items. (An array in a pattern is a *tuple*.) */
export function list<const P extends readonly unknown[]>(
  ...items: P
): ListPattern<MatchedEach<P>, NarrowedEach<P>> {
  return new ListPattern(items, false)
}

/** Returns the pattern of a list of any length whose items all match `item`. */
export function listOf<const P>(item: P): ListPattern<readonly Matched<P>[], readonly Narrowed<P>[]> {
  return new ListPattern([item], true)
}

type Scalar =
  | Atom
  | number
  | bigint
  | boolean
  | null
  | undefined
  | string
  | Uint8Array
  | Float
  | BitString
  | Pid<never>
  | Reference
  | Port
  | Fun
  | ExportFun
  | ElixirError

/** The type of the value that a handler gets for a pattern. */
export type Matched<P> =
  P extends Wildcard<infer T, unknown>
    ? T
    : P extends ListPattern<infer T, unknown>
      ? T
      : P extends Scalar
        ? P
        : P extends TupleClass<infer E>
          ? Tuple<MatchedEach<E>>
          : P extends readonly unknown[]
            ? Tuple<MatchedEach<P>>
            : P extends ReadonlyMap<infer K, infer V>
              ? ReadonlyMap<K, Matched<V>>
              : P extends object
                ? { readonly [K in keyof P]: Matched<P[K]> }
                : never

/** The type of a term that matches a pattern, without a conversion: a number may be a `Float`. */
export type Narrowed<P> =
  P extends Wildcard<unknown, infer U>
    ? U
    : P extends ListPattern<unknown, infer U>
      ? U
      : P extends number
        ? P | Float
        : P extends Scalar
          ? P
          : P extends TupleClass<infer E>
            ? Tuple<NarrowedEach<E>>
            : P extends readonly unknown[]
              ? Tuple<NarrowedEach<P>>
              : P extends ReadonlyMap<infer K, infer V>
                ? ReadonlyMap<K, Narrowed<V>>
                : P extends object
                  ? { readonly [K in keyof P]: Narrowed<P[K]> }
                  : never

type NarrowedEach<E extends readonly unknown[]> = { readonly [I in keyof E]: Narrowed<E[I]> }

export type MatchedEach<E extends readonly unknown[]> = { readonly [I in keyof E]: Matched<E[I]> }

import type { Atom } from '../atom.ts'
import type { BitString } from '../binary.ts'
import type { ElixirError } from '../elixir-error.ts'
import type { Float } from '../float.ts'
import type { ExportFun, Fun } from '../fun.ts'
import type { Pid } from '../pid.ts'
import type { Port, Reference } from '../reference.ts'
import type { Term, TermObject } from '../term.ts'
import type { Tuple, TupleClass } from '../tuple.ts'

/** What a wild card accepts, by the name of its word. */
export type WildcardKind = keyof Wildcards

/** A pattern that matches by kind and not by value: `_`, `_.pid`, `_.string`, … The type says what the handler gets. */
export class Wildcard<out T> {
  declare protected readonly matched?: T
  readonly kind: WildcardKind

  constructor(kind: WildcardKind) {
    this.kind = kind
  }
}

/** A pattern for lists, made by `list` and `listOf`. */
export class ListPattern<out T> {
  declare protected readonly matched?: T
  /** The patterns of the items; of every item, where there is only one and the length is open. */
  readonly items: readonly unknown[]
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
  /** Atoms; `true`, `false` and `nil` are not among them: see `_.boolean`, and `null` as a pattern. */
  readonly atom: Wildcard<Atom>
  readonly boolean: Wildcard<boolean>
  /** Integers that are safe in JavaScript, and floats; a `Float` is given as a number. */
  readonly number: Wildcard<number>
  /** Integers that are safe in JavaScript. For those of any size see `_.bigint`. */
  readonly integer: Wildcard<number>
  /** Integers of any size, given as a bigint. */
  readonly bigint: Wildcard<bigint>
  /** Floats, and integers that may have been one: 1.0 arrives as 1. A `Float` is given as a number. */
  readonly float: Wildcard<number>
  /** Binaries that are valid UTF-8, given as a string. */
  readonly string: Wildcard<string>
  /** Binaries, given as bytes. */
  readonly bytes: Wildcard<Uint8Array>
  /** Proper lists of any length. */
  readonly list: Wildcard<readonly Term[]>
  readonly tuple: Wildcard<Tuple<readonly Term[]>>
  readonly map: Wildcard<TermObject | ReadonlyMap<Term, Term>>
  /** Elixir exceptions. */
  readonly exception: Wildcard<ElixirError>
}

/**
 * Matches everything, and names the patterns that match by kind: `_.pid`, `_.string`, `_.number`, …
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
  number: new Wildcard<number>('number'),
  integer: new Wildcard<number>('integer'),
  bigint: new Wildcard<bigint>('bigint'),
  float: new Wildcard<number>('float'),
  string: new Wildcard<string>('string'),
  bytes: new Wildcard<Uint8Array>('bytes'),
  list: new Wildcard<readonly Term[]>('list'),
  tuple: new Wildcard<Tuple<readonly Term[]>>('tuple'),
  map: new Wildcard<TermObject | ReadonlyMap<Term, Term>>('map'),
  exception: new Wildcard<ElixirError>('exception'),
})

/** Returns the pattern of a list with exactly these items. (An array in a pattern is a *tuple*.) */
export function list<const P extends readonly unknown[]>(...items: P): ListPattern<MatchedEach<P>> {
  return new ListPattern(items, false)
}

/** Returns the pattern of a list of any length whose items all match. */
export function listOf<const P>(item: P): ListPattern<readonly Matched<P>[]> {
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

/** The type of what a handler gets for a pattern. */
export type Matched<P> =
  P extends Wildcard<infer T>
    ? T
    : P extends ListPattern<infer T>
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

export type MatchedEach<E extends readonly unknown[]> = { readonly [I in keyof E]: Matched<E[I]> }

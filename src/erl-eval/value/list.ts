import { badarg, systemLimit } from './raise.ts'

/** Cell of a list. Lists of the machine are linked cells, so that a tail is not copied. */
export class Cons {
  readonly head: unknown
  /** The next cell, {@link NIL}, or any value for an improper list. Set once, while the list is constructed. */
  tail: unknown

  constructor(head: unknown, tail: unknown) {
    this.head = head
    this.tail = tail
  }
}

/** The class of the empty list. */
export class Nil {
  /** Distinguishes the type from other classes without fields. */
  readonly isNil = true
}

/** The empty list. */
export const NIL: Nil = new Nil()

/** Maximum number of elements of a list that a library function constructs. */
export const MAX_ELEMENTS = 20_000_000

/** Whether a value is a cell of a list or the empty list. The list may be improper. */
export function isList(value: unknown): value is Cons | Nil {
  return value === NIL || value instanceof Cons
}

/** Returns the list of these items. */
export function listOf(items: ArrayLike<unknown>, tail: unknown = NIL): unknown {
  let list = tail
  for (let i = items.length - 1; i >= 0; i--) list = new Cons(items[i], list)
  return list
}

/** Returns the items of a proper list, or undefined for any other value. */
export function itemsOf(list: unknown): unknown[] | undefined {
  const items: unknown[] = []
  let rest = list
  while (rest instanceof Cons) {
    items.push(rest.head)
    rest = rest.tail
  }
  return rest === NIL ? items : undefined
}

/** Returns the items of a proper list. Raises `badarg` for any other value. */
export function items(list: unknown): unknown[] {
  return itemsOf(list) ?? badarg()
}

/** Builder of a list: items are appended one by one. */
export class ListBuilder {
  #first: unknown = NIL
  #last: Cons | undefined
  #size = 0

  push(item: unknown): void {
    const cell = new Cons(item, NIL)
    if (this.#last) this.#last.tail = cell
    else this.#first = cell
    this.#last = cell
    if (++this.#size > MAX_ELEMENTS) systemLimit()
  }

  /** Returns the list of the items with this tail. */
  finish(tail: unknown = NIL): unknown {
    if (!this.#last) return tail
    this.#last.tail = tail
    return this.#first
  }
}

/** Returns the items of a list in reverse order, followed by a tail. */
export function reverse(list: unknown, tail: unknown = NIL): unknown {
  let result = tail
  let rest = list
  while (rest instanceof Cons) {
    result = new Cons(rest.head, result)
    rest = rest.tail
  }
  return rest === NIL ? result : badarg()
}

/** Returns the length of a proper list, or undefined for any other value. */
export function lengthOf(list: unknown): number | undefined {
  let length = 0
  let rest = list
  while (rest instanceof Cons) {
    length++
    rest = rest.tail
  }
  return rest === NIL ? length : undefined
}

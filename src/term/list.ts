import type { Term } from './term.ts'

/** An improper list, whose tail is not a list: `[1 | 2]`. A proper list is an array. */
export class ImproperList {
  readonly items: readonly Term[]
  readonly tail: Term

  constructor(items: readonly Term[], tail: Term) {
    this.items = items
    this.tail = tail
  }
}

/** Returns the code points of a text. Functions of Erlang that take a string take such a list. */
export function charlist(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0)!)
}

/** The items and the tail of a list. The tail of a proper list is `[]`. */
export interface ListParts {
  readonly items: readonly unknown[]
  readonly tail: unknown
}

const PROPER: readonly unknown[] = []

/** Returns the items and the tail of a list. A tail that is a list is a part of the list. */
export function splitTail(list: unknown): ListParts {
  if (Array.isArray(list)) return { items: list, tail: PROPER }
  const items: unknown[] = []
  let rest = list
  while (rest instanceof ImproperList) {
    for (const item of rest.items) items.push(item)
    rest = rest.tail
  }
  if (!Array.isArray(rest)) return { items, tail: rest }
  for (const item of rest) items.push(item)
  return { items, tail: PROPER }
}

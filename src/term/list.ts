import type { Term } from './term.ts'

/** A list whose last tail is no list, `[1 | 2]`. Arrays are the proper lists. */
export class ImproperList {
  readonly items: readonly Term[]
  readonly tail: Term

  constructor(items: readonly Term[], tail: Term) {
    this.items = items
    this.tail = tail
  }
}

/** Returns the code points of a text, which is what Erlang calls a string: for functions of the BEAM that want one. */
export function charlist(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0)!)
}

/** A list as its items and what comes after them: `[]` for a proper list. */
export interface ListParts {
  readonly items: readonly unknown[]
  readonly tail: unknown
}

const PROPER: readonly unknown[] = []

/** Returns the items and the last tail of a list, also when lists stand in the tails of improper ones. */
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

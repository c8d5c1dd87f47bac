import { Bits, type BitsBuilder, Cons, NIL } from '../../value/index.ts'

/** Adds the bytes of an iolist to a binary. False where it is none. */
export function collectBytes(list: unknown, builder: BitsBuilder): boolean {
  // A list may be as deep as it likes: what is left of the outer ones waits here.
  const open: unknown[] = [list]
  while (open.length > 0) {
    const next = open.pop()
    if (next instanceof Cons) {
      open.push(next.tail, next.head)
      // A byte may not be the tail.
      if (typeof next.tail === 'number') return false
    } else if (typeof next === 'number' && next >= 0 && next < 256) builder.byte(next)
    else if (next instanceof Bits) builder.add(next)
    else if (next !== NIL) return false
  }
  return true
}

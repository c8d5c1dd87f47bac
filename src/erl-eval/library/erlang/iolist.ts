import { Bits, type BitsBuilder, Cons, NIL } from '../../value/index.ts'

/** Adds the bytes of an iolist to a binary. Returns false for a value that is not an iolist. */
export function collectBytes(list: unknown, builder: BitsBuilder): boolean {
  // The remaining items of the enclosing lists. A stack in place of recursion, because lists may be nested to any depth.
  const open: unknown[] = [list]
  while (open.length > 0) {
    const next = open.pop()
    if (next instanceof Cons) {
      open.push(next.tail, next.head)
      // The tail of an iolist is a binary or a list, not a byte.
      if (typeof next.tail === 'number') return false
    } else if (typeof next === 'number' && next >= 0 && next < 256) builder.byte(next)
    else if (next instanceof Bits) builder.add(next)
    else if (next !== NIL) return false
  }
  return true
}

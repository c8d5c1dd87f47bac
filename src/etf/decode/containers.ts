import { ImproperList, type Term } from '../../term/index.ts'
import { SMALL_TUPLE_EXT } from '../tags.ts'
import type { Reader } from './reader.ts'

/** An array of more elements is allocated at once only while the bytes of the frame could hold as many elements. */
const SHORT = 16

/** Reads the number of elements of a tuple, and moves to the first element. */
export function readArity(r: Reader, at: number): number {
  const small = r.bytes[at] === SMALL_TUPLE_EXT
  r.offset = at + 1
  r.ensureAvailable(small ? 1 : 4, at)
  const arity = small ? r.bytes[r.offset++]! : r.u32()
  if (r.end - r.offset < arity) r.checkCount(arity, 1, 'element', at)
  if (r.counts) countTerms(r, at, arity)
  return arity
}

/** Reads the number of elements of a list, and moves to the first one. */
export function readLength(r: Reader, at: number): number {
  const length = readCount(r, at, 1, 'element')
  if (r.counts) countTerms(r, at, length)
  return length
}

/** Reads the number of entries of a map, and moves to the first key. */
export function readSize(r: Reader, at: number): number {
  const size = readCount(r, at, 2, 'entry')
  if (r.counts) countTerms(r, at, 2 * size)
  return size
}

/** Counts the terms in a container, where the reader counts them. @throws DecodeError when all containers of the frame have more than the limit */
export function countTerms(r: Reader, at: number, count: number): void {
  r.countable -= count
  if (r.countable < 0) r.fail(at, `has more than ${r.maxTerms} terms in one message (limit maxTerms)`)
}

/**
 * Reads the 32-bit count of a list, a map or a binary, and moves to the first item.
 *
 * @param least the least number of bytes of an item
 * @param what an item, as an error calls it
 */
export function readCount(r: Reader, at: number, least: number, what: string): number {
  r.offset = at + 1
  r.ensureAvailable(4, at)
  const count = r.u32()
  if (r.end - r.offset < count * least) r.checkCount(count, least, what, at)
  return count
}

/** Returns an array for `count` elements. All arrays of a frame together reserve at most as many elements as it has bytes. */
export function reserveArray(r: Reader, count: number): Term[] {
  if (count > SHORT) {
    if (count > r.reservable) return []
    r.reservable -= count
  }
  return new Array(count)
}
/** Returns the list of these elements with this tail. */
export function withTail(items: Term[], tail: Term): Term {
  if (Array.isArray(tail)) {
    for (const item of tail as Term[]) items.push(item)
    return items
  }
  return items.length === 0 ? tail : new ImproperList(items, tail)
}

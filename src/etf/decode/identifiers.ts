import { internPid, nonode, Pid, Port, Reference } from '../../term/index.ts'
import {
  NEW_PID_EXT,
  NEW_PORT_EXT,
  NEW_REFERENCE_EXT,
  NEWER_REFERENCE_EXT,
  PORT_EXT,
  REFERENCE_EXT,
  V4_PORT_EXT,
} from '../tags.ts'
import { readNameAtom } from './atoms.ts'
import type { Reader } from './reader.ts'

const MAX_WORDS = 5

const MAX_SMALL_CREATION = 3
const MAX_SMALL_WORD = 2 ** 18 - 1

// Cache of the pids that were read last, so that a pid that comes often is not looked up in the table of all pids.
const SLOTS = 512
const cache: Pid[] = new Array(SLOTS).fill(new Pid(nonode, -1, 0, 0))

/** NEW_PID_EXT, and PID_EXT, whose creation is one byte. */
export function readPid(r: Reader, at: number): Pid {
  const isNew = r.bytes[at] === NEW_PID_EXT
  r.offset = at + 1
  const node = readNameAtom(r, at)
  r.ensureAvailable(isNew ? 12 : 9, at)
  const id = r.u32()
  const serial = r.u32()
  const creation = isNew ? r.u32() : readSmallCreation(r, at)
  const slot = (id ^ Math.imul(serial, 31) ^ creation) & (SLOTS - 1)
  const cached = cache[slot]!
  if (cached.id === id && cached.node === node && cached.serial === serial && cached.creation === creation)
    return cached
  const pid = internPid(node, id, serial, creation)
  cache[slot] = pid
  return pid
}

/** NEWER_REFERENCE_EXT, NEW_REFERENCE_EXT (a creation of one byte) and REFERENCE_EXT (one word as well). */
export function readReference(r: Reader, at: number): Reference {
  const tag = r.bytes[at]!
  r.offset = at + 1
  let words = 1
  if (tag !== REFERENCE_EXT) {
    r.ensureAvailable(2, at)
    words = (r.bytes[r.offset]! << 8) | r.bytes[r.offset + 1]!
    r.offset += 2
    if (words > MAX_WORDS) r.fail(at, `has at most ${MAX_WORDS} words, got ${words}`)
  }
  const node = readNameAtom(r, at)
  r.ensureAvailable(words * 4 + (tag === NEWER_REFERENCE_EXT ? 4 : 1), at)
  if (tag === REFERENCE_EXT) {
    const id = r.u32()
    checkSmallWord(r, at, id)
    return new Reference(node, readSmallCreation(r, at), [id])
  }
  const creation = tag === NEW_REFERENCE_EXT ? readSmallCreation(r, at) : r.u32()
  if (words === 3 && tag === NEWER_REFERENCE_EXT)
    return new Reference(node, creation, [r.u32(), r.u32(), r.u32()])
  const ids = Array.from({ length: words }, () => r.u32())
  if (tag === NEW_REFERENCE_EXT) checkSmallWord(r, at, ids[0] ?? 0)
  return new Reference(node, creation, ids)
}

/** Reads the creation of a format before OTP 23. Only its two lowest bits may be set, as a BEAM demands. */
function readSmallCreation(r: Reader, at: number): number {
  const creation = r.bytes[r.offset++]!
  if (creation > MAX_SMALL_CREATION)
    r.fail(at, `has a creation from 0 to ${MAX_SMALL_CREATION}, got ${creation}`)
  return creation
}

/** Checks the first word of a reference of a format before OTP 23, which has 18 bits, as a BEAM demands. */
function checkSmallWord(r: Reader, at: number, word: number): void {
  if (word > MAX_SMALL_WORD) r.fail(at, `has a first word from 0 to ${MAX_SMALL_WORD}, got ${word}`)
}

/** V4_PORT_EXT (an id of 8 bytes), NEW_PORT_EXT (an id of 4 bytes) and PORT_EXT (4 bytes, and a creation of one byte). */
export function readPort(r: Reader, at: number): Port {
  const tag = r.bytes[at]!
  r.offset = at + 1
  const node = readNameAtom(r, at)
  r.ensureAvailable(tag === V4_PORT_EXT ? 12 : tag === NEW_PORT_EXT ? 8 : 5, at)
  let id = BigInt(r.u32())
  if (tag === V4_PORT_EXT) id = (id << 32n) | BigInt(r.u32())
  return new Port(node, id, tag === PORT_EXT ? readSmallCreation(r, at) : r.u32())
}

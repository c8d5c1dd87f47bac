import { type ExportFun, type Pid, type Port, publishPid, type Reference } from '../../term/index.ts'
import { EXPORT_EXT, NEW_PID_EXT, NEW_PORT_EXT, NEWER_REFERENCE_EXT, V4_PORT_EXT } from '../tags.ts'
import { atomBytes, writeAtom, writeAtomBytes } from './atoms.ts'
import { writeNumber } from './numbers.ts'
import { type PreEncoded, preEncode, writePreEncoded } from './pre-encoded.ts'
import type { Writer } from './writer.ts'

/** The largest id of a port in NEW_PORT_EXT. OTP writes a larger id as V4_PORT_EXT. */
const MAX_NEW_PORT_ID = 0xfff_ffffn

/** A pid that was written lately, and how often. */
interface CachedPid {
  pid: Pid | undefined
  uses: number
  bytes: PreEncoded | undefined
  /** The bytes after the node. */
  numbers: PreEncoded | undefined
}

// Cache of the pids that were written last, by their id. Each message holds its sender and mostly a few pids more.
const SLOTS = 256
const cache: CachedPid[] = Array.from({ length: SLOTS }, () => ({
  pid: undefined,
  uses: 0,
  bytes: undefined,
  numbers: undefined,
}))
/** The bytes of a pid are kept after so many uses. A process that ends before does not need the memory. */
const USES_BEFORE_CACHED = 8

export function writePid(w: Writer, pid: Pid): void {
  const slot = cache[pid.id & (SLOTS - 1)]!
  if (slot.pid !== pid) {
    slot.pid = pid
    slot.uses = 0
    slot.bytes = undefined
    slot.numbers = undefined
  }
  if (w.atomCache !== undefined) return writePidWithReference(w, pid, slot)
  if (slot.bytes !== undefined) return writePreEncoded(w, slot.bytes)
  if (!pid.interned) publishPid(pid)
  const start = w.offset
  w.u8(NEW_PID_EXT)
  writeAtom(w, pid.node)
  writeNumbers(w, pid)
  if (++slot.uses > USES_BEFORE_CACHED) slot.bytes = preEncode(w.bytes.subarray(start, w.offset))
}

/** Writes a pid whose node may be a reference to the atom cache. */
function writePidWithReference(w: Writer, pid: Pid, slot: CachedPid): void {
  w.ensure(1)
  w.bytes[w.offset++] = NEW_PID_EXT
  writeAtomBytes(w, (pid.node.external as PreEncoded | undefined) ?? atomBytes(pid.node))
  if (slot.numbers !== undefined) return writePreEncoded(w, slot.numbers)
  if (!pid.interned) publishPid(pid)
  writeNumbers(w, pid)
  if (++slot.uses > USES_BEFORE_CACHED) slot.numbers = preEncode(w.bytes.subarray(w.offset - 12, w.offset))
}

function writeNumbers(w: Writer, { id, serial, creation }: Pid): void {
  w.ensure(12)
  w.setU32(w.offset, id)
  w.setU32(w.offset + 4, serial)
  w.setU32(w.offset + 8, creation)
  w.offset += 12
}

export function writeReference(w: Writer, { node, creation, words }: Reference): void {
  w.ensure(3)
  w.bytes[w.offset++] = NEWER_REFERENCE_EXT
  w.bytes[w.offset++] = 0
  w.bytes[w.offset++] = words.length
  writeAtom(w, node)
  w.ensure(4 + words.length * 4)
  const at = w.offset
  w.setU32(at, creation)
  for (let i = 0; i < words.length; i++) w.setU32(at + 4 + i * 4, words[i]!)
  w.offset = at + 4 + words.length * 4
}

export function writePort(w: Writer, { node, id, creation }: Port): void {
  const isLarge = id > MAX_NEW_PORT_ID
  w.u8(isLarge ? V4_PORT_EXT : NEW_PORT_EXT)
  writeAtom(w, node)
  if (isLarge) w.u64(id)
  else w.u32(Number(id))
  w.u32(creation)
}

export function writeExport(w: Writer, { module, name, arity }: ExportFun): void {
  w.u8(EXPORT_EXT)
  writeAtom(w, module)
  writeAtom(w, name)
  writeNumber(w, arity)
}

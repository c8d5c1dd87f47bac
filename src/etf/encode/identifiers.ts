import { type ExportFun, type Pid, type Port, publishPid, type Reference } from '../../term/index.ts'
import { EXPORT_EXT, NEW_PID_EXT, NEW_PORT_EXT, NEWER_REFERENCE_EXT, V4_PORT_EXT } from '../tags.ts'
import { atomBytes, writeAtom } from './atoms.ts'
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
}

// Cache of the pids that were written last, by their id. Each message holds its sender and mostly a few pids more.
const SLOTS = 256
const cache: CachedPid[] = Array.from({ length: SLOTS }, () => ({
  pid: undefined,
  uses: 0,
  bytes: undefined,
}))
/** The bytes of a pid are kept after so many uses. A process that ends before does not need the memory. */
const USES_BEFORE_CACHED = 8

export function writePid(w: Writer, pid: Pid): void {
  const slot = cache[pid.id & (SLOTS - 1)]!
  if (slot.pid !== pid) {
    slot.pid = pid
    slot.uses = 0
    slot.bytes = undefined
  } else if (slot.bytes !== undefined) return writePreEncoded(w, slot.bytes)
  if (!pid.interned) publishPid(pid)
  const node = (pid.node.external as PreEncoded | undefined) ?? atomBytes(pid.node)
  w.ensure(node.length + 16)
  const start = w.offset
  w.bytes[w.offset++] = NEW_PID_EXT
  writePreEncoded(w, node)
  w.setU32(w.offset, pid.id)
  w.setU32(w.offset + 4, pid.serial)
  w.setU32(w.offset + 8, pid.creation)
  w.offset += 12
  if (++slot.uses > USES_BEFORE_CACHED) slot.bytes = preEncode(w.bytes.subarray(start, w.offset))
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

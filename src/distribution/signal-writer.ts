/**
 * Encodes signals as frames: the length in 4 bytes, a header, the control message, and the payload if there is one. The header is
 * 112, or a distribution header where the two nodes have agreed on fragments or on the atom cache.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#protocol-between-connected-nodes
 *
 * A BEAM closes the connection when it receives something unexpected, so a signal that the peer does not support is not written.
 */
import { AtomCacheWriter, EMPTY_HEADER, type EncodeOptions, encodeTerm, Writer } from '../etf/index.ts'
import type { Signal } from '../process/index.ts'
import { Atom, atom, inspect, Pid, Reference, type Term } from '../term/index.ts'
import type { NegotiatedFlags } from './control.ts'
import * as op from './control.ts'
import { DIST_HEADER, FRAGMENT_SIZE, MAX_WHOLE } from './fragment.ts'
import { MAX_INCOMPLETE } from './fragment-assembler.ts'
import { senderOf } from './fragment-queue.ts'

/** Bytes of a frame before the first term where there is no distribution header: 112, 131. */
const PASS_THROUGH_SIZE = 2
const NO_REFERENCES = Uint8Array.of(0)
const SMALL_TUPLE_EXT = 104
const SMALL_INTEGER_EXT = 97
// The element held a cookie in early versions of the protocol.
const NO_COOKIE = Atom.intern('')
const notsup = atom('notsup')
/** Offset of the payload in the frame that was written last; 0 for a frame without a payload. */
let payloadOffset = 0

/** Writer of the frames of one connection. */
export class SignalWriter {
  readonly writer: Writer
  readonly #negotiated: NegotiatedFlags
  readonly #maxFrame: number
  #options: PayloadOptions
  #isWriting = false
  /** For each type of signals, the length of the last header without the names in it. The next one is probably as long. */
  readonly #headerSizes: Partial<Record<Signal['type'], number>> = {}
  /**
   * Whether the frame that was written last may be sent in fragments: the peer joins them, and the control message fits into the first.
   * Such a frame has no header.
   */
  isLarge = false
  /** Offset of the first term of the frame that was written last. */
  body = 0

  /**
   * @param replacer see the option of `encode`
   * @param allocate returns the buffer for a large message, see {@link Writer}
   */
  constructor(
    link: NegotiatedFlags,
    maxFrame: number,
    replacer?: EncodeOptions['replacer'],
    allocate?: (size: number) => Buffer,
  ) {
    this.writer = new Writer(undefined, allocate)
    if (link.atomCache) this.writer.atomCache = new AtomCacheWriter()
    this.#negotiated = link
    this.#maxFrame = maxFrame
    this.#options = payloadOptions(replacer ? { replacer } : {})
  }

  /** Whether the peer is a Moebi node, which receives a Uint8Array as a Uint8Array. */
  set moebi(moebi: boolean) {
    this.#options = payloadOptions({ ...this.#options.message, moebi })
  }

  /**
   * Writes a signal as one frame. Returns false and writes nothing if the peer does not support it, see {@link fallbackReply}.
   *
   * @param late whether frames that are written later may be sent before it
   * @throws EncodeError for a value that is not a term, RangeError for a frame that is too long; nothing is written then
   */
  write(signal: Signal, late = false): boolean {
    const w = this.writer
    const { atomCache, offset: start } = w
    this.#check(signal)
    this.#isWriting = true
    payloadOffset = 0
    let reserved = this.#negotiated.distHeader ? EMPTY_HEADER : PASS_THROUGH_SIZE
    if (atomCache !== undefined) {
      atomCache.begin()
      reserved = this.#headerSizes[signal.type] ?? EMPTY_HEADER
    }
    w.ensure(64 + reserved)
    w.offset = this.body = start + 4 + reserved
    let whole = false
    try {
      whole = writeMessage(w, signal, this.#negotiated, this.#options)
      if (whole) {
        whole = false
        this.isLarge = w.offset - start > MAX_WHOLE && this.#fitsFragments(signal)
        if (this.isLarge) this.#checkLength(w.offset - this.body, MAX_INCOMPLETE)
        else this.#writeHeader(signal, start, late)
        whole = true
      }
      return whole
    } finally {
      this.#isWriting = false
      if (!whole) w.offset = start
    }
  }

  /** Returns what the first fragment of the large frame that was written last has before the terms: its references to atoms. */
  references(): Uint8Array {
    const { atomCache } = this.writer
    if (atomCache === undefined) return NO_REFERENCES
    const header = new Uint8Array(atomCache.headerSize(true))
    atomCache.writeHeader(header, 0, true)
    return header.subarray(EMPTY_HEADER - 1)
  }

  #fitsFragments(signal: Signal): boolean {
    return (
      this.#negotiated.fragments &&
      payloadOffset > 0 &&
      payloadOffset - this.body <= FRAGMENT_SIZE &&
      senderOf(signal) !== undefined
    )
  }

  /** Writes what stands before the terms. */
  #writeHeader(signal: Signal, start: number, late: boolean): void {
    const w = this.writer
    const { atomCache } = w
    const at = start + 4
    const reserved = this.body - at
    const size = atomCache === undefined ? reserved : atomCache.headerSize(late)
    const length = w.offset - this.body + size
    this.#checkLength(length, this.#maxFrame)
    if (atomCache !== undefined) {
      if (size !== reserved) this.#moveTerms(at + size)
      this.#headerSizes[signal.type] = atomCache.shortSize
      atomCache.writeHeader(w.bytes, at, late)
    } else if (this.#negotiated.distHeader) {
      w.bytes[at] = op.VERSION_MAGIC
      w.bytes[at + 1] = DIST_HEADER
      w.bytes[at + 2] = 0
    } else {
      w.bytes[at] = op.PASS_THROUGH
      w.bytes[at + 1] = op.VERSION_MAGIC
    }
    w.setU32(start, length)
  }

  #moveTerms(to: number): void {
    const w = this.writer
    const by = to - this.body
    w.ensure(by)
    w.bytes.copyWithin(to, this.body, w.offset)
    w.offset += by
    this.body = to
  }

  #checkLength(length: number, most: number): void {
    if (length > most)
      throw new RangeError(
        `a signal of ${length} bytes cannot be sent to ${this.#negotiated.peer}: a frame has at most ${most}. Send it in pieces`,
      )
  }

  #check(signal: Signal): void {
    if (this.#isWriting)
      throw new Error('a signal was sent while another was being encoded, by a getter or by a replacer')
    if (signal.type === 'groupLeader' || signal.type === 'spawnReply') return
    if (signal.from.node !== this.#negotiated.local)
      throw new TypeError(
        `a signal from ${inspect(signal.from)} cannot be sent by ${this.#negotiated.local}: its sender must be a process of this node`,
      )
  }
}

/**
 * Returns the reply to a signal that the peer does not support, so that its sender does not wait; undefined if none is expected. A
 * monitor gets none: it reports the end of the connection only, as on a BEAM.
 */
export function fallbackReply(signal: Signal): Signal | undefined {
  switch (signal.type) {
    case 'unlink':
      return { type: 'unlinkAck', from: signal.to, to: signal.from, id: signal.id }
    case 'spawnRequest': {
      const { ref, node, from } = signal
      return { type: 'spawnReply', ref, node, to: from, link: false, monitor: false, result: notsup }
    }
    default:
      return undefined
  }
}

/** Encode options for each kind of payload. `name` begins the path in an EncodeError. */
interface PayloadOptions {
  readonly message: EncodeOptions
  readonly reason: EncodeOptions
  /** For the exit reason of a process that has ended. A value that is not a term is sent as text, because the process cannot get an error. */
  readonly end: EncodeOptions
  readonly args: EncodeOptions
}

function payloadOptions(options: EncodeOptions): PayloadOptions {
  const replacer = (value: unknown): Term => options.replacer?.(value) ?? inspect(value as Term)
  return {
    message: { ...options, name: 'message' },
    reason: { ...options, name: 'reason' },
    end: { ...options, replacer, name: 'reason' },
    args: { ...options, name: 'args' },
  }
}

function writeMessage(w: Writer, signal: Signal, link: NegotiatedFlags, options: PayloadOptions): boolean {
  switch (signal.type) {
    case 'message':
      if (!(signal.priority ? writePriorityReceiver : writeReceiver)(w, signal.from, signal.to, link))
        return false
      return writePayload(w, signal.message, link, options.message)
    case 'link':
      return writeControl(w, op.LINK, signal.from, signal.to)
    case 'unlink':
      return isCurrentInstance(signal.to, link) && writeUnlink(w, op.UNLINK_ID, signal)
    case 'unlinkAck':
      // An unlink of the old protocol has no id and no acknowledgement.
      return (
        isCurrentInstance(signal.to, link) && signal.id !== 0n && writeUnlink(w, op.UNLINK_ID_ACK, signal)
      )
    case 'exit':
      return (
        isCurrentInstance(signal.to, link) &&
        writeExit(w, op.EXIT, op.PAYLOAD_EXIT, signal, link, options.end)
      )
    case 'exit2': {
      const { from, to, reason, priority } = signal
      if (to instanceof Pid && !(priority && link.altactSig))
        return writeExit(w, op.EXIT2, op.PAYLOAD_EXIT2, { from, to, reason }, link, options.reason)
      // OTP 25 to 27 have no exit signals to aliases.
      return (
        link.altactSig &&
        writeAltact(w, op.ALTACT_EXIT | (priority ? op.ALTACT_PRIO : 0), from, to) &&
        writePayload(w, reason, link, options.reason)
      )
    }
    case 'monitor':
    case 'demonitor': {
      if (!link.monitors) return false
      const code = signal.type === 'monitor' ? op.MONITOR_P : op.DEMONITOR_P
      return writeControl(w, code, signal.from, pidOrName(signal.to), signal.ref)
    }
    case 'down':
      if (link.exitPayload) {
        writeControl(w, op.PAYLOAD_MONITOR_P_EXIT, pidOrName(signal.from), signal.to, signal.ref)
        return writePayload(w, signal.reason, link, options.end)
      }
      writeHeader(w, op.MONITOR_P_EXIT, 5)
      writeTerms(w, pidOrName(signal.from), signal.to, signal.ref)
      encodeTerm(w, signal.reason, options.end)
      return true
    case 'groupLeader':
      return writeControl(w, op.GROUP_LEADER, signal.leader, signal.to)
    case 'spawnRequest':
      return link.spawn && writeSpawnRequest(w, signal, link, options)
    case 'spawnReply': {
      const flags = (signal.link ? op.SPAWN_LINK : 0) | (signal.monitor ? op.SPAWN_MONITOR : 0)
      return writeControl(w, op.SPAWN_REPLY, signal.ref, signal.to, flags, signal.result)
    }
  }
}

/** Writes the control message of a message. Returns false for an alias if the peer does not support aliases. */
function writeReceiver(
  w: Writer,
  from: Pid,
  to: Extract<Signal, { type: 'message' }>['to'],
  link: NegotiatedFlags,
): boolean {
  if (to instanceof Pid)
    return link.sendSender
      ? writeControl(w, op.SEND_SENDER, from, to)
      : writeControl(w, op.SEND, NO_COOKIE, to)
  if (!(to instanceof Reference)) return writeControl(w, op.REG_SEND, from, NO_COOKIE, to.name)
  if (link.altactSig) return writeControl(w, op.ALTACT_SIG_SEND, op.ALTACT_ALIAS, from, to)
  return link.alias && writeControl(w, op.ALIAS_SEND, from, to)
}

/** A peer before OTP 28 receives an ordinary message. */
function writePriorityReceiver(
  w: Writer,
  from: Pid,
  to: Extract<Signal, { type: 'message' }>['to'],
  link: NegotiatedFlags,
): boolean {
  if (!link.altactSig) return writeReceiver(w, from, to, link)
  return writeAltact(w, op.ALTACT_PRIO, from, to)
}

function writeAltact(
  w: Writer,
  flags: number,
  from: Pid,
  to: Extract<Signal, { type: 'message' }>['to'],
): true {
  if (to instanceof Pid) return writeControl(w, op.ALTACT_SIG_SEND, flags, from, to)
  if (to instanceof Reference) return writeControl(w, op.ALTACT_SIG_SEND, flags | op.ALTACT_ALIAS, from, to)
  return writeControl(w, op.ALTACT_SIG_SEND, flags | op.ALTACT_NAME, from, to.name)
}

function writeUnlink(w: Writer, code: number, signal: { from: Pid; to: Pid; id: bigint }): boolean {
  return writeControl(w, code, signal.id, signal.from, signal.to)
}

function writeExit(
  w: Writer,
  code: number,
  codeWithPayload: number,
  signal: { from: Pid; to: Pid; reason: Term },
  link: NegotiatedFlags,
  options: EncodeOptions,
): boolean {
  if (link.exitPayload) {
    writeControl(w, codeWithPayload, signal.from, signal.to)
    return writePayload(w, signal.reason, link, options)
  }
  writeHeader(w, code, 4)
  writeTerms(w, signal.from, signal.to)
  encodeTerm(w, signal.reason, options)
  return true
}

function writeSpawnRequest(
  w: Writer,
  signal: Extract<Signal, { type: 'spawnRequest' }>,
  link: NegotiatedFlags,
  options: PayloadOptions,
): boolean {
  writeHeader(w, op.SPAWN_REQUEST, 6)
  writeTerms(w, signal.ref, signal.from, signal.leader)
  w.bytes[w.offset++] = SMALL_TUPLE_EXT
  w.bytes[w.offset++] = 3
  writeTerms(w, signal.module, signal.function, signal.args.length, signal.options)
  return writePayload(w, signal.args, link, options.args)
}

/** Whether a pid belongs to the connected instance of the peer. For some signals a BEAM closes the connection if it does not. */
function isCurrentInstance(to: Pid, link: NegotiatedFlags): boolean {
  return to.creation === link.peerCreation
}

function pidOrName(to: Pid | { readonly name: Atom }): Pid | Atom {
  return to instanceof Pid ? to : to.name
}

function writeControl(w: Writer, code: number, ...rest: Term[]): true {
  writeHeader(w, code, rest.length + 1)
  for (const term of rest) encodeTerm(w, term)
  return true
}

function writeTerms(w: Writer, ...terms: Term[]): void {
  for (const term of terms) encodeTerm(w, term)
  w.ensure(16)
}

function writeHeader(w: Writer, code: number, arity: number): void {
  w.ensure(16)
  const { bytes, offset } = w
  bytes[offset] = SMALL_TUPLE_EXT
  bytes[offset + 1] = arity
  bytes[offset + 2] = SMALL_INTEGER_EXT
  bytes[offset + 3] = code
  w.offset = offset + 4
}

function writePayload(w: Writer, term: Term, link: NegotiatedFlags, options: EncodeOptions): true {
  payloadOffset = w.offset
  if (!link.distHeader) w.u8(op.VERSION_MAGIC)
  encodeTerm(w, term, options)
  return true
}

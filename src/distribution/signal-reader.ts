/**
 * Decodes frames into signals. The checks are those of the BEAM's `erts_net_message`: the arity of the control message, the
 * type of every element, and when a reply depends on it, that the sender is a process of the node that sent the frame. Bytes
 * behind the last term of a frame are ignored, as by a BEAM.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#protocol-between-connected-nodes
 */
import type { Clock } from '../clock/index.ts'
import { decodeTerm, type Reader } from '../etf/index.ts'
import type { RemoteName, Signal } from '../process/index.ts'
import { Atom, type Floats, inspect, internPid, isTuple, Pid, Reference, type Term } from '../term/index.ts'
import type { NegotiatedFlags } from './control.ts'
import * as op from './control.ts'
import { ProtocolError } from './error.ts'
import { FrameReader } from './frame-reader.ts'
import { type CountRelations, type Limits, limitedReader, RelationLimits } from './limits.ts'

/** Whether a process has this pid, name or alias, so that a message to it is decoded. */
export type HasReceiver = (to: Pid | RemoteName | Reference) => boolean

export interface SignalReaderOptions {
  /** Default: every receiver exists. */
  readonly hasReceiver?: HasReceiver | undefined
  readonly floats?: Floats | undefined
  readonly limits?: Limits | undefined
  /** Default: links and monitors are not limited. */
  readonly countRelations?: CountRelations | undefined
  readonly clock?: Clock | undefined
}

/** Reader of the frames of one connection. */
export class SignalReader {
  readonly #negotiated: NegotiatedFlags
  readonly #hasReceiver: HasReceiver | undefined
  readonly frames: FrameReader
  readonly #terms: Reader
  /** Sender of a SEND, which does not name its sender. */
  readonly #unknownSender: Pid
  readonly #relations: RelationLimits
  #control: readonly Term[] = []

  constructor(link: NegotiatedFlags, options: SignalReaderOptions = {}) {
    const { limits = {}, countRelations } = options
    this.#terms = limitedReader(limits, options.floats, options.clock)
    this.frames = new FrameReader(link, this.#terms, limits)
    this.#relations = new RelationLimits(limits, countRelations && (() => countRelations(link.peer)))
    this.#negotiated = link
    this.#hasReceiver = options.hasReceiver
    this.#unknownSender = internPid(link.peer, 0, 0, link.peerCreation)
  }

  /**
   * Returns the signal in a frame, or undefined for a valid frame that has no effect: a message without a receiver, or a fragment
   * that is not the last. Large binaries are views of the frame.
   *
   * A receiving pid may belong to an earlier instance of this node. The kernel treats it as a process that has ended.
   *
   * @throws ProtocolError for an invalid control message, DecodeError for bytes that are not terms
   */
  read(bytes: Uint8Array, start: number, end: number): Signal | undefined {
    if (!this.frames.open(bytes, start, end)) return undefined
    const control = decodeTerm(this.#terms)
    this.#control = isTuple(control) ? (control.elements as readonly Term[]) : []
    return this.#readSignal(this.#control[0])
  }

  #readSignal(code: Term): Signal | undefined {
    switch (code) {
      case op.SEND_SENDER:
        this.#expectArity(3)
        return this.#message(this.#pid(2))
      case op.REG_SEND:
        this.#expectArity(4)
        return this.#regSend()
      case op.ALTACT_SIG_SEND:
        return this.#altactSigSend()
      case op.ALIAS_SEND:
      case op.ALIAS_SEND_TT:
        this.#expectArity(code === op.ALIAS_SEND ? 3 : 4)
        return this.#message(this.#ref(2))
      case op.SEND:
      case op.SEND_TT:
        this.#expectArity(code === op.SEND ? 3 : 4)
        return this.#message(this.#pid(2))
      case op.SEND_SENDER_TT:
        this.#expectArity(4)
        return this.#message(this.#pid(2))
      case op.REG_SEND_TT:
        this.#expectArity(5)
        return this.#regSend()
      case op.MONITOR_P:
        this.#expectArity(4)
        this.#relations.addMonitor()
        return { type: 'monitor', from: this.#remotePid(1), to: this.#localPidOrName(2), ref: this.#ref(3) }
      case op.DEMONITOR_P:
        this.#expectArity(4)
        return { type: 'demonitor', from: this.#remotePid(1), to: this.#localPidOrName(2), ref: this.#ref(3) }
      case op.LINK:
        this.#expectArity(3)
        this.#relations.addLink()
        return { type: 'link', from: this.#remotePid(1), to: this.#localPid(2) }
      case op.UNLINK_ID:
        this.#expectArity(4)
        return { type: 'unlink', from: this.#remotePid(2), to: this.#localPid(3), id: this.#unlinkId(1) }
      case op.UNLINK_ID_ACK:
        this.#expectArity(4)
        return { type: 'unlinkAck', from: this.#remotePid(2), to: this.#localPid(3), id: this.#unlinkId(1) }
      case op.UNLINK:
        this.#expectArity(3)
        // The old protocol has no acknowledgement. The kernel does not acknowledge an unlink with the id 0.
        return { type: 'unlink', from: this.#remotePid(1), to: this.#localPid(2), id: 0n }
      case op.GROUP_LEADER: {
        this.#expectArity(3)
        const leader = this.#pid(1)
        const to = this.#pid(2)
        return to.node === this.#negotiated.local
          ? { type: 'groupLeader', from: leader, to, leader }
          : undefined
      }
      case op.SPAWN_REQUEST:
      case op.SPAWN_REQUEST_TT:
        this.#expectArity(code === op.SPAWN_REQUEST ? 6 : 7)
        return this.#spawnRequest()
      case op.SPAWN_REPLY:
      case op.SPAWN_REPLY_TT:
        this.#expectArity(code === op.SPAWN_REPLY ? 5 : 6)
        return this.#spawnReply()
      default:
        return this.#readExit(code)
    }
  }

  #readExit(code: Term): Signal | undefined {
    switch (code) {
      case op.PAYLOAD_EXIT:
      case op.PAYLOAD_EXIT_TT:
        this.#expectArity(code === op.PAYLOAD_EXIT ? 3 : 4)
        return this.#payloadExit('exit')
      case op.PAYLOAD_EXIT2:
      case op.PAYLOAD_EXIT2_TT:
        this.#expectArity(code === op.PAYLOAD_EXIT2 ? 3 : 4)
        return this.#payloadExit('exit2')
      case op.EXIT:
        this.#expectArity(4)
        return { type: 'exit', from: this.#remotePid(1), to: this.#localPid(2), reason: this.#control[3] }
      case op.EXIT_TT:
        this.#expectArity(5)
        return { type: 'exit', from: this.#remotePid(1), to: this.#localPid(2), reason: this.#control[4] }
      case op.EXIT2:
        this.#expectArity(4)
        return { type: 'exit2', from: this.#remotePid(1), to: this.#localPid(2), reason: this.#control[3] }
      case op.EXIT2_TT:
        this.#expectArity(5)
        return { type: 'exit2', from: this.#remotePid(1), to: this.#localPid(2), reason: this.#control[4] }
      case op.PAYLOAD_MONITOR_P_EXIT:
        this.#expectArity(4)
        return this.#payloadDown()
      case op.MONITOR_P_EXIT:
        this.#expectArity(5)
        return this.#downSignal(this.#control[4])
      default:
        return this.#invalid('this control message is unknown')
    }
  }

  /** {6, From, Unused, ToName} */
  #regSend(): Signal | undefined {
    this.#pid(1)
    return this.#message(this.#localName(3))
  }

  /**
   * Returns undefined, and does not decode the message, when no process receives it: its bytes may then be invalid. The sender
   * is not checked, since nothing depends on it.
   */
  #message(to: Pid | RemoteName | Reference): Signal | undefined {
    if (this.#hasReceiver !== undefined && !this.#hasReceiver(to)) return undefined
    const sender = this.#control[1]
    const from = sender instanceof Pid ? sender : this.#unknownSender
    return { type: 'message', from, to, message: this.#readPayload() }
  }

  #payloadExit(type: 'exit' | 'exit2'): Signal | undefined {
    const from = this.#remotePid(1)
    const to = this.#localPid(2)
    if (this.#hasReceiver !== undefined && !this.#hasReceiver(to)) return undefined
    return { type, from, to, reason: this.#readPayload() }
  }

  #payloadDown(): Signal | undefined {
    const to = this.#localPid(2)
    if (this.#hasReceiver !== undefined && !this.#hasReceiver(to)) return undefined
    return this.#downSignal(this.#readPayload())
  }

  #downSignal(reason: Term): Signal {
    const name = nameOf(this.#control[1])
    const from = name ? { name, node: this.#negotiated.peer } : this.#pid(1)
    return { type: 'down', from, to: this.#localPid(2), ref: this.#ref(3), reason }
  }

  /** {37, Flags, From, To} or, with a token, {37, Flags, From, To, Token}; later versions may add elements. */
  #altactSigSend(): Signal | undefined {
    if (this.#control.length < 4) this.#invalid('at least 4 elements were expected')
    const flags = this.#flags(1)
    if (flags & op.ALTACT_TOKEN && this.#control.length < 5) this.#invalid('its flags promise a token')
    const from = this.#pid(2)
    const to = this.#altactReceiver(flags)
    if (to.node !== this.#negotiated.local) return undefined
    if (this.#hasReceiver !== undefined && !this.#hasReceiver(to)) return undefined
    const payload = this.#readPayload()
    const priority = (flags & op.ALTACT_PRIO) !== 0
    if (!(flags & op.ALTACT_EXIT)) {
      // A signal without priority has the shape of every other message.
      if (!priority) return { type: 'message', from, to, message: payload }
      return { type: 'message', from, to, message: payload, priority }
    }
    // No BEAM sends an exit signal to a name.
    if ('name' in to) return undefined
    return { type: 'exit2', from, to, reason: payload, ...(priority && { priority }) }
  }

  #altactReceiver(flags: number): Pid | RemoteName | Reference {
    if (!(flags & op.ALTACT_ALIAS)) return flags & op.ALTACT_NAME ? this.#localName(3) : this.#pid(3)
    if (flags & op.ALTACT_NAME) this.#invalid('its receiver cannot be an alias and a name')
    return this.#ref(3)
  }

  /** {29, ReqId, From, GroupLeader, {Module, Function, Arity}, OptList} */
  #spawnRequest(): Signal | undefined {
    const ref = this.#ref(1)
    const from = this.#pid(2)
    const called = this.#control[4]
    const [m, f, arity] = isTuple(called) && called.length === 3 ? (called.elements as readonly Term[]) : []
    const module = nameOf(m)
    const name = nameOf(f)
    if (!module || !name || typeof arity !== 'number')
      return this.#invalid('element 5 must be {Module, Function, Arity}')
    const leader = this.#pid(3)
    const args = this.#readPayload()
    const options = this.#control[5]
    // The reply would go to a third node.
    const { peer } = this.#negotiated
    if (ref.node !== peer || from.node !== peer) return undefined
    return {
      type: 'spawnRequest',
      ref,
      from,
      node: this.#negotiated.local,
      leader,
      module,
      function: name,
      // What is not a list fails later: the request with badopt, or the process with undef.
      args: Array.isArray(args) ? args : [args],
      options: Array.isArray(options) ? options : [options],
    }
  }

  /** {31, ReqId, To, Flags, Result} */
  #spawnReply(): Signal {
    const flags = this.#flags(3)
    return {
      type: 'spawnReply',
      ref: this.#localRef(1),
      node: this.#negotiated.peer,
      to: this.#localPid(2),
      link: (flags & op.SPAWN_LINK) !== 0,
      monitor: (flags & op.SPAWN_MONITOR) !== 0,
      result: nameOf(this.#control[4]) ?? this.#remotePid(4),
    }
  }

  #readPayload(): Term {
    if (this.#terms.remaining === 0) this.#invalid('its payload is missing')
    if (this.frames.hasVersions) this.#terms.readVersion()
    return decodeTerm(this.#terms)
  }

  #expectArity(expected: number): void {
    if (this.#control.length !== expected) this.#invalid(`${expected} elements were expected`)
  }

  #pid(at: number): Pid {
    const pid = this.#control[at]
    return pid instanceof Pid ? pid : this.#invalid(`element ${at + 1} must be a pid`)
  }

  #remotePid(at: number): Pid {
    const pid = this.#control[at]
    if (pid instanceof Pid && pid.node === this.#negotiated.peer) return pid
    return this.#invalid(`element ${at + 1} must be a pid of the node that sent it`)
  }

  #localPid(at: number): Pid {
    const pid = this.#control[at]
    if (pid instanceof Pid && pid.node === this.#negotiated.local) return pid
    return this.#invalid(`element ${at + 1} must be a pid of the node that it was sent to`)
  }

  #localPidOrName(at: number): Pid | RemoteName {
    return this.#control[at] instanceof Pid ? this.#localPid(at) : this.#localName(at)
  }

  #localName(at: number): RemoteName {
    const name = nameOf(this.#control[at])
    return name
      ? { name, node: this.#negotiated.local }
      : this.#invalid(`element ${at + 1} must be a registered name`)
  }

  #ref(at: number): Reference {
    const ref = this.#control[at]
    return ref instanceof Reference ? ref : this.#invalid(`element ${at + 1} must be a reference`)
  }

  /** A reference created by this node. */
  #localRef(at: number): Reference {
    const ref = this.#ref(at)
    if (ref.node === this.#negotiated.local) return ref
    return this.#invalid(`element ${at + 1} must be a reference of the node that it was sent to`)
  }

  #unlinkId(at: number): bigint {
    const id = this.#control[at]
    const wide = typeof id === 'number' || typeof id === 'bigint' ? BigInt(id) : 0n
    return wide > 0n && wide < 2n ** 64n
      ? wide
      : this.#invalid(`element ${at + 1} must be an id of 1 to 2^64 - 1`)
  }

  /** The lowest 8 flags. All others are ignored. */
  #flags(at: number): number {
    const flags = this.#control[at]
    if (typeof flags === 'bigint' && flags >= 0n) return Number(flags & 0xffn)
    if (typeof flags === 'number' && flags >= 0 && Number.isSafeInteger(flags)) return flags % 256
    return this.#invalid(`element ${at + 1} must be flags, a whole number`)
  }

  #invalid(expected: string): never {
    throw new ProtocolError(
      `invalid distribution message: {${this.#control.map(inspectShort).join(', ')}}: ${expected}`,
    )
  }
}

/** Returns the atom of a name, also for `nil`, `true` and `false`, which are decoded as JavaScript values. */
function nameOf(term: Term): Atom | undefined {
  if (term instanceof Atom) return term
  if (term === null) return Atom.intern('nil')
  return typeof term === 'boolean' ? Atom.intern(String(term)) : undefined
}

function inspectShort(term: Term): string {
  const text = inspect(term, { limit: 5, pretty: false })
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

/**
 * Two nodes tell each other who they are and prove that they share a cookie.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#distribution-handshake
 *
 * Version 6 only, the one with the message `N`. Bytes in, bytes out; nothing here knows a socket. Each role is a
 * generator that reads like its column of the chapter: it yields what it waits for and gets the next message.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { HandshakeError, type HandshakeErrorCode } from './error.ts'
import { DFLAG_NAME_ME, expandFlags, flagNames, localFlags, missingFlags } from './flags.ts'
import { FrameDecoder } from './frame-decoder.ts'

/** A node as it presents itself. */
export interface NodeIdentity {
  readonly name: string
  /** Which of its lives it is in, 32 bits. */
  readonly creation: number
  readonly flags: bigint
}

/** A node that has proved that it has the cookie. `flags` are those that both of us have. */
export type HandshakeResult = NodeIdentity

/**
 * What the acceptor answers to a name:
 * - `ok`: no link between us, none under way
 * - `ok_simultaneous`: ours is under way and gives way to this one, once it is theirs for sure
 * - `nok`: ours is under way and goes on, see {@link simultaneousStatus}
 * - `alive`: there is a link; the other node says whether it knows of it, and takes its place if not
 * - `not_allowed`
 */
export type HandshakeStatus = 'ok' | 'ok_simultaneous' | 'nok' | 'not_allowed' | 'alive'

export interface HandshakeOptions {
  readonly local: { readonly name: string; readonly creation: number; readonly hidden?: boolean }
  /** The node that is called; only of who initiates. */
  readonly peer?: string
  /** Where the other end is, for people. */
  readonly address: string
  /** Asked by who accepts, once the name is known; `ok` to everyone unless given. */
  readonly statusFor?: (peer: NodeIdentity) => HandshakeStatus
  readonly cookieFor: (node: string) => string
  /**
   * Called when the other node has proved itself, and before it may know, the output not being sent: an older link ends here.
   */
  readonly onVerified?: (peer: HandshakeResult) => void
}

/**
 * What to answer a node that calls while our own call to it is under way: of two simultaneous attempts the one of the
 * greater name goes on.
 */
export function simultaneousStatus(ours: string, theirs: string): 'nok' | 'ok_simultaneous' {
  return ours > theirs ? 'nok' : 'ok_simultaneous'
}

/** What proves a cookie: the MD5 of the cookie and the other side's challenge in decimal. */
export function digest(cookie: string, challenge: number): Uint8Array {
  return createHash('md5').update(cookie, 'latin1').update(String(challenge)).digest()
}

// A node's name travels as Latin-1; what would disturb a log is no name.
const NODE_NAME = /^[!-?A-~\u00a1-\u00ff]+@[!-?A-~\u00a1-\u00ff]+$/

/** Whether a text can be the full name of a node, `name@host`. */
export function isNodeName(text: string): boolean {
  return text.length <= 255 && NODE_NAME.test(text)
}

/** One handshake. It throws a HandshakeError from `feed` when it has failed, and is not to be used after that. */
export class Handshake {
  readonly #options: HandshakeOptions
  readonly #accepts: boolean
  readonly #frames = new FrameDecoder(2)
  readonly #role: Generator<string, HandshakeResult, Message>
  #peer: string | undefined
  #output: Uint8Array[] = []
  #awaited: string

  private constructor(accepts: boolean, options: HandshakeOptions) {
    this.#options = options
    this.#accepts = accepts
    this.#peer = options.peer
    this.#role = accepts ? this.#accept() : this.#initiate()
    this.#awaited = this.#role.next().value as string
  }

  static accept(options: HandshakeOptions): Handshake {
    return new Handshake(true, options)
  }

  /** Has our name to say at once. */
  static initiate(options: HandshakeOptions & { readonly peer: string }): Handshake {
    return new Handshake(false, options)
  }

  /**
   * Takes bytes as they come. Returns the other node once it has proved itself, with the bytes that followed.
   */
  feed(chunk: Uint8Array): { readonly peer: HandshakeResult; readonly rest: Uint8Array } | undefined {
    this.#frames.push(chunk)
    while (this.#frames.next()) {
      const { bytes, start, end } = this.#frames
      const step = this.#role.next(new Message(bytes.subarray(start, end)))
      if (step.done) return { peer: step.value, rest: this.#frames.rest() }
      this.#awaited = step.value
    }
    return undefined
  }

  /** What is to be sent now: to be asked for at the start, after each `feed`, and also when that has thrown. */
  takeOutput(): Uint8Array {
    const output = Buffer.concat(this.#output)
    this.#output = []
    return output
  }

  /** The error for when the other end hangs up. */
  closedError(cause?: Error): HandshakeError {
    const why = cause ? ` (${cause.message})` : ''
    if (this.#awaited === ACK)
      return this.#error(
        'HANDSHAKE_COOKIE',
        `it hung up on our challenge reply${why}, which is what a node with another cookie does. ${this.#cookieHelp()}`,
        cause,
      )
    return this.#error(
      'HANDSHAKE_CLOSED',
      `the connection ended while we waited for ${this.#awaited}${why}`,
      cause,
    )
  }

  /** The error for when `ms` milliseconds were not enough. */
  timeoutError(ms: number): HandshakeError {
    return this.#error('HANDSHAKE_TIMEOUT', `${this.#awaited} did not come within ${ms} ms`)
  }

  *#accept(): Generator<string, HandshakeResult, Message> {
    const { local, statusFor, onVerified } = this.#options
    const flags = localFlags(local.hidden ?? false)
    const their = this.#readName(yield 'its name')
    this.#peer = their.name
    this.#checkIdentity(their, flags)
    const decision = statusFor?.(their) ?? 'ok'
    this.#send(`s${decision}`)
    if (decision === 'not_allowed')
      throw this.#error('HANDSHAKE_NOT_ALLOWED', 'a node of this name is not allowed to connect')
    if (decision === 'nok')
      throw this.#error('HANDSHAKE_NOK', 'our own attempt to connect to it is under way and goes on')
    if (decision === 'alive') {
      const status = (yield 'its answer to "alive"').status()
      if (status !== 'true')
        throw this.#error(
          'HANDSHAKE_ALIVE',
          `the link we have stays: to "alive" it answered ${quote(status)}`,
        )
    }
    const challenge = newChallenge()
    this.#send(nameMessage(local, flags, challenge))
    const reply = yield 'its challenge reply'
    if (reply.tag !== 'r' || reply.length !== 21)
      throw this.#malformed('a challenge reply, 21 bytes that begin with r', reply)
    const cookie = this.#cookie()
    if (!timingSafeEqual(reply.bytes(5, 21), digest(cookie, challenge)))
      throw this.#error(
        'HANDSHAKE_COOKIE',
        `invalid challenge reply; its cookie is not ours. ${this.#cookieHelp()}`,
      )
    const result = { name: their.name, creation: their.creation, flags: flags & their.flags }
    onVerified?.(result)
    this.#send('a', digest(cookie, reply.u32(1)))
    return result
  }

  *#initiate(): Generator<string, HandshakeResult, Message> {
    const { local, peer, onVerified } = this.#options
    const flags = localFlags(local.hidden ?? false)
    this.#send(nameMessage(local, flags))
    const status = (yield 'its status').status()
    if (status === 'alive') this.#send('strue')
    else if (status === 'nok')
      throw this.#error('HANDSHAKE_NOK', 'it is connecting to us at the same time, and that attempt goes on')
    else if (status === 'not_allowed')
      throw this.#error(
        'HANDSHAKE_NOT_ALLOWED',
        `it does not allow ${local.name} to connect; its log says why (net_kernel:allow/1, or flags it misses)`,
      )
    else if (status !== 'ok' && status !== 'ok_simultaneous')
      throw this.#error(
        'HANDSHAKE_MALFORMED',
        `a status was expected (ok, ok_simultaneous, nok, not_allowed, alive), got ${quote(status)}`,
      )
    const message = yield 'its challenge'
    const their = this.#readChallenge(message)
    if (their.name !== peer)
      throw this.#error(
        'HANDSHAKE_NAME',
        `the node there is called ${quote(their.name)}. Is epmd's entry an old one?`,
      )
    this.#checkIdentity(their, flags)
    const challenge = newChallenge()
    const cookie = this.#cookie()
    this.#send('r', u32(challenge), digest(cookie, their.challenge))
    const ack = yield ACK
    if (ack.tag !== 'a' || ack.length !== 17)
      throw this.#malformed('a challenge ack, 17 bytes that begin with a', ack)
    if (!timingSafeEqual(ack.bytes(1, 17), digest(cookie, challenge)))
      throw this.#error(
        'HANDSHAKE_COOKIE',
        `invalid challenge ack; it does not know our cookie. ${this.#cookieHelp()}`,
      )
    const result = { name: their.name, creation: their.creation, flags: flags & their.flags }
    onVerified?.(result)
    return result
  }

  /** N, flags, creation, the name and its length. More may follow in versions to come. */
  #readName(message: Message): NodeIdentity {
    this.#checkVersion(message)
    if (message.tag !== 'N' || message.length < 15)
      throw this.#malformed('a name, which begins with N', message)
    return this.#readIdentity(message, message.u32(9), 13)
  }

  /** As a name, with a challenge before the creation. */
  #readChallenge(message: Message): NodeIdentity & { readonly challenge: number } {
    this.#checkVersion(message)
    if (message.tag !== 'N' || message.length < 19)
      throw this.#malformed('a challenge, which begins with N', message)
    return { ...this.#readIdentity(message, message.u32(13), 17), challenge: message.u32(9) }
  }

  #readIdentity(message: Message, creation: number, at: number): NodeIdentity {
    const end = at + 2 + message.u16(at)
    if (end > message.length) throw this.#malformed(`a name of ${end - at - 2} bytes`, message)
    const flags = message.u64(1)
    const called = message.latin1(at + 2, end)
    if (this.#accepts && flags & DFLAG_NAME_ME) {
      this.#send('snot_allowed')
      throw this.#error(
        'HANDSHAKE_NAME',
        `it asks to be given a name (NAME_ME) for host ${quote(called)}; we give none. Start it with a name`,
      )
    }
    if (!isNodeName(called))
      throw this.#error('HANDSHAKE_NAME', `a name of the form name@host was expected, got ${quote(called)}`)
    return { name: called, creation, flags: expandFlags(flags) }
  }

  #checkVersion(message: Message): void {
    if (message.tag !== 'n') return
    if (this.#accepts) this.#send('snot_allowed')
    throw this.#error(
      'HANDSHAKE_VERSION',
      'it speaks version 5 of the handshake (n), we speak 6 (N), as OTP 23 and later do',
    )
  }

  #checkIdentity(their: NodeIdentity, flags: bigint): void {
    const missing = missingFlags(their.flags)
    const ours = this.#options.local.name === their.name
    if (!missing && !ours) return
    if (this.#accepts) this.#send('snot_allowed')
    if (ours)
      throw this.#error(
        'HANDSHAKE_NAME',
        'that is the name of this node. Two nodes of one name cannot connect',
      )
    throw this.#error(
      'HANDSHAKE_FLAGS',
      `it cannot handle ${flagNames(missing).join(', ')}, which every node since OTP 25 can (it says 0x${their.flags.toString(16)}, we 0x${flags.toString(16)})`,
    )
  }

  #cookie(): string {
    const cookie = this.#options.cookieFor(this.#peer!)
    if (/^[\0-\u00ff]+$/.test(cookie)) return cookie
    throw this.#error(
      'HANDSHAKE_COOKIE',
      'our cookie is empty or has characters beyond Latin-1, so no digest of it exists',
    )
  }

  #cookieHelp(): string {
    return `Start both with the same --cookie (or ~/.erlang.cookie), or give ours for it with Node.setCookie('${this.#peer}', …)`
  }

  #malformed(expected: string, message: Message): HandshakeError {
    return this.#error('HANDSHAKE_MALFORMED', `expected ${expected}, got ${message.describe()}`)
  }

  #error(code: HandshakeErrorCode, what: string, cause?: Error): HandshakeError {
    const { address } = this.#options
    const who = this.#peer === undefined ? address : `node ${this.#peer} (${address})`
    const sentence = this.#accepts
      ? `connection attempt from ${who} rejected: ${what}`
      : `connection to ${who} failed: ${what}`
    return new HandshakeError(code, this.#peer, sentence, cause && { cause })
  }

  #send(...parts: (string | Uint8Array)[]): void {
    const message = Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
    )
    this.#output.push(u16(message.length), message)
  }
}

const ACK = 'its challenge ack'

/** The fields of one message. Only read within `length`. */
class Message {
  readonly #bytes: Buffer

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get length(): number {
    return this.#bytes.length
  }

  get tag(): string {
    return this.latin1(0, 1)
  }

  u16 = (at: number): number => this.#bytes.readUInt16BE(at)
  u32 = (at: number): number => this.#bytes.readUInt32BE(at)
  u64 = (at: number): bigint => this.#bytes.readBigUInt64BE(at)
  bytes = (start: number, end: number): Uint8Array => this.#bytes.subarray(start, end)
  latin1 = (start: number, end: number): string => this.#bytes.toString('latin1', start, end)

  /** What follows the `s` of a status; '' when it is none. */
  status(): string {
    return this.tag === 's' ? this.latin1(1, Math.min(this.length, 300)) : ''
  }

  describe(): string {
    const more = this.length > 24 ? '…' : ''
    return `${this.length} bytes, ${quote(this.latin1(0, 24))}${more}`
  }
}

function nameMessage(local: HandshakeOptions['local'], flags: bigint, challenge?: number): Uint8Array {
  const text = Buffer.from(local.name, 'latin1')
  const high = u32(Number(flags >> 32n))
  const low = u32(Number(flags & 0xffff_ffffn))
  const middle = challenge === undefined ? [] : [u32(challenge)]
  return Buffer.concat([Buffer.from('N'), high, low, ...middle, u32(local.creation), u16(text.length), text])
}

function newChallenge(): number {
  return randomBytes(4).readUInt32BE(0)
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value)
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >> 24, value >> 16, value >> 8, value)
}

/** Quoted, and harmless for a terminal. */
function quote(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u00a0]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)
}

/**
 * Handshake: two nodes exchange their names and flags, and prove that they share a cookie.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#distribution-handshake
 *
 * Only version 6, with the message `N`. Works on bytes, without a socket. Each role is a generator that follows its column of
 * the chapter: it yields a description of what it waits for, and receives the next message.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { HandshakeError, type HandshakeErrorCode } from './error.ts'
import { DFLAG_NAME_ME, DFLAG_PUBLISHED, expandFlags, flagNames, localFlags, missingFlags } from './flags.ts'
import { FrameDecoder } from './frame-decoder.ts'
import { Message, nameMessage, quote, u16, u32 } from './handshake-message.ts'

/** Name, creation and flags of a node, from its `name` or `challenge` message. */
export interface NodeIdentity {
  readonly name: string
  /** Distinguishes this instance of the node from earlier ones, 32 bits. */
  readonly creation: number
  readonly flags: bigint
}

/** A node that has proved that it has the cookie. `flags` are the flags that both nodes have. */
export interface HandshakeResult extends NodeIdentity {
  /** Whether the other node has announced PUBLISHED. A hidden node of this side has not, so `flags` does not tell. */
  readonly published: boolean
}

/**
 * Answer of the acceptor to a name, the `status` message:
 * - `ok`: the two nodes are neither connected nor connecting
 * - `ok_simultaneous`: this node is connecting too, and ends its attempt when the other node has proved that it has the cookie
 * - `nok`: this node is connecting too, and its attempt continues, see {@link simultaneousStatus}
 * - `alive`: a connection is up. The other node answers whether it knows the connection. If not, the new one replaces it
 * - `not_allowed`: the other node may not connect
 */
export type HandshakeStatus = 'ok' | 'ok_simultaneous' | 'nok' | 'not_allowed' | 'alive'

/** Name that the acceptor gives to a node that asks for one (`NAME_ME`), and the creation of that node. */
export interface DynamicName {
  readonly name: string
  readonly creation: number
}

export interface HandshakeOptions {
  readonly local: { readonly name: string; readonly creation: number; readonly hidden?: boolean }
  /** The node that is expected at the other end. Only for the initiator. */
  readonly peer?: string
  /** Whether this node asks the other one for a name (`NAME_ME`). `local.name` is then its host. Only for the initiator. */
  readonly asksForName?: boolean
  /** Bytes of the length before each message: 2, or 4 over TLS. Default: 2. */
  readonly header?: 2 | 4
  /** Address of the other node, for messages. */
  readonly address: string
  /** Chooses the status for a name. Only for the acceptor. Default: always `ok`. */
  readonly statusFor?: (peer: NodeIdentity) => HandshakeStatus
  /** Gives a name to a node that asks for one, on its host. Only for the acceptor. Default: such a node is refused. */
  readonly nameFor?: (host: string) => DynamicName
  readonly cookieFor: (node: string) => string
  /**
   * Called when the other node has proved that it has the cookie, before the last message is sent to it. Use it to close an older
   * connection.
   */
  readonly onVerified?: (peer: HandshakeResult) => void
}

/**
 * Returns the status for a node that connects while this node is connecting to it. The attempt of the node with the greater
 * name continues.
 */
export function simultaneousStatus(local: string, peer: string): 'nok' | 'ok_simultaneous' {
  return local > peer ? 'nok' : 'ok_simultaneous'
}

/** Proof of a cookie: MD5 of the cookie, followed by the challenge of the other node in decimal. */
export function digest(cookie: string, challenge: number): Uint8Array {
  return createHash('md5').update(cookie, 'latin1').update(String(challenge)).digest()
}

// A node name is sent as Latin-1. Control characters are excluded because names appear in logs.
const NODE_NAME = /^[!-?A-~\u00a1-\u00ff]+@[!-?A-~\u00a1-\u00ff]+$/

/** Whether a text is a valid full name of a node, `name@host`. */
export function isNodeName(text: string): boolean {
  return text.length <= 255 && NODE_NAME.test(text)
}

/** One handshake. When it fails, `feed` throws a HandshakeError, and the handshake must not be used any more. */
export class Handshake {
  readonly #options: HandshakeOptions
  readonly #accepts: boolean
  readonly #frames: FrameDecoder
  readonly #role: Generator<string, HandshakeResult, Message>
  #peer: string | undefined
  #givenName: DynamicName | undefined
  #output: Uint8Array[] = []
  #awaited: string

  private constructor(accepts: boolean, options: HandshakeOptions) {
    this.#options = options
    this.#accepts = accepts
    this.#frames = new FrameDecoder(options.header ?? 2, MAX_MESSAGE)
    this.#peer = options.peer
    this.#role = accepts ? this.#accept() : this.#initiate()
    this.#awaited = this.#role.next().value as string
  }

  static accept(options: HandshakeOptions): Handshake {
    return new Handshake(true, options)
  }

  /** Returns a handshake of the initiator. Its first output is the name of this node. */
  static initiate(options: HandshakeOptions & { readonly peer: string }): Handshake {
    return new Handshake(false, options)
  }

  /**
   * Takes the next received bytes. Returns undefined until the handshake is complete, then the other node and the bytes that
   * followed.
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

  /** Returns the bytes to send now. Call it at the start and after each `feed`, also when `feed` has thrown. */
  takeOutput(): Uint8Array {
    const output = Buffer.concat(this.#output)
    this.#output = []
    return output
  }

  /** The name that the other node has given to this one; undefined unless it was asked for one. */
  get givenName(): DynamicName | undefined {
    return this.#givenName
  }

  /** Returns the error for a connection that the other node has closed. */
  closedError(cause?: Error): HandshakeError {
    const why = cause ? ` (${cause.message})` : ''
    if (this.#awaited === ACK)
      return this.#error(
        'HANDSHAKE_COOKIE',
        `it closed the connection after our challenge reply${why}, as a node with another cookie does. ${this.#cookieHelp()}`,
        cause,
      )
    return this.#error(
      'HANDSHAKE_CLOSED',
      `the connection ended while we waited for ${this.#awaited}${why}`,
      cause,
    )
  }

  /** Returns the error for a handshake that took longer than `ms` milliseconds. */
  timeoutError(ms: number): HandshakeError {
    return this.#error('HANDSHAKE_TIMEOUT', `${this.#awaited} did not come within ${ms} ms`)
  }

  *#accept(): Generator<string, HandshakeResult, Message> {
    const { local, statusFor, onVerified } = this.#options
    const called = this.#readName(yield 'its name')
    const asksForName = (called.flags & DFLAG_NAME_ME) !== 0n
    // The flag is sent back: the other node takes the name only then.
    const flags = asksForName ? localFlags(true) | DFLAG_NAME_ME : localFlags(local.hidden ?? false)
    this.#peer = called.name
    this.#checkIdentity(called, flags)
    const their = asksForName ? { ...called, ...this.#nameFor(called.name) } : called
    this.#peer = their.name
    const decision = statusFor?.(their) ?? 'ok'
    if (asksForName && decision === 'ok') this.#sendName(their)
    else this.#send(`s${decision}`)
    if (decision === 'not_allowed')
      throw this.#error('HANDSHAKE_NOT_ALLOWED', 'a node of this name is not allowed to connect')
    if (decision === 'nok')
      throw this.#error('HANDSHAKE_NOK', 'our own attempt to connect to it is in progress and continues')
    if (decision === 'alive') {
      const status = (yield 'its answer to "alive"').status()
      if (status !== 'true')
        throw this.#error(
          'HANDSHAKE_ALIVE',
          `the connection that is up stays: to "alive" it answered ${quote(status)}`,
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
    const result = resultOf(their, flags)
    onVerified?.(result)
    this.#send('a', digest(cookie, reply.u32(1)))
    return result
  }

  *#initiate(): Generator<string, HandshakeResult, Message> {
    const { local, peer, onVerified, asksForName } = this.#options
    const flags = asksForName ? localFlags(true) | DFLAG_NAME_ME : localFlags(local.hidden ?? false)
    this.#send(nameMessage(local, flags))
    const statusMessage = yield 'its status'
    const status = statusMessage.status()
    if (asksForName && status !== 'not_allowed') this.#givenName = this.#readGivenName(statusMessage)
    else if (status === 'alive') this.#send('strue')
    else if (status === 'nok')
      throw this.#error(
        'HANDSHAKE_NOK',
        'it is connecting to us at the same time, and that attempt continues',
      )
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
    const result = resultOf(their, flags)
    onVerified?.(result)
    return result
  }

  /** N, flags, creation, length of the name, name. Later versions may add more. */
  #readName(message: Message): NodeIdentity {
    this.#checkVersion(message)
    if (message.tag !== 'N' || message.length < 15)
      throw this.#malformed('a name, which begins with N', message)
    return this.#readIdentity(message, message.u32(9), 13)
  }

  /** As the name message, with a challenge before the creation. */
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
    // A node that asks for a name sends only its host.
    const full = this.#accepts && flags & DFLAG_NAME_ME ? `${DYNAMIC}@${called}` : called
    if (!isNodeName(full))
      throw this.#error('HANDSHAKE_NAME', `a name of the form name@host was expected, got ${quote(called)}`)
    return { name: called, creation, flags: expandFlags(flags) }
  }

  #nameFor(host: string): DynamicName {
    const { nameFor } = this.#options
    if (nameFor) return nameFor(host)
    this.#send('snot_allowed')
    throw this.#error(
      'HANDSHAKE_NAME',
      `it asks for a name (NAME_ME) on host ${quote(host)}, and this node gives no names. Start it with a name`,
    )
  }

  #sendName({ name, creation }: DynamicName): void {
    const bytes = Buffer.from(name)
    this.#send('snamed:', u16(bytes.length), bytes, u32(creation))
  }

  /** s, "named:", length of the name, name, creation. */
  #readGivenName(message: Message): DynamicName {
    if (!message.status().startsWith('named:') || message.length < 13)
      throw this.#error(
        'HANDSHAKE_NAME',
        `it was asked for a name and gave none (status ${quote(message.status())}); nodes since OTP 24 do. Start this node with a name`,
      )
    const end = 9 + message.u16(7)
    if (message.length < end + 4) throw this.#malformed('a name and a creation after "named:"', message)
    const name = message.latin1(9, end)
    if (!isNodeName(name))
      throw this.#error('HANDSHAKE_NAME', `it gave the name ${quote(name)}, expected name@host`)
    return { name, creation: message.u32(end) }
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
    const isLocalName = this.#options.local.name === their.name
    if (!missing && !isLocalName) return
    if (this.#accepts) this.#send('snot_allowed')
    if (isLocalName)
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
    this.#output.push((this.#options.header === 4 ? u32 : u16)(message.length), message)
  }
}

/** Most bytes of a message of the handshake. */
const MAX_MESSAGE = 2 ** 16 - 1
const ACK = 'its challenge ack'
/** Stands for a name that is not given yet: the longest has 13 characters. */
const DYNAMIC = 'x'.repeat(13)

function resultOf({ name, creation, flags }: NodeIdentity, ours: bigint): HandshakeResult {
  return { name, creation, flags: ours & flags, published: (flags & DFLAG_PUBLISHED) !== 0n }
}

function newChallenge(): number {
  return randomBytes(4).readUInt32BE(0)
}

/**
 * A node's name at its epmd, held for as long as the connection stands.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#register-a-node-in-epmd
 */
import type { Socket } from 'node:net'
import { type EpmdAddress, epmdPort, errorCode, formatAddress } from './address.ts'
import { type EpmdClock, systemClock } from './clock.ts'
import { EpmdError } from './error.ts'
import { decodeAlive2Resp, encodeRequest, HIDDEN_NODE, NORMAL_NODE } from './protocol.ts'
import { requestAndKeepOpen } from './request.ts'

export interface RegisterOptions {
  /** The part of the node's name before the `@`. */
  readonly name: string
  /** The port the node listens at. */
  readonly port: number
  /** Where epmd is; on this machine at `ERL_EPMD_PORT` unless given. epmd takes registrations from its own machine only. */
  readonly epmd?: EpmdAddress
  /** For each attempt, in ms; 10,000 unless given. */
  readonly timeout?: number
  /** Gives the first attempt up; afterwards {@link Registration.close} is the way to end it. */
  readonly signal?: AbortSignal
  /** Registers as OTP's C nodes do. Real nodes do not act on it; what hides a node is a flag of the handshake. */
  readonly hidden?: boolean
  /** Distribution versions, 6 and 5 unless given: what OTP 25 to 29 send. */
  readonly highestVersion?: number
  readonly lowestVersion?: number
  /** The first pause before registering again and the longest one, in ms. 100 and 5,000 unless given; each is twice the last. */
  readonly backoff?: { readonly initial: number; readonly max: number }
  /** Called where nothing listens on epmd's port, at the start and after a loss; the place for `ensureEpmd`. */
  readonly ensureEpmd?: () => Promise<unknown>
  /** epmd has gone; the registration tries again by itself until it is closed. */
  readonly onLost?: (why: Error) => void
  /** An attempt to register again has failed; the next one comes after `pause` ms. */
  readonly onRetry?: (why: Error, pause: number) => void
  /** The name is registered again, with the creation it had. */
  readonly onRestored?: () => void
  readonly clock?: EpmdClock
}

/**
 * Registers a node and keeps it registered: when epmd goes (it was restarted, it crashed), the name is registered again
 * as soon as there is one. The creation stays the first one, since every pid of the node carries it.
 *
 * Not for nodes with a fixed port that nobody looks up; those need no epmd.
 *
 * @throws EpmdError EPMD_NAME_IN_USE where a node of that name lives, EPMD_UNREACHABLE, EPMD_TIMEOUT, EPMD_BAD_REPLY;
 * only the first attempt throws, later ones are told to `onRetry`
 * @see `erl_epmd:register_node/3`, ALIVE2_REQ
 */
export async function register(options: RegisterOptions): Promise<Registration> {
  const { socket, creation } = await sendAlive2Request(options)
  return new Registration(options, socket, creation)
}

/** A name that is held. Made by {@link register}. */
export class Registration implements AsyncDisposable {
  readonly name: string
  readonly port: number
  /** Tells this life of the node from its earlier ones, as epmd gave it the first time. */
  readonly creation: number
  readonly #options: RegisterOptions
  readonly #clock: EpmdClock
  readonly #closing = new AbortController()
  #socket: Socket | undefined
  #timer: unknown

  constructor(options: RegisterOptions, socket: Socket, creation: number) {
    this.name = options.name
    this.port = options.port
    this.creation = creation
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#hold(socket)
  }

  /** Whether epmd has the name at this moment. */
  get registered(): boolean {
    return this.#socket !== undefined
  }

  /** Gives the name back; when the promise settles epmd has let go of it, or did not say so within a second. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the registration was closed'))
    this.#clock.clearTimeout(this.#timer)
    const socket = this.#socket
    if (socket === undefined) return
    this.#socket = undefined
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), 1_000)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      socket.end()
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #hold(socket: Socket): void {
    this.#socket = socket
    let why: Error | undefined
    socket.on('data', () => socket.destroy(new Error('epmd sent bytes after its answer')))
    socket.on('error', (error) => {
      why = error
    })
    const gone = (): void => {
      if (this.#socket !== socket) return
      this.#socket = undefined
      this.#options.onLost?.(lostError(this.#options, why))
      this.#retryAfter(this.#options.backoff?.initial ?? 100)
    }
    socket.once('close', gone)
    // It may have closed between the answer and now; then no event comes any more.
    if (socket.closed) gone()
    else socket.resume()
  }

  #retryAfter(pause: number): void {
    if (this.#closing.signal.aborted) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#registerAgain().catch((error: Error) => {
        if (this.#closing.signal.aborted) return
        const next = Math.min(pause * 2, this.#options.backoff?.max ?? 5_000)
        this.#options.onRetry?.(error, next)
        this.#retryAfter(next)
      })
    }, pause)
  }

  async #registerAgain(): Promise<void> {
    const { socket } = await sendAlive2Request({ ...this.#options, signal: this.#closing.signal })
    if (this.#closing.signal.aborted) {
      socket.destroy()
      return
    }
    this.#hold(socket)
    this.#options.onRestored?.()
  }
}

/** Sends ALIVE2_REQ and, where nothing listens and somebody can change that, once more. */
async function sendAlive2Request(options: RegisterOptions): Promise<{ socket: Socket; creation: number }> {
  try {
    return await sendAlive2RequestOnce(options)
  } catch (error) {
    const absent = error instanceof EpmdError && error.code === 'EPMD_UNREACHABLE'
    if (!absent || options.ensureEpmd === undefined) throw error
    await options.ensureEpmd()
    return await sendAlive2RequestOnce(options)
  }
}

async function sendAlive2RequestOnce(
  options: RegisterOptions,
): Promise<{ socket: Socket; creation: number }> {
  const { name, port, hidden = false, highestVersion = 6, lowestVersion = 5 } = options
  const nodeType = hidden ? HIDDEN_NODE : NORMAL_NODE
  const node = { name, port, nodeType, protocol: 0, highestVersion, lowestVersion, extra: new Uint8Array(0) }
  const { answer, socket, at } = await requestAndKeepOpen(
    encodeRequest({ request: 'ALIVE2_REQ', node }),
    decodeAlive2Resp,
    {
      ...options.epmd,
      ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  )
  if (answer.result === 0) return { socket, creation: answer.creation }
  socket.destroy()
  throw new EpmdError(
    'EPMD_NAME_IN_USE',
    `epmd at ${at} refused the name ${JSON.stringify(name)} (result ${answer.result}): a node of that name is most likely ` +
      'running on this machine. Choose another name, or stop that node ("moebi epmd names" lists them).',
  )
}

function lostError({ name, epmd }: RegisterOptions, cause: Error | undefined): EpmdError {
  const { host = 'localhost', port = epmdPort() } = epmd ?? {}
  const why = cause ? ` (${errorCode(cause)})` : ''
  return new EpmdError(
    'EPMD_UNREACHABLE',
    `epmd at ${formatAddress(host, port)} has gone${why}; new nodes cannot find ${name} until it is back. Registering again as soon as it is.`,
    { cause },
  )
}

/**
 * Registration of a node's name at epmd. The name is registered as long as the connection to epmd is open.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#register-a-node-in-epmd
 */
import type { Socket } from 'node:net'
import { type EpmdAddress, epmdPort, errorCode, formatAddress } from './address.ts'
import { type EpmdClock, systemClock } from './clock.ts'
import { EpmdError } from './error.ts'
import { decodeAlive2Resp, encodeRequest, HIDDEN_NODE, NORMAL_NODE } from './protocol.ts'
import { requestAndKeepOpen } from './send-request.ts'

export interface RegisterOptions {
  /** The part of the node's name before the `@`. */
  readonly name: string
  /** The port at which the node listens. */
  readonly port: number
  /** Address of epmd. Default: this machine at `ERL_EPMD_PORT`. epmd accepts registrations from its own machine only. */
  readonly epmd?: EpmdAddress
  /** For each attempt, in ms. Default: 10,000. */
  readonly timeout?: number
  /** Aborts the first attempt. Use {@link Registration.close} afterwards. */
  readonly signal?: AbortSignal
  /** Registers with the node type of OTP's C nodes. Other nodes ignore it: a flag of the handshake hides a node. */
  readonly hidden?: boolean
  /** Distribution versions. Default: 6 and 5, as in OTP 25 to 29. */
  readonly highestVersion?: number
  readonly lowestVersion?: number
  /** Pause before a new attempt to register, in ms: the first and the longest. Each pause is twice the last one. Default: 100 and 5,000. */
  readonly backoff?: { readonly initial: number; readonly max: number }
  /** Called when no epmd is running, at the start and after a loss. Should start one, for example with `ensureEpmd`. */
  readonly ensureEpmd?: () => Promise<unknown>
  /** Called when the connection to epmd is lost. The registration is attempted again until it is closed. */
  readonly onLost?: (why: Error) => void
  /** Called when an attempt to register again has failed. The next one follows after `pause` ms. */
  readonly onRetry?: (why: Error, pause: number) => void
  /** Called when the name is registered again, with the creation of the first registration. */
  readonly onRestored?: () => void
  readonly clock?: EpmdClock
}

/**
 * Registers a node and keeps it registered: when epmd ends, the name is registered again as soon as an epmd is running. The
 * creation stays that of the first registration, because every pid of the node contains it.
 *
 * When not to use it: for a node with a fixed port that its peers know.
 *
 * @throws EpmdError EPMD_NAME_IN_USE when a node of that name is registered, EPMD_UNREACHABLE, EPMD_TIMEOUT or EPMD_BAD_REPLY.
 * Only the first attempt throws; later failures are passed to `onRetry`
 * @see `erl_epmd:register_node/3`, ALIVE2_REQ
 */
export async function register(options: RegisterOptions): Promise<Registration> {
  const { socket, creation } = await sendAlive2Request(options)
  return new Registration(options, socket, creation)
}

/** A registered name. Created by {@link register}. */
export class Registration implements AsyncDisposable {
  readonly name: string
  readonly port: number
  /** Number from epmd that distinguishes this instance of the node from earlier ones. */
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

  /** Whether the name is registered now. */
  get registered(): boolean {
    return this.#socket !== undefined
  }

  /** Unregisters the name. Resolves when epmd has closed the connection, after a second at the latest. */
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
    const onClose = (): void => {
      if (this.#socket !== socket) return
      this.#socket = undefined
      this.#options.onLost?.(lostError(this.#options, why))
      this.#retryAfter(this.#options.backoff?.initial ?? 100)
    }
    socket.once('close', onClose)
    // A socket that closed after the response emits no further event.
    if (socket.closed) onClose()
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

/** Sends ALIVE2_REQ. If no epmd is running, calls the option `ensureEpmd` and sends the request again. */
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
    `epmd at ${formatAddress(host, port)} has ended${why}; new nodes cannot find ${name} until an epmd runs again. The name is then registered again.`,
    { cause },
  )
}

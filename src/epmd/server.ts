/**
 * An epmd server for Moebi, `erl` and `iex` nodes.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#epmd-protocol
 *
 * A name is registered as long as the connection that registered it is open. Every other connection carries one request and is
 * closed after the response.
 */
import { randomInt } from 'node:crypto'
import type { Server, Socket } from 'node:net'
import { epmdPort, errorCode, isLoopbackAddress } from './address.ts'
import { type EpmdClock, systemClock } from './clock.ts'
import { EpmdError } from './error.ts'
import { closeServer, type Listener, listen } from './listen.ts'
import {
  type EpmdNode,
  type EpmdRequest,
  EXTENDED_CREATION_VERSION,
  encodeAlive2Resp,
  encodeDumpResp,
  encodeNamesResp,
  encodePort2Resp,
  KILL_NO,
  KILL_OK,
  NOEXIST,
  RequestParser,
  STOPPED,
} from './protocol.ts'

export interface EpmdServerOptions {
  /** Default: `ERL_EPMD_PORT`, or 4369. 0 chooses a free port. */
  readonly port?: number
  /** IP addresses to listen at. Default: both loopback addresses. `::1` and `::` are ignored on a machine without IPv6. */
  readonly addresses?: readonly string[]
  /** The server ends when no name was registered for that many ms. Default: never. */
  readonly idleMs?: number
  /** Most open connections, registered nodes included. Default: 1,024. */
  readonly maxConnections?: number
  /** Longest time in ms without a byte on a connection that has no complete request. Default: 60,000, as in epmd. */
  readonly requestTimeout?: number
  /**
   * Whether this machine may unregister a name with STOP_REQ, and end the epmd with KILL_REQ while nodes are registered. Default:
   * false. `-relaxed_command_check` of OTP's epmd.
   */
  readonly relaxedCommandCheck?: boolean
  /** Waits that many ms before each response, to test clients against a busy epmd. Default: 0. `-delay_write` of OTP's epmd. */
  readonly delayWrite?: number
  readonly clock?: EpmdClock
  readonly onRegister?: (node: EpmdNode, creation: number) => void
  readonly onUnregister?: (node: EpmdNode) => void
  /** Called when a connection was closed or a request was refused, with the reason. */
  readonly onReject?: (reason: string, remoteAddress: string) => void
}

/** Why a server has ended: `idleMs` passed without a registered name, KILL_REQ, or `close()`. */
export type EpmdEndReason = 'idle' | 'killed' | 'closed'

/**
 * Starts an epmd in this process. `ensureEpmd` starts one in a separate process.
 *
 * @throws EpmdError EPMD_PORT_IN_USE when the port is in use at one of the addresses, by an epmd or another program,
 * EPMD_START_FAILED when it cannot listen for another reason
 */
export async function startEpmd(options: EpmdServerOptions = {}): Promise<EpmdServer> {
  const listeners = await listen(options.port ?? epmdPort(), options.addresses ?? ['127.0.0.1', '::1'])
  return new EpmdServer(listeners, options)
}

interface RegisteredNode {
  readonly node: EpmdNode
  readonly connection: number
  readonly socket: Socket
}

/** A running epmd. Created by {@link startEpmd}. */
export class EpmdServer implements AsyncDisposable {
  readonly port: number
  readonly addresses: readonly string[]
  /** Resolves when the server has ended and its port is free. */
  readonly ended: Promise<EpmdEndReason>
  readonly #options: EpmdServerOptions
  readonly #clock: EpmdClock
  readonly #listeners: readonly Server[]
  readonly #connections = new Set<Socket>()
  /** Connections without a complete response, oldest first, with their timers. */
  readonly #pending = new Map<Socket, unknown>()
  readonly #registered = new Map<string, RegisteredNode>()
  #connectionCount = 0
  #creation = randomInt(4, 2 ** 32)
  #idleTimer: unknown
  #isEnding = false
  #resolveEnded: (end: EpmdEndReason) => void = () => {}

  constructor(listeners: readonly Listener[], options: EpmdServerOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#listeners = listeners.map(({ server }) => server)
    this.addresses = listeners.map(({ address }) => address)
    this.port = listeners[0]!.port
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve
    })
    for (const server of this.#listeners) {
      server.on('connection', (socket) => this.#accept(socket))
      server.on('error', (error) =>
        this.#options.onReject?.(`accepting a connection failed (${errorCode(error)})`, 'unknown'),
      )
    }
    this.#startIdleTimer()
  }

  /** Returns the registered nodes. */
  nodes(): EpmdNode[] {
    return [...this.#registered.values()].map(({ node }) => node)
  }

  /** Ends the server and closes all connections. */
  async close(): Promise<void> {
    await this.#end('closed')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #accept(socket: Socket): void {
    const from = socket.remoteAddress
    if (this.#isEnding || from === undefined) {
      socket.destroy()
      return
    }
    const { maxConnections = 1_024, requestTimeout = 60_000, delayWrite = 0 } = this.#options
    if (this.#connections.size >= maxConnections && !this.#evictOldest(maxConnections)) {
      this.#options.onReject?.(`all ${maxConnections} connections are held by registered nodes`, from)
      socket.destroy()
      return
    }
    const connection = ++this.#connectionCount
    const parser = new RequestParser()
    let asked = false
    this.#connections.add(socket)
    const expire = (): void => {
      const late = asked ? 'did not fetch its answer' : `sent ${parser.received} bytes and no full request`
      this.#reject(socket, from, `${late} within ${requestTimeout} ms`)
    }
    this.#pending.set(socket, this.#clock.setTimeout(expire, requestTimeout + delayWrite))
    socket.setNoDelay(true)
    socket.on('error', (error) => {
      if (!asked)
        this.#reject(socket, from, `the connection broke before its request was whole (${errorCode(error)})`)
    })
    socket.once('close', () => {
      this.#removePending(socket)
      this.#connections.delete(socket)
    })
    socket.on('end', () => {
      if (!asked && parser.received > 0) this.#reject(socket, from, parser.truncated().message)
    })
    socket.on('data', (chunk) => {
      if (socket.destroyed) return
      if (asked) {
        this.#reject(socket, from, `sent ${chunk.length} bytes after its request`)
        return
      }
      try {
        const request = parser.push(chunk)
        // The time counts from the last byte. The entry keeps its place, so that the oldest connection remains the first one.
        this.#clock.clearTimeout(this.#pending.get(socket))
        this.#pending.set(socket, this.#clock.setTimeout(expire, requestTimeout + delayWrite))
        if (request === undefined) return
        asked = true
        this.#answer(request, socket, from, connection)
      } catch (error) {
        this.#reject(
          socket,
          from,
          error instanceof EpmdError ? error.message : `failed here: ${String(error)}`,
        )
      }
    })
  }

  #answer(request: EpmdRequest, socket: Socket, from: string, connection: number): void {
    if (request.request === 'PORT_PLEASE2_REQ') {
      this.#reply(socket, encodePort2Resp(this.#registered.get(request.name)?.node))
      return
    }
    if (request.request === 'NAMES_REQ') {
      this.#reply(socket, encodeNamesResp(this.port, this.nodes()))
      return
    }
    // All other requests are accepted from this machine only, as in epmd.
    if (!isLoopbackAddress(from) && from !== socket.localAddress) {
      const shown = request.request.replace('INVALID_', '')
      this.#reject(socket, from, `sent ${shown}, which only this machine may send`)
      return
    }
    switch (request.request) {
      case 'ALIVE2_REQ':
        this.#register(request.node, socket, from, connection)
        break
      case 'INVALID_ALIVE2_REQ':
        this.#refuseName(`sent ALIVE2_REQ with ${request.reason}`, socket, from, request.highestVersion)
        break
      case 'DUMP_REQ':
        this.#reply(socket, encodeDumpResp(this.port, this.#registered.values()))
        break
      case 'KILL_REQ':
        if (this.#registered.size > 0 && !this.#options.relaxedCommandCheck) {
          this.#options.onReject?.('sent KILL_REQ while nodes are registered', from)
          this.#reply(socket, KILL_NO)
        } else {
          this.#reply(socket, KILL_OK, () => void this.#end('killed'))
        }
        break
      case 'STOP_REQ':
        this.#stopNode(request.name, socket, from)
    }
  }

  /** Writes the response and closes the connection. */
  #reply(socket: Socket, response: Uint8Array, then?: () => void): void {
    this.#delayed(() => socket.end(response, then))
  }

  #delayed(write: () => void): void {
    const { delayWrite = 0 } = this.#options
    if (delayWrite > 0) this.#clock.setTimeout(write, delayWrite)
    else write()
  }

  #stopNode(name: string, socket: Socket, from: string): void {
    if (!this.#options.relaxedCommandCheck) {
      // epmd closes the connection without a response too.
      this.#reject(socket, from, `sent STOP_REQ for ${name}; a name goes when its node does`)
      return
    }
    const registered = this.#registered.get(name)
    this.#reply(socket, registered === undefined ? NOEXIST : STOPPED)
    registered?.socket.destroy()
    if (registered !== undefined) this.#unregister(registered)
  }

  #refuseName(reason: string, socket: Socket, from: string, highestVersion: number): void {
    this.#options.onReject?.(reason, from)
    this.#reply(socket, encodeAlive2Resp({ result: 1, creation: 99 }, highestVersion))
  }

  #register(node: EpmdNode, socket: Socket, from: string, connection: number): void {
    if (this.#registered.has(node.name)) {
      this.#refuseName(`asked for the name ${node.name}, which is in use`, socket, from, node.highestVersion)
      return
    }
    const creation = this.#nextCreation(node.highestVersion)
    const registered = { node, connection, socket }
    this.#registered.set(node.name, registered)
    this.#removePending(socket)
    this.#clock.clearTimeout(this.#idleTimer)
    const unregister = (): void => this.#unregister(registered)
    socket.once('end', unregister).once('close', unregister)
    this.#delayed(() => socket.write(encodeAlive2Resp({ result: 0, creation }, node.highestVersion)))
    this.#options.onRegister?.(node, creation)
  }

  #unregister(registered: RegisteredNode): void {
    const { node } = registered
    if (this.#registered.get(node.name) !== registered) return
    this.#registered.delete(node.name)
    this.#options.onUnregister?.(node)
    if (this.#registered.size === 0) this.#startIdleTimer()
  }

  /** One counter for all names, so that two instances of a node in succession have different creations. Old nodes get 1 to 3. */
  #nextCreation(highestVersion: number): number {
    this.#creation = this.#creation === 2 ** 32 - 1 ? 4 : this.#creation + 1
    return highestVersion >= EXTENDED_CREATION_VERSION ? this.#creation : 1 + (this.#creation % 3)
  }

  #reject(socket: Socket, from: string, reason: string): void {
    this.#options.onReject?.(reason, from)
    socket.destroy()
    this.#removePending(socket)
  }

  /** Closes the connection that has waited longest without a complete request, so that silent connections cannot lock nodes out. */
  #evictOldest(most: number): boolean {
    const oldest = this.#pending.keys().next().value
    if (oldest === undefined) return false
    this.#reject(
      oldest,
      oldest.remoteAddress ?? 'unknown',
      `made room for a new connection, ${most} are the most`,
    )
    this.#connections.delete(oldest)
    return true
  }

  #removePending(socket: Socket): void {
    this.#clock.clearTimeout(this.#pending.get(socket))
    this.#pending.delete(socket)
  }

  #startIdleTimer(): void {
    if (this.#options.idleMs === undefined || this.#isEnding) return
    this.#idleTimer = this.#clock.setTimeout(() => void this.#end('idle'), this.#options.idleMs)
  }

  async #end(end: EpmdEndReason): Promise<void> {
    if (!this.#isEnding) {
      this.#isEnding = true
      this.#clock.clearTimeout(this.#idleTimer)
      for (const socket of this.#connections) socket.destroy()
      await Promise.all(this.#listeners.map(closeServer))
      this.#resolveEnded(end)
    }
    await this.ended
  }
}

import {
  accept,
  type Connection,
  type ConnectionSocket,
  type DynamicName,
  HandshakeError,
  type HandshakeErrorCode,
  type HandshakeStatus,
  type NodeIdentity,
  PendingHandshakes,
  remoteHost,
  simultaneousStatus,
} from '../../distribution/index.ts'
import { nodeAtom } from '../../process/index.ts'
import type { ConnectionEntry } from './connection-entry.ts'
import type { ConnectionTable } from './connection-table.ts'
import type { Connector } from './connector.ts'
import { DynamicNames } from './dynamic-names.ts'
import { FailedProofs } from './failed-proofs.ts'
import { RefusalLog } from './refusal-log.ts'

/**
 * Errors of an incoming handshake that the peer has withdrawn. When two nodes connect to each other at the same time, one of
 * them ends its attempt, at any point, even before it has sent its name. That is logged at level `debug`.
 */
const WITHDRAWN: ReadonlySet<HandshakeErrorCode> = new Set([
  'HANDSHAKE_NOK',
  'HANDSHAKE_ALIVE',
  'HANDSHAKE_CLOSED',
])

/** Lines of the log for wrong cookies of one node in a minute, before they are counted. A person who tries again sees the line again. */
const COOKIE_LINES = 5

/** Returns why a node that connects over a socket may not have a name; undefined when it may. */
export type NameRefusal = (socket: ConnectionSocket, node: string) => string | undefined

/** Accepts incoming connections. */
export class Acceptor {
  readonly #table: ConnectionTable
  readonly #connector: Connector
  readonly #sockets = new Set<ConnectionSocket>()
  readonly #pendingHandshakes = new PendingHandshakes()
  readonly #dynamicNames = new DynamicNames()
  readonly #nameRefusal: NameRefusal
  readonly #failedProofs: FailedProofs
  readonly #refusals: RefusalLog

  constructor(table: ConnectionTable, connector: Connector, nameRefusal: NameRefusal = () => undefined) {
    this.#table = table
    this.#nameRefusal = nameRefusal
    this.#connector = connector
    this.#failedProofs = new FailedProofs(table.kernel.clock)
    this.#refusals = new RefusalLog(table.kernel)
    table.subscribe({ up: () => {}, down: ({ name }) => this.#dynamicNames.release(name) })
  }

  /**
   * Does the handshake on an incoming connection and puts the result into the table.
   *
   * @param tickTime `net_ticktime` of this connection in ms, if it differs from that of the table
   */
  async accept(socket: ConnectionSocket, tickTime?: number): Promise<void> {
    if (this.#table.stopped) return void socket.destroy()
    this.#sockets.add(socket)
    const address = remoteHost(socket)
    let refusal: string | undefined
    // The state at the moment when the peer sent its name.
    let entry: ConnectionEntry | undefined
    let previous: Connection | undefined
    let dynamicName: DynamicName | undefined
    const isSuperseded = (): boolean => {
      const current = entry && this.#table.get(entry.peer)?.connection
      return current !== undefined && current !== previous
    }
    try {
      const connection = await accept(socket, {
        ...this.#table.establishOptions(),
        ...(tickTime !== undefined && { tickTime }),
        pendingHandshakes: this.#pendingHandshakes,
        nameFor: (host) => {
          dynamicName = this.#dynamicNames.choose(
            host,
            (name) => this.#table.get(nodeAtom(name)) !== undefined,
          )
          return dynamicName
        },
        statusFor: (peer) => {
          refusal = this.#nameRefusal(socket, peer.name) ?? this.#tooManyFailures(address, peer.name)
          if (refusal !== undefined) return 'not_allowed'
          const status = this.#statusFor(peer)
          entry = this.#table.get(nodeAtom(peer.name))
          previous = entry?.connection
          if (entry) entry.incoming++
          return status
        },
        onVerified: () => {
          if (!isSuperseded()) void previous?.close('the peer connected anew')
        },
      })
      this.#failedProofs.proved(address, connection.peer.name.name)
      if (isSuperseded()) {
        this.#table.report(
          'debug',
          `** a handshake of ${connection.peer.name.name} ended after another connection was up **`,
        )
        await connection.close('another connection was faster')
      } else if (!connection.closed) {
        if (dynamicName) this.#dynamicNames.use(dynamicName)
        this.#table.up(connection)
      }
    } catch (error) {
      this.#onError(error, address, refusal)
    } finally {
      this.#sockets.delete(socket)
      if (entry && --entry.incoming === 0) this.#connector.onIncomingEnded(entry)
    }
  }

  /** Logs or counts a connection attempt that was refused. See {@link RefusalLog.add}. */
  refuse(address: string, reason: string, text: string, lines = 1): void {
    if (!this.#table.stopped) this.#refusals.add(address, reason, text, lines)
  }

  /** Destroys the sockets of all handshakes in progress. */
  stop(): void {
    this.#refusals.stop()
    for (const socket of this.#sockets) socket.destroy()
  }

  #onError(error: unknown, address: string, refusal: string | undefined): void {
    const message = error instanceof Error ? error.message : String(error)
    if (!(error instanceof HandshakeError)) return this.refuse(address, 'internal', message)
    const { code, peer } = error
    if (code === 'HANDSHAKE_COOKIE') {
      this.#failedProofs.add(address)
      return this.refuse(address, `${code} ${peer}`, message, COOKIE_LINES)
    }
    if (WITHDRAWN.has(code)) this.#table.report('debug', `** ${message} **`)
    else if (refusal === undefined) this.refuse(address, `${code} ${peer}`, message)
    else this.refuse(address, `${code} ${peer}`, `node ${peer} may not connect: ${refusal}`)
  }

  #tooManyFailures(address: string, node: string): string | undefined {
    const wait = this.#failedProofs.wait(address, node)
    if (wait === 0) return undefined
    return `${address} has sent wrong cookies again and again, and is refused for ${wait} ms. Give its node the cookie of this one.`
  }

  #statusFor(peer: NodeIdentity): HandshakeStatus {
    const { kernel, stopped } = this.#table
    if (stopped || peer.name === kernel.name.name) return 'not_allowed'
    const node = nodeAtom(peer.name)
    const entry = this.#table.get(node)
    if (!entry) {
      this.#connector.waitForIncoming(this.#table.add(node))
      return 'ok'
    }
    if (entry.connection) return 'alive'
    if (!entry.attempt) return 'ok'
    return simultaneousStatus(kernel.name.name, peer.name)
  }
}

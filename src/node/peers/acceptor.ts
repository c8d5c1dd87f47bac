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
  simultaneousStatus,
} from '../../distribution/index.ts'
import { nodeAtom } from '../../process/index.ts'
import type { ConnectionEntry } from './connection-entry.ts'
import type { ConnectionTable } from './connection-table.ts'
import type { Connector } from './connector.ts'
import { DynamicNames } from './dynamic-names.ts'

/**
 * Errors of an incoming handshake that the peer has withdrawn. When two nodes connect to each other at the same time, one of
 * them ends its attempt, at any point, even before it has sent its name. That is logged at level `debug`.
 */
const WITHDRAWN: ReadonlySet<HandshakeErrorCode> = new Set([
  'HANDSHAKE_NOK',
  'HANDSHAKE_ALIVE',
  'HANDSHAKE_CLOSED',
])

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

  constructor(table: ConnectionTable, connector: Connector, nameRefusal: NameRefusal = () => undefined) {
    this.#table = table
    this.#nameRefusal = nameRefusal
    this.#connector = connector
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
          const refusal = this.#nameRefusal(socket, peer.name)
          if (refusal !== undefined) {
            this.#table.report('error', `** node ${peer.name} may not connect: ${refusal} **`)
            return 'not_allowed'
          }
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
      const withdrawn = error instanceof HandshakeError && WITHDRAWN.has(error.code)
      this.#table.report(
        withdrawn ? 'debug' : 'error',
        `** ${error instanceof Error ? error.message : String(error)} **`,
      )
    } finally {
      this.#sockets.delete(socket)
      if (entry && --entry.incoming === 0) this.#connector.onIncomingEnded(entry)
    }
  }

  /** Destroys the sockets of all handshakes in progress. */
  stop(): void {
    for (const socket of this.#sockets) socket.destroy()
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

import type { LocalProcess } from '../../process/index.ts'
import type { Atom, Term } from '../../term/index.ts'
import { castServer } from '../net-kernel/index.ts'
import type { Peers } from '../peers/index.ts'
import { GLOBAL_NAME_SERVER } from './locks.ts'

/**
 * Connections to visible nodes, as the name server knows them. It learns of a connection from `nodeup` and `nodedown` in its
 * mailbox: `nodeup` stands before the messages that came over the connection, and `nodedown` after them.
 *
 * A message is sent over the connection that the server knows, or not at all. A node that has restarted therefore never
 * receives a message that was meant for its predecessor.
 */
export class Connections {
  readonly #server: LocalProcess
  readonly #peers: Peers
  readonly #ids = new Map<Atom, number>()

  constructor(server: LocalProcess, peers: Peers) {
    this.#server = server
    this.#peers = peers
  }

  onNodeUp(node: Atom, id: number): void {
    this.#ids.set(node, id)
  }

  onNodeDown(node: Atom): void {
    this.#ids.delete(node)
  }

  /** The `connection_id` of every known connection, by node. */
  get ids(): ReadonlyMap<Atom, number> {
    return this.#ids
  }

  /** Returns the `connection_id` for a node; undefined while the server knows no connection to it. */
  id(node: Atom): number | undefined {
    return this.#ids.get(node)
  }

  /** Whether the server knows this connection, and it is still up. */
  isUp(node: Atom, id: number | undefined): boolean {
    return id !== undefined && this.#ids.get(node) === id && this.#peers.connectionId(node) === id
  }

  /** Sends a message to the name server of a node. */
  send(node: Atom, message: Term): void {
    if (this.isUp(node, this.#ids.get(node)))
      this.#server.kernel.send(this.#server.pid, { name: GLOBAL_NAME_SERVER, node }, message)
  }

  /** Sends a cast to the name server of a node. */
  cast(node: Atom, message: Term): void {
    if (this.isUp(node, this.#ids.get(node)))
      castServer(this.#peers, this.#server, { name: GLOBAL_NAME_SERVER, node }, message)
  }

  /** Closes the connection that the server knows. */
  disconnect(node: Atom, reason: string): void {
    if (this.isUp(node, this.#ids.get(node))) this.#peers.disconnect(node, reason)
  }
}

import type { LocalProcess } from '../../process/index.ts'
import { type Atom, atom, tuple } from '../../term/index.ts'
import type { Peers } from '../peers/index.ts'

/** Node monitors of processes. As on the BEAM, a process that monitors a node twice gets two messages. */
export class NodeMonitors {
  readonly #peers: Peers
  readonly #monitors = new Map<Atom, Map<LocalProcess, number>>()

  constructor(peers: Peers) {
    this.#peers = peers
    peers.subscribe({ up: () => {}, down: (peer) => this.#down(peer) })
  }

  set(process: LocalProcess, node: Atom, on: boolean): void {
    const processes = this.#monitors.get(node) ?? new Map<LocalProcess, number>()
    const count = (processes.get(process) ?? 0) + (on ? 1 : -1)
    if (count > 0) processes.set(process, count)
    else processes.delete(process)
    if (processes.size > 0) this.#monitors.set(node, processes)
    else this.#monitors.delete(node)
    if (!on) return
    process.onExit(() => processes.delete(process))
    void this.#peers.connect(node).then((connected) => {
      if (!connected) this.#connectFailed(process, node)
    })
  }

  /**
   * Sends `nodedown` only to the process whose attempt to connect has failed. Other processes may have started a later attempt
   * that succeeds.
   */
  #connectFailed(process: LocalProcess, node: Atom): void {
    if (!this.#monitors.get(node)?.has(process)) return
    this.set(process, node, false)
    process.deliver(tuple(atom('nodedown'), node))
  }

  #down(node: Atom): void {
    const processes = this.#monitors.get(node)
    if (!processes) return
    this.#monitors.delete(node)
    for (const [process, count] of processes)
      for (let i = 0; i < count; i++) process.deliver(tuple(atom('nodedown'), node))
  }
}

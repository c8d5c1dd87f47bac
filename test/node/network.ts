import type { Clock } from '../../src/clock/index.ts'
import type { PeerListener, Peers } from '../../src/node/peers/peers.ts'
import { type Kernel, LocalKernel, type Signal } from '../../src/process/index.ts'
import { type Atom, atom, type Pid } from '../../src/term/index.ts'

export interface Sent {
  readonly from: Atom
  readonly to: Atom
  readonly signal: Signal
}

/** Kernels with connections between them that exist in this process only. Signals arrive in a later turn, in order. */
export class Network {
  readonly sent: Sent[] = []
  readonly #hosts = new Map<Atom, Host>()
  /** The number of each connection. */
  readonly #links = new Map<string, number>()
  #connectionId = 0
  #creation = 0

  add(name: string, clock?: Clock): Host {
    const host = new Host(this, atom(`${name}@localhost`) as Atom, ++this.#creation, clock)
    this.#hosts.set(host.kernel.name, host)
    return host
  }

  connected(a: Atom, b: Atom): boolean {
    return this.connectionId(a, b) !== undefined
  }

  connectionId(a: Atom, b: Atom): number | undefined {
    return this.#links.get(key(a, b))
  }

  creation(of: Atom): number | undefined {
    return this.#hosts.get(of)?.kernel.creation
  }

  neighbours(of: Atom): Atom[] {
    return [...this.#hosts.keys()].filter((name) => name !== of && this.connected(of, name))
  }

  connect(a: Atom, b: Atom): boolean {
    const [one, other] = [this.#hosts.get(a), this.#hosts.get(b)]
    if (!one || !other) return false
    if (this.connected(a, b)) return true
    const connectionId = ++this.#connectionId
    this.#links.set(key(a, b), connectionId)
    setImmediate(() => {
      if (this.connectionId(a, b) !== connectionId) return
      for (const listener of one.listeners) listener.up(b, { visible: true, connectionId })
      for (const listener of other.listeners) listener.up(a, { visible: true, connectionId })
    })
    return true
  }

  cut(a: Atom, b: Atom): void {
    if (!this.#links.delete(key(a, b))) return
    for (const [name, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      const host = this.#hosts.get(name)
      host?.kernel.nodeDown(peer)
      for (const listener of host?.listeners ?? []) listener.down(peer, 'cut')
    }
  }

  /** The node is gone with all its connections. */
  remove(name: Atom): void {
    for (const peer of this.neighbours(name)) this.cut(name, peer)
    this.#hosts.delete(name)
  }

  carry(from: Host, signal: Signal): void {
    const to = signal.type === 'spawnRequest' ? signal.node : signal.to.node
    if (!this.connect(from.kernel.name, to)) return from.kernel.rejectSignal(signal)
    this.sent.push({ from: from.kernel.name, to, signal })
    const id = this.connectionId(from.kernel.name, to)
    setImmediate(() => {
      if (this.connectionId(from.kernel.name, to) === id) this.#hosts.get(to)?.kernel.deliver(signal)
    })
  }
}

/** A kernel on the network. */
export class Host implements Peers {
  readonly kernel: Kernel
  readonly listeners = new Set<PeerListener>()
  readonly #network: Network

  constructor(network: Network, name: Atom, creation: number, clock: Clock | undefined) {
    this.#network = network
    this.kernel = new LocalKernel({ name, creation, ...(clock && { clock }) })
    this.kernel.router = { route: (signal) => network.carry(this, signal) }
  }

  visible(): Atom[] {
    return this.#network.neighbours(this.kernel.name)
  }

  connectionId(node: Atom): number | undefined {
    return this.#network.connectionId(this.kernel.name, node)
  }

  reaches(pid: Pid): boolean {
    return this.connectionId(pid.node) !== undefined && this.#network.creation(pid.node) === pid.creation
  }

  connect(node: Atom): Promise<boolean> {
    return Promise.resolve(this.#network.connect(this.kernel.name, node))
  }

  disconnect(node: Atom): void {
    this.#network.cut(this.kernel.name, node)
  }

  subscribe(listener: PeerListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

function key(a: Atom, b: Atom): string {
  return [a.name, b.name].sort().join(' ')
}

import { _, type Atom, is, type Term } from '../../term/index.ts'

/** The partition of this node: who is in it, who is about to join, and who waits for that. */
export class Members {
  readonly #self: Atom
  /** The nodes of our partition, with the version of their protocol. */
  readonly #known = new Map<Atom, number>()
  /** Nodes that have begun an exchange with us, with the version of their protocol. */
  readonly #pending = new Map<Atom, number>()
  readonly #synced = new Set<Atom>()
  readonly #syncers = new Set<{ readonly waiting: Set<Atom>; readonly done: () => void }>()

  constructor(self: Atom) {
    this.#self = self
  }

  nodes(): Atom[] {
    return [...this.#known.keys()]
  }

  /** With those that are about to join. */
  all(): Atom[] {
    return [...this.#known.keys(), ...this.#pending.keys()]
  }

  versions(): ReadonlyMap<Atom, number> {
    return this.#known
  }

  has(node: Atom): boolean {
    return this.#known.has(node)
  }

  /** Takes in nodes of `[{Node, Version}]`, or of the `[Node]` of old nodes; returns those that are new. */
  add(nodes: readonly Term[]): Atom[] {
    const added: Atom[] = []
    for (const item of nodes) {
      const [node, version] = is(item, [_.atom, _.integer]) ? item : [item, 0]
      if (!is(node, _.atom) || node === this.#self) continue
      if (!this.#known.has(node)) added.push(node)
      if ((this.#known.get(node) ?? 0) === 0) this.#known.set(node, version || (this.#pending.get(node) ?? 0))
    }
    return added
  }

  expect(node: Atom, version: number): void {
    this.#pending.set(node, version)
  }

  expects(node: Atom): boolean {
    return this.#pending.has(node)
  }

  unexpect(node: Atom): void {
    this.#pending.delete(node)
  }

  /** False when it was none of them. */
  remove(node: Atom): boolean {
    const known = this.#known.delete(node)
    const pending = this.#pending.delete(node)
    this.#synced.delete(node)
    return known || pending
  }

  synced(): Atom[] {
    return [...this.#synced]
  }

  /** Names and nodes were exchanged with this one. */
  nowSynced(node: Atom): void {
    this.#synced.add(node)
    this.release(node)
  }

  /** Nobody waits for this node any more. */
  release(node: Atom): void {
    for (const syncer of [...this.#syncers]) {
      syncer.waiting.delete(node)
      if (syncer.waiting.size > 0) continue
      this.#syncers.delete(syncer)
      syncer.done()
    }
  }

  /** Waits until names and nodes were exchanged with these nodes, or they are released. */
  sync(nodes: readonly Atom[]): Promise<void> {
    const waiting = new Set(nodes.filter((node) => node !== this.#self && !this.#synced.has(node)))
    return new Promise((done) => {
      if (waiting.size === 0) done()
      else this.#syncers.add({ waiting, done })
    })
  }
}

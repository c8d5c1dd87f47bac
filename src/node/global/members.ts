import { _, type Atom, is, type Term } from '../../term/index.ts'

/**
 * Nodes of this node's partition, in the words of OTP's `global`: `known` nodes have exchanged their names with the partition,
 * `pending` nodes have begun to, and `synced` nodes have exchanged their names with this node.
 */
export class Members {
  readonly #self: Atom
  /** The version of `global`'s protocol, by node. */
  readonly #known = new Map<Atom, number>()
  /** The version of `global`'s protocol, by node. */
  readonly #pending = new Map<Atom, number>()
  readonly #synced = new Set<Atom>()
  readonly #syncers = new Set<{ readonly nodes: Set<Atom>; readonly done: () => void }>()

  constructor(self: Atom) {
    this.#self = self
  }

  known(): Atom[] {
    return [...this.#known.keys()]
  }

  knownAndPending(): Atom[] {
    return [...this.#known.keys(), ...this.#pending.keys()]
  }

  synced(): Atom[] {
    return [...this.#synced]
  }

  /** The version of `global`'s protocol that each known node speaks. */
  versions(): ReadonlyMap<Atom, number> {
    return this.#known
  }

  isKnown(node: Atom): boolean {
    return this.#known.has(node)
  }

  isPending(node: Atom): boolean {
    return this.#pending.has(node)
  }

  /** Adds nodes from `[{Node, Version}]`, or from the `[Node]` of older nodes. Returns those that were not known. */
  addKnown(nodes: readonly Term[]): Atom[] {
    const added: Atom[] = []
    for (const item of nodes) {
      const [node, version] = is(item, [_.atom, _.integer]) ? item : [item, 0]
      if (!is(node, _.atom) || node === this.#self) continue
      if (!this.#known.has(node)) added.push(node)
      if ((this.#known.get(node) ?? 0) === 0) this.#known.set(node, version || (this.#pending.get(node) ?? 0))
    }
    return added
  }

  addPending(node: Atom, version: number): void {
    this.#pending.set(node, version)
  }

  removePending(node: Atom): void {
    this.#pending.delete(node)
  }

  /** Returns false when the node was neither known nor pending. */
  remove(node: Atom): boolean {
    const known = this.#known.delete(node)
    const pending = this.#pending.delete(node)
    this.#synced.delete(node)
    return known || pending
  }

  /** Notes that names were exchanged with a node, and tells the callers of {@link sync}. */
  addSynced(node: Atom): void {
    this.#synced.add(node)
    this.releaseSyncers(node)
  }

  /** Ends the waiting for a node in every {@link sync}. */
  releaseSyncers(node: Atom): void {
    for (const syncer of [...this.#syncers]) {
      syncer.nodes.delete(node)
      if (syncer.nodes.size > 0) continue
      this.#syncers.delete(syncer)
      syncer.done()
    }
  }

  /** Waits until every one of these nodes is synced or released. */
  sync(nodes: readonly Atom[]): Promise<void> {
    const missing = new Set(nodes.filter((node) => node !== this.#self && !this.#synced.has(node)))
    return new Promise((done) => {
      if (missing.size === 0) done()
      else this.#syncers.add({ nodes: missing, done })
    })
  }
}

import type { RunningNode } from '../../node/index.ts'
import type { LocalProcess } from '../../process/index.ts'
import { type Atom, atom, hideFields, type Reference } from '../../term/index.ts'
import { connectTo, explainFailure, type NodeInfo, type ObservedNode, readNodeInfo } from '../remote/index.ts'
import { History, type Sample } from './history.ts'

/** What is known of a node. */
export interface NodeState {
  readonly name: Atom
  readonly node: ObservedNode | undefined
  readonly info: NodeInfo | undefined
  /** Why the node is not read; undefined while it is. */
  readonly problem: string | undefined
  /** Duration of the last question in ms. */
  readonly roundTrip: number | undefined
  readonly history: History
}

type Entry = { -readonly [K in keyof NodeState]: NodeState[K] } & {
  /** Number of the connection over which reports were asked for. */
  watched: number | undefined
  timer: NodeJS.Timeout | undefined
  polling: boolean
}

export interface ClusterOptions {
  readonly running: RunningNode
  /** The process of the observer, which asks the nodes. */
  readonly process: LocalProcess
  /** Alias to which nodes send reports. */
  readonly alias: Reference
  /** Whether the nodes that an observed node is connected to are observed too. */
  readonly discover: boolean
}

/** Milliseconds between two questions to a node, while a page is open. */
const WATCHED = 1_000
const IDLE = 5_000
/** Milliseconds after which a node is asked again that has not answered. */
const RETRY = 5_000
/** A node that has been silent for so long is forgotten. */
const FORGET_AFTER = 15 * 60_000
const MOST_NODES = 200

/** The nodes that the observer reads. It asks each one for its memory and lag in intervals, and knows why one does not answer. */
export class Cluster {
  readonly #options: ClusterOptions
  readonly #entries = new Map<Atom, Entry>()
  readonly #listeners = new Set<() => void>()
  readonly #unsubscribe: () => void
  #viewers = 0
  #stopped = false

  constructor(options: ClusterOptions) {
    this.#options = options
    const { running } = options
    this.#unsubscribe = running.peers.subscribe({
      up: (peer) => this.add(peer),
      down: (peer, reason) => this.#down(peer, reason),
    })
    for (const name of [running.kernel.name, ...running.peers.list('connected')]) this.add(name)
  }

  /** The node that the observer runs on. */
  get self(): Atom {
    return this.#options.running.kernel.name
  }

  get states(): NodeState[] {
    return [...this.#entries.values()]
  }

  /** Observes a node from now on. */
  add(name: Atom): void {
    if (this.#stopped) return
    const known = this.#entries.get(name)
    if (!known && this.#entries.size >= MOST_NODES) return
    const entry = known ?? {
      name,
      node: undefined,
      info: undefined,
      problem: undefined,
      roundTrip: undefined,
      history: new History(),
      watched: undefined,
      timer: undefined,
      polling: false,
    }
    this.#entries.set(name, entry)
    void this.#poll(entry)
  }

  /** Returns a node that can be asked. @throws Error with a sentence */
  node(name: string): ObservedNode {
    const state = this.#entries.get(atom(name) as Atom)
    if (state?.node) return state.node
    throw new Error(state?.problem ?? `${name} is not a node that this observer knows.`)
  }

  /** Returns a failure of a question to a node as a sentence. */
  explain(name: string, thrown: unknown): string {
    return thrown instanceof Error && thrown.constructor === Error
      ? thrown.message
      : explainFailure(atom(name) as Atom, thrown)
  }

  /** Calls a function when a node is up or down. Returns a function that ends this. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Counts the open pages: nodes are asked more often while there are any. */
  addViewer(change: 1 | -1): void {
    this.#viewers += change
    if (change === 1 && this.#viewers === 1)
      for (const entry of this.#entries.values()) void this.#poll(entry)
  }

  stop(): void {
    this.#stopped = true
    this.#unsubscribe()
    for (const { timer } of this.#entries.values()) clearTimeout(timer)
    this.#entries.clear()
  }

  async #poll(entry: Entry): Promise<void> {
    if (entry.polling || this.#stopped) return
    clearTimeout(entry.timer)
    entry.polling = true
    const { running, process, alias } = this.#options
    const wasUp = entry.node !== undefined
    try {
      entry.node ??= await connectTo(running, process, entry.name)
      const start = performance.now()
      entry.info = readNodeInfo(await entry.node.info())
      entry.roundTrip = performance.now() - start
      entry.problem = undefined
      entry.history.add(sampleOf(entry.info, entry.roundTrip))
      await this.#watch(entry, process, alias)
      if (this.#options.discover)
        for (const { node } of entry.info.links) if (node !== '') this.#discover(node)
    } catch (thrown) {
      entry.node = entry.info = entry.watched = undefined
      entry.problem = explainFailure(entry.name, thrown)
    }
    entry.polling = false
    if (this.#stopped) return
    if (wasUp !== (entry.node !== undefined)) this.#changed()
    if (entry.problem !== undefined && entry.history.age > FORGET_AFTER)
      return void this.#entries.delete(entry.name)
    const pause = entry.problem !== undefined ? RETRY : this.#viewers > 0 ? WATCHED : IDLE
    entry.timer = setTimeout(() => void this.#poll(entry), pause).unref()
  }

  #discover(node: string): void {
    const name = atom(node) as Atom
    if (!this.#entries.has(name)) this.add(name)
  }

  async #watch(entry: Entry, { pid }: LocalProcess, alias: Reference): Promise<void> {
    if (entry.watched !== undefined) return
    entry.watched = 1
    await entry.node?.watch(pid, alias)
  }

  #down(peer: Atom, reason: string): void {
    const entry = this.#entries.get(peer)
    if (!entry) return
    entry.node = entry.info = entry.watched = undefined
    entry.problem = `${peer.name} is down: ${reason}.`
    clearTimeout(entry.timer)
    entry.timer = setTimeout(() => void this.#poll(entry), RETRY).unref()
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

function sampleOf(info: NodeInfo, roundTrip: number): Sample {
  return {
    time: Math.round(Date.now() / 100) / 10,
    memory: info.memory.total ?? 0,
    lag: info.lag ?? Math.round(roundTrip * 10) / 10,
    processes: info.processes,
  }
}

hideFields(Cluster)

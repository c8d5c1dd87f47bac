import { Atom, atom, isTuple, noconnection, noproc, Pid, type Reference, type Term } from '../term/index.ts'
import type { Kernel } from './kernel.ts'
import type { LocalProcess } from './local-process.ts'
import { RefTable } from './ref-table.ts'
import type { Signal } from './signal.ts'

interface PendingSpawn {
  readonly ref: Reference
  readonly process: LocalProcess
  readonly node: Atom
  readonly resolve: (result: Pid | Atom) => void
}

/**
 * The processes that one node asks another to spawn, in both directions.
 *
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#control-messages (`SPAWN_REQUEST`, `SPAWN_REPLY`)
 */
export class Spawns {
  readonly #kernel: Kernel
  readonly #pending = new RefTable<PendingSpawn>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /**
   * Asks another node to spawn a process.
   *
   * @returns the pid, or an atom that says why there is none (`noconnection`, `notsup`, …), and the reference
   */
  ask(
    process: LocalProcess,
    node: Atom,
    module: Atom,
    name: Atom,
    args: readonly Term[],
    options: { link?: boolean; monitor?: boolean; groupLeader?: Pid } = {},
  ): { ref: Reference; result: Promise<Pid | Atom> } {
    const ref = this.#kernel.makeRef()
    const result = new Promise<Pid | Atom>((resolve) => {
      if (process.alive) this.#pending.set({ ref, process, node, resolve })
    })
    if (!process.alive) return { ref, result }
    const wanted: Term[] = []
    if (options.link) wanted.push(atom('link'))
    if (options.monitor) wanted.push(atom('monitor'))
    try {
      this.#kernel.signal({
        type: 'spawnRequest',
        ref,
        from: process.pid,
        node,
        leader: options.groupLeader ?? process.groupLeader,
        module,
        function: name,
        args,
        options: wanted,
      })
    } catch (error) {
      this.#pending.delete(ref)
      throw error
    }
    return { ref, result }
  }

  /** Another node asks for a process here. */
  requested(request: Extract<Signal, { type: 'spawnRequest' }>): void {
    const { ref, from, module, args } = request
    const reply = (result: Pid | Atom, link = false, monitor = false): void =>
      this.#kernel.signal({
        type: 'spawnReply',
        ref,
        node: this.#kernel.name,
        to: from,
        link,
        monitor,
        result,
      })
    const options = optionsOf(request.options)
    if (!options) return reply(atom('badopt'))
    if (options.name && this.#kernel.whereis(options.name)) return reply(atom('badarg'))
    const process = this.#kernel.create({ groupLeader: request.leader })
    process.label = () => `${module.name}.${request.function.name}/${args.length}`
    if (options.name) this.#kernel.register(process, options.name)
    if (options.link) process.ties.addLink(from)
    if (options.monitor) process.ties.addWatcher(from, ref, undefined)
    reply(process.pid, options.link, options.monitor)
    process.begin(() => this.#kernel.apply(module, request.function, args))
  }

  /** Another node has answered. */
  answered(reply: Extract<Signal, { type: 'spawnReply' }>): void {
    const pending = this.#pending.get(reply.ref)
    if (!pending || pending.node !== reply.node) return
    this.#pending.delete(reply.ref)
    const { process } = pending
    const { result } = reply
    if (!process.alive) {
      if (reply.link && result instanceof Pid)
        this.#kernel.signal({ type: 'exit', from: process.pid, to: result, reason: noproc })
      return
    }
    if (result instanceof Pid) {
      if (reply.link) process.ties.addLink(result)
      if (reply.monitor) process.ties.addMonitor(reply.ref, result)
    }
    pending.resolve(result)
  }

  /** The connection to a node is gone: whoever waits for its answer hears so. */
  nodeDown(node: Atom): void {
    for (const pending of this.#pending.values())
      if (pending.node === node) {
        this.#pending.delete(pending.ref)
        if (pending.process.alive) pending.resolve(noconnection)
      }
  }
}

function optionsOf(
  options: readonly Term[],
): { link: boolean; monitor: boolean; name: Atom | undefined } | undefined {
  const found = { link: false, monitor: false, name: undefined as Atom | undefined }
  for (const option of options) {
    const [key, value] = option instanceof Atom ? [option] : isTuple(option) ? option.elements : []
    if (!(key instanceof Atom)) return undefined
    if (key.name === 'link') found.link = true
    else if (key.name === 'monitor') found.monitor = true
    else if (key.name === 'name' && value instanceof Atom) found.name = value
    else if (!TUNING.has(key.name)) return undefined
  }
  return found
}

// Options of spawn_opt that tune the memory and the scheduling of a BEAM process, and mean nothing here.
const TUNING = new Set([
  'priority',
  'fullsweep_after',
  'min_heap_size',
  'min_bin_vheap_size',
  'max_heap_size',
  'message_queue_data',
  'async_dist',
])

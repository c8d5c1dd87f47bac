import {
  Atom,
  atom,
  isTuple,
  noconnection,
  noproc,
  Pid,
  type Reference,
  type Term,
} from '../../term/index.ts'
import type { SpawnRequestOptions } from '../kernel.ts'
import type { Kernel, LocalProcess } from '../local-process.ts'
import type { Signal } from '../signals/index.ts'
import { RefTable } from '../table/index.ts'

interface PendingRequest {
  readonly ref: Reference
  readonly process: LocalProcess
  readonly node: Atom
  readonly resolve: (result: Pid | Atom) => void
}

/**
 * Spawn requests between this node and others, in both directions.
 *
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#control-messages (`SPAWN_REQUEST`, `SPAWN_REPLY`)
 */
export class SpawnRequests {
  readonly #kernel: Kernel
  readonly #pending = new RefTable<PendingRequest>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Asks another node to spawn a process. @see KernelOf.requestSpawn */
  request(
    process: LocalProcess,
    node: Atom,
    module: Atom,
    name: Atom,
    args: readonly Term[],
    { link, monitor, groupLeader }: SpawnRequestOptions,
  ): { ref: Reference; result: Promise<Pid | Atom> } {
    const ref = this.#kernel.makeRef()
    const result = new Promise<Pid | Atom>((resolve) => {
      if (process.alive) this.#pending.set({ ref, process, node, resolve })
    })
    if (!process.alive) return { ref, result }
    const options: Term[] = []
    if (link) options.push(atom('link'))
    if (monitor) options.push(atom('monitor'))
    try {
      this.#kernel.signal({
        type: 'spawnRequest',
        ref,
        from: process.pid,
        node,
        leader: groupLeader ?? process.groupLeader,
        module,
        function: name,
        args,
        options,
      })
    } catch (error) {
      this.#pending.delete(ref)
      throw error
    }
    return { ref, result }
  }

  /** Handles the request of another node: spawns the process and replies. */
  handleRequest(request: Extract<Signal, { type: 'spawnRequest' }>): void {
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
    const options = readOptions(request.options)
    if (!options) return reply(atom('badopt'))
    if (options.name && this.#kernel.whereis(options.name)) return reply(atom('badarg'))
    const process = this.#kernel.create({ groupLeader: request.leader })
    process.origin = { initialCall: { module, name: request.function, arity: args.length } }
    if (options.name) this.#kernel.register(process, options.name)
    if (options.link) process.links.add(from)
    if (options.monitor) process.monitors.addIncoming(from, ref, undefined)
    reply(process.pid, options.link, options.monitor)
    process.begin(() => this.#kernel.apply(module, request.function, args))
  }

  /** Handles the reply of another node. */
  handleReply(reply: Extract<Signal, { type: 'spawnReply' }>): void {
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
      if (reply.link) process.links.add(result)
      if (reply.monitor) process.monitors.addOutgoing(reply.ref, result)
    }
    pending.resolve(result)
  }

  /** Handles the loss of a connection: the requests to the node fail with `noconnection`. */
  nodeDown(node: Atom): void {
    for (const pending of this.#pending.values())
      if (pending.node === node) {
        this.#pending.delete(pending.ref)
        if (pending.process.alive) pending.resolve(noconnection)
      }
  }
}

/** Reads the options of a spawn request. Returns undefined when one is unknown. */
function readOptions(
  options: readonly Term[],
): { link: boolean; monitor: boolean; name: Atom | undefined } | undefined {
  const found = { link: false, monitor: false, name: undefined as Atom | undefined }
  for (const option of options) {
    const [key, value] = option instanceof Atom ? [option] : isTuple(option) ? option.elements : []
    if (!(key instanceof Atom)) return undefined
    if (key.name === 'link') found.link = true
    else if (key.name === 'monitor') found.monitor = true
    else if (key.name === 'name' && value instanceof Atom) found.name = value
    else if (!BEAM_ONLY.has(key.name)) return undefined
  }
  return found
}

// Options of spawn_opt that tune the memory and the scheduling of a BEAM process, and have no effect here.
const BEAM_ONLY = new Set([
  'priority',
  'fullsweep_after',
  'min_heap_size',
  'min_bin_vheap_size',
  'max_heap_size',
  'message_queue_data',
  'async_dist',
])

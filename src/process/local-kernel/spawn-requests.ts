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
import type { MonitorExtras, Signal } from '../signals/index.ts'
import { RefTable } from '../table/index.ts'

type SpawnReply = Extract<Signal, { type: 'spawnReply' }>

const ABANDONED = atom('abandoned')

interface PendingRequest {
  readonly ref: Reference
  readonly process: LocalProcess
  readonly node: Atom
  readonly options: SpawnRequestOptions
  readonly resolve: (result: Pid | Atom) => void
  abandoned: boolean
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
    options: SpawnRequestOptions,
  ): { ref: Reference; result: Promise<Pid | Atom> } {
    const { link, monitor, groupLeader, ref = this.#kernel.makeRef() } = options
    const result = new Promise<Pid | Atom>((resolve) => {
      if (process.alive) this.#pending.set({ ref, process, node, options, resolve, abandoned: false })
    })
    if (!process.alive) return { ref, result }
    const sent: Term[] = []
    if (link) sent.push(atom('link'))
    if (monitor) sent.push(atom('monitor'))
    const resend = (): void => {
      if (!process.alive || !this.#pending.get(ref)) return
      const leader = groupLeader ?? process.groupLeader
      this.#kernel.signal(
        {
          type: 'spawnRequest',
          ref,
          from: process.pid,
          node,
          leader,
          module,
          function: name,
          args,
          options: sent,
        },
        { resend },
      )
    }
    try {
      resend()
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
    process.origin = { initialCall: { module, name: request.function, arity: args.length }, peer: from.node }
    if (options.name) this.#kernel.register(process, options.name)
    if (options.link) process.links.add(from)
    if (options.monitor) process.monitors.addIncoming(from, ref, undefined)
    reply(process.pid, options.link, options.monitor)
    process.begin(() => this.#kernel.apply(module, request.function, args))
  }

  /** Handles the reply of another node. */
  handleReply(reply: SpawnReply): void {
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
    if (pending.abandoned) return this.#release(process, reply)
    if (result instanceof Pid) {
      const { monitor, onDown } = pending.options
      if (reply.link) process.links.add(result)
      if (reply.monitor) process.monitors.addOutgoing(reply.ref, result, onDown, extrasOf(monitor))
    }
    settle(pending, result)
  }

  abandon(process: LocalProcess, ref: Reference): boolean {
    const pending = this.#pending.get(ref)
    if (!pending || pending.process !== process || pending.abandoned) return false
    pending.abandoned = true
    return true
  }

  /** Ends the link and the monitor of a process whose request was abandoned. */
  #release({ pid }: LocalProcess, { ref, link, monitor, result }: SpawnReply): void {
    if (!(result instanceof Pid)) return
    if (link) this.#kernel.signal({ type: 'exit', from: pid, to: result, reason: ABANDONED })
    if (monitor) this.#kernel.signal({ type: 'demonitor', from: pid, to: result, ref })
  }

  /** Handles the loss of a connection: the requests to the node fail with `noconnection`. */
  nodeDown(node: Atom): void {
    for (const pending of this.#pending.values())
      if (pending.node === node) {
        this.#pending.delete(pending.ref)
        if (pending.process.alive && !pending.abandoned) settle(pending, noconnection)
      }
  }
}

function settle({ options, resolve }: PendingRequest, result: Pid | Atom): void {
  options.onResult?.(result)
  resolve(result)
}

function extrasOf(monitor: SpawnRequestOptions['monitor']): MonitorExtras | undefined {
  return typeof monitor === 'object' ? monitor : undefined
}

/** Reads the options of a spawn request. Returns undefined when one is unknown or has an invalid value. */
function readOptions(
  options: readonly Term[],
): { link: boolean; monitor: boolean; name: Atom | undefined } | undefined {
  const found = { link: false, monitor: false, name: undefined as Atom | undefined }
  for (const option of options) {
    if (option === LINK) found.link = true
    else if (option === MONITOR) found.monitor = true
    else {
      if (!isTuple(option) || option.length !== 2) return undefined
      const [key, value] = option.elements as readonly Term[]
      // The options of a link and of a monitor concern the node that asks.
      if (key === LINK) found.link = true
      else if (key === MONITOR) found.monitor = true
      else if (key === NAME && value instanceof Atom) found.name = value
      else if (!(key instanceof Atom && TUNING.get(key.name)?.(value))) return undefined
    }
  }
  return found
}

const LINK = atom('link')
const MONITOR = atom('monitor')
const NAME = atom('name')

const isSize = (value: Term): boolean => typeof value === 'number' && value >= 0
const isOneOf =
  (...names: readonly string[]) =>
  (value: Term): boolean =>
    value instanceof Atom && names.includes(value.name)

// Options of spawn_opt that tune the memory and the scheduling of a BEAM process, and have no effect here; and their valid values.
const TUNING: ReadonlyMap<string, (value: Term) => boolean> = new Map([
  ['priority', isOneOf('low', 'normal', 'high', 'max')],
  ['fullsweep_after', isSize],
  ['min_heap_size', isSize],
  ['min_bin_vheap_size', isSize],
  ['max_heap_size', (value) => isSize(value) || (typeof value === 'object' && value !== null)],
  ['message_queue_data', isOneOf('on_heap', 'off_heap')],
  ['async_dist', (value) => typeof value === 'boolean'],
])

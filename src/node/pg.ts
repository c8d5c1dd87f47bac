import { currentKernel, type Kernel, type LocalProcess } from '../process/index.ts'
import {
  _,
  type Atom,
  atom,
  error,
  listOf,
  match,
  on,
  type Pid,
  type Reference,
  type Term,
  TermMap,
  tuple,
} from '../term/index.ts'
import { answer, GEN_CALL, GEN_CAST } from './net-kernel/index.ts'
import type { Peers } from './peers/index.ts'

const PG = atom('pg')
const DISCOVER = atom('discover')
const SYNC = atom('sync')
const JOIN = atom('join')
const LEAVE = atom('leave')

/** Which processes are in a group, by the group's name. */
type Groups = TermMap<Term, readonly Pid[]>

interface Peer {
  readonly ref: Reference
  groups: Groups
}

/**
 * The process groups of the default scope. https://www.erlang.org/doc/apps/kernel/pg
 *
 * Nodes speak the protocol of OTP 25 here (version 0), which those of version 1 fall back to for a peer that says
 * `{discover, Pid}`; a scope of OTP 25 crashes at anything else.
 */
export class ProcessGroups {
  readonly process: LocalProcess
  readonly #peers: Peers
  readonly #own: Groups = new TermMap()
  readonly #monitors = new Map<Pid, Reference>()
  /** By the pid of the scope on the other node. */
  readonly #others = new Map<Pid, Peer>()

  constructor(peers: Peers) {
    this.#peers = peers
    const { kernel } = peers
    this.process = kernel.create({ label: 'pg' })
    this.process.trapExit = true
    this.process.handle((message) => this.#handle(message))
    this.process.onExit(peers.subscribe({ up: (peer, info) => this.#up(peer, info.visible), down: () => {} }))
    kernel.register(this.process, PG)
  }

  /** Adds processes of this node to a group. One that joins twice has to leave twice. */
  join(group: Term, ...pids: Pid[]): void {
    this.#own.set(group, [...(this.#own.get(group) ?? []), ...pids])
    for (const pid of pids)
      if (!this.#monitors.has(pid)) {
        const ref = this.#peers.kernel.makeRef()
        this.#monitors.set(pid, ref)
        this.process.ties.monitor(pid, () => this.#ended(pid), ref)
      }
    this.#broadcast(tuple(JOIN, this.process.pid, group, pids))
  }

  /** Takes processes out of a group. False when none of them was in it. */
  leave(group: Term, ...pids: Pid[]): boolean {
    const before = this.#own.get(group) ?? []
    const left = pids.filter((pid) => before.includes(pid))
    if (left.length === 0) return false
    remove(this.#own, group, left)
    for (const pid of left) this.#demonitorIdle(pid)
    this.#broadcast(tuple(LEAVE, this.process.pid, left, [group]))
    return true
  }

  /** The processes of a group on all nodes. */
  members(group: Term): Pid[] {
    const groups = [this.#own, ...[...this.#others.values()].map((peer) => peer.groups)]
    return groups.flatMap((own) => own.get(group) ?? [])
  }

  #handle(message: Term): void {
    match(
      message,
      on([DISCOVER, _.pid], ([, peer]) => this.#discovered(peer)),
      on([DISCOVER, _.pid, _], ([, peer]) => this.#discovered(peer)),
      on([GEN_CAST, [SYNC, _.pid, listOf([_, listOf(_.pid)])]], ([, [, peer, groups]]) => {
        if (this.#peers.reaches(peer))
          this.#known(peer).groups = new TermMap(groups.map(([group, pids]) => [group, pids]))
      }),
      on([JOIN, _.pid, _, _.pid], ([, peer, group, pid]) => this.#joined(peer, group, [pid])),
      on([JOIN, _.pid, _, listOf(_.pid)], ([, peer, group, pids]) => this.#joined(peer, group, pids)),
      on([LEAVE, _.pid, _.pid, _.list], ([, peer, pid, groups]) => this.#left(peer, groups, [pid])),
      on([LEAVE, _.pid, listOf(_.pid), _.list], ([, peer, pids, groups]) => this.#left(peer, groups, pids)),
      on([atom('update'), _.pid, listOf([_, listOf(_.pid), listOf(_.pid)])], ([, peer, changes]) => {
        for (const [group, added, removed] of changes) {
          this.#left(peer, [group], removed)
          this.#joined(peer, group, added)
        }
      }),
      on([GEN_CALL, [_.pid, _], _], ([, client]) =>
        answer(this.process, client, tuple(error, atom('notsup'))),
      ),
      on(_, () => {}),
    )
  }

  #up(node: Atom, visible: boolean): void {
    if (visible)
      this.#peers.kernel.send(this.process.pid, { name: PG, node }, tuple(DISCOVER, this.process.pid))
  }

  #discovered(peer: Pid): void {
    // The connection may have ended since: an answer would make a new one, perhaps to a node that has restarted.
    if (!this.#peers.reaches(peer)) return
    const groups = [...this.#own].map(([group, pids]) => tuple(group, pids))
    this.#send(peer, tuple(GEN_CAST, tuple(SYNC, this.process.pid, groups)))
    if (this.#others.has(peer)) return
    this.#known(peer)
    this.#send(peer, tuple(DISCOVER, this.process.pid))
  }

  #known(pid: Pid): Peer {
    const known = this.#others.get(pid)
    if (known) return known
    const ref = this.#peers.kernel.makeRef()
    const peer: Peer = { ref, groups: new TermMap() }
    this.#others.set(pid, peer)
    this.process.ties.monitor(pid, () => this.#others.delete(pid), ref)
    return peer
  }

  #joined(peer: Pid, group: Term, pids: readonly Pid[]): void {
    const groups = this.#others.get(peer)?.groups
    if (groups && pids.length > 0) groups.set(group, [...(groups.get(group) ?? []), ...pids])
  }

  #left(peer: Pid, groups: readonly Term[], pids: readonly Pid[]): void {
    const own = this.#others.get(peer)?.groups
    if (own) for (const group of groups) remove(own, group, pids)
  }

  #ended(pid: Pid): void {
    this.#monitors.delete(pid)
    const groups = [...this.#own].filter(([, pids]) => pids.includes(pid)).map(([group]) => group)
    for (const group of groups) {
      const rest = this.#own.get(group)!.filter((other) => other !== pid)
      if (rest.length > 0) this.#own.set(group, rest)
      else this.#own.delete(group)
    }
    if (groups.length > 0) this.#broadcast(tuple(LEAVE, this.process.pid, pid, groups))
  }

  #demonitorIdle(pid: Pid): void {
    if ([...this.#own.values()].some((pids) => pids.includes(pid))) return
    const ref = this.#monitors.get(pid)
    if (ref) this.process.ties.demonitor(ref)
    this.#monitors.delete(pid)
  }

  #broadcast(message: Term): void {
    for (const peer of this.#others.keys()) this.#send(peer, message)
  }

  #send(to: Pid, message: Term): void {
    this.#peers.kernel.send(this.process.pid, to, message)
  }
}

/** Takes each pid out of a group as often as it is named. */
function remove(groups: Groups, group: Term, pids: readonly Pid[]): void {
  const rest = [...(groups.get(group) ?? [])]
  for (const pid of pids) {
    const index = rest.indexOf(pid)
    if (index >= 0) rest.splice(index, 1)
  }
  if (rest.length > 0) groups.set(group, rest)
  else groups.delete(group)
}

const groups = new WeakMap<Kernel, ProcessGroups>()

export function startPg(peers: Peers): LocalProcess {
  const started = new ProcessGroups(peers)
  groups.set(peers.kernel, started)
  return started.process
}

/** The process groups of a node. @throws Error for a kernel that is none */
export function processGroups(kernel: Kernel = currentKernel()): ProcessGroups {
  const found = groups.get(kernel)
  if (found?.process.alive) return found
  throw new Error(`${kernel.name.name} has no process groups: start a node with a name first.`)
}

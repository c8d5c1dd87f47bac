import type { LocalProcess } from '../../process/index.ts'
import {
  _,
  type Atom,
  atom,
  error,
  identical,
  listOf,
  match,
  on,
  type Pid,
  type Reference,
  type Term,
  TermMap,
  tuple,
} from '../../term/index.ts'
import { answer, GEN_CALL, GEN_CAST } from '../net-kernel/index.ts'
import type { Peers } from '../peers/index.ts'

const DISCOVER = atom('discover')
const SYNC = atom('sync')
const JOIN = atom('join')
const LEAVE = atom('leave')

/** The processes of each group, by the name of the group. */
type Groups = TermMap<Term, readonly Pid[]>

/** A process to which changes of a group are reported, or of all groups. */
interface Subscriber {
  readonly pid: Pid
  readonly only: { readonly group: Term } | undefined
}

/** The scope of another node. */
interface PeerScope {
  /** The monitor of its process. */
  readonly ref: Reference
  groups: Groups
}

/**
 * Process of a scope of groups on this node. https://www.erlang.org/doc/apps/kernel/pg
 *
 * Speaks version 0 of the protocol, which is that of OTP 25. A scope of version 1 falls back to it for a peer that sends
 * `{discover, Pid}`. A scope of OTP 25 crashes at any other form.
 */
export class PgScope {
  readonly process: LocalProcess
  readonly #name: Atom
  readonly #peers: Peers
  readonly #local: Groups = new TermMap()
  readonly #monitors = new Map<Pid, Reference>()
  /** The scopes of other nodes, by their pid. */
  readonly #remote = new Map<Pid, PeerScope>()
  readonly #subscribers = new Map<Reference, Subscriber>()

  constructor(peers: Peers, name: Atom) {
    this.#peers = peers
    this.#name = name
    const { kernel } = peers
    this.process = kernel.create({ label: name.name, asyncDist: true })
    this.process.trapExit = true
    this.process.handle((message) => this.#handle(message))
    this.process.onExit(
      peers.subscribe({ up: (peer, info) => this.#onNodeUp(peer, info.visible), down: () => {} }),
    )
    kernel.register(this.process, name)
    for (const node of peers.visible()) this.#discover(node)
  }

  /** Adds processes of this node to a group. A process that joins twice is a member twice, and has to leave twice. */
  join(group: Term, ...pids: Pid[]): void {
    this.#local.set(group, [...(this.#local.get(group) ?? []), ...pids])
    for (const pid of pids)
      if (!this.#monitors.has(pid)) {
        const ref = this.#peers.kernel.makeRef()
        this.#monitors.set(pid, ref)
        this.process.monitors.monitor(pid, () => this.#onExit(pid), ref)
      }
    this.#report(JOIN, group, pids)
    this.#broadcast(tuple(JOIN, this.process.pid, group, pids))
  }

  /** Removes processes from a group. Returns false when none of them was a member. */
  leave(group: Term, ...pids: Pid[]): boolean {
    const before = this.#local.get(group) ?? []
    const left = pids.filter((pid) => before.includes(pid))
    if (left.length === 0) return false
    remove(this.#local, group, left)
    for (const pid of left) this.#demonitorUnlessMember(pid)
    this.#report(LEAVE, group, left)
    this.#broadcast(tuple(LEAVE, this.process.pid, left, [group]))
    return true
  }

  /** Returns the processes of a group on all nodes. */
  members(group: Term): Pid[] {
    const groups = [this.#local, ...[...this.#remote.values()].map((peer) => peer.groups)]
    return groups.flatMap((each) => each.get(group) ?? [])
  }

  /** Returns the processes of a group on this node. */
  localMembers(group: Term): Pid[] {
    return [...(this.#local.get(group) ?? [])]
  }

  /** Returns the groups that have members on any node. */
  groups(): Term[] {
    const all = new TermMap(this.localGroups().map((group) => [group, true]))
    for (const peer of this.#remote.values()) for (const group of peer.groups.keys()) all.set(group, true)
    return [...all.keys()]
  }

  /** Returns the groups that have members on this node. */
  localGroups(): Term[] {
    return [...this.#local.keys()]
  }

  /** Reports changes of a group, or of all groups, to a process of this node as `{ref, :join | :leave, group, pids}`. */
  monitor(pid: Pid, only: { readonly group: Term } | undefined): Reference {
    const ref = this.#peers.kernel.makeRef()
    this.#subscribers.set(ref, { pid, only })
    this.process.monitors.monitor(pid, () => this.#subscribers.delete(ref), ref)
    return ref
  }

  /** Ends such reports. Returns false when there are none. */
  demonitor(ref: Reference): boolean {
    this.process.monitors.demonitor(ref)
    return this.#subscribers.delete(ref)
  }

  #report(change: Atom, group: Term, pids: readonly Pid[]): void {
    for (const [ref, { pid, only }] of this.#subscribers)
      if (!only || identical(only.group, group)) this.#send(pid, tuple(ref, change, group, pids))
  }

  #handle(message: Term): void {
    match(
      message,
      on([DISCOVER, _.pid], ([, peer]) => this.#onDiscover(peer)),
      on([DISCOVER, _.pid, _], ([, peer]) => this.#onDiscover(peer)),
      on([GEN_CAST, [SYNC, _.pid, listOf([_, listOf(_.pid)])]], ([, [, peer, groups]]) => {
        if (this.#peers.reaches(peer))
          this.#onSync(this.#peerScope(peer), new TermMap(groups.map(([group, pids]) => [group, pids])))
      }),
      on([JOIN, _.pid, _, _.pid], ([, peer, group, pid]) => this.#onJoin(peer, group, [pid])),
      on([JOIN, _.pid, _, listOf(_.pid)], ([, peer, group, pids]) => this.#onJoin(peer, group, pids)),
      on([LEAVE, _.pid, _.pid, _.list], ([, peer, pid, groups]) => this.#onLeave(peer, groups, [pid])),
      on([LEAVE, _.pid, listOf(_.pid), _.list], ([, peer, pids, groups]) =>
        this.#onLeave(peer, groups, pids),
      ),
      on([atom('update'), _.pid, listOf([_, listOf(_.pid), listOf(_.pid)])], ([, peer, changes]) => {
        for (const [group, added, removed] of changes) {
          this.#onLeave(peer, [group], removed)
          this.#onJoin(peer, group, added)
        }
      }),
      on([GEN_CALL, [_.pid, _], _], ([, client]) =>
        answer(this.process, client, tuple(error, atom('notsup'))),
      ),
      on(_, () => {}),
    )
  }

  #onNodeUp(node: Atom, visible: boolean): void {
    if (visible) this.#discover(node)
  }

  #discover(node: Atom): void {
    const { kernel } = this.#peers
    kernel.send(this.process.pid, { name: this.#name, node }, tuple(DISCOVER, this.process.pid))
  }

  #onDiscover(peer: Pid): void {
    // The connection may have ended since. An answer would make a new one, perhaps to a node that has restarted.
    if (!this.#peers.reaches(peer)) return
    const groups = [...this.#local].map(([group, pids]) => tuple(group, pids))
    this.#send(peer, tuple(GEN_CAST, tuple(SYNC, this.process.pid, groups)))
    if (this.#remote.has(peer)) return
    this.#peerScope(peer)
    this.#send(peer, tuple(DISCOVER, this.process.pid))
  }

  #peerScope(pid: Pid): PeerScope {
    const known = this.#remote.get(pid)
    if (known) return known
    const ref = this.#peers.kernel.makeRef()
    const peer: PeerScope = { ref, groups: new TermMap() }
    this.#remote.set(pid, peer)
    this.process.monitors.monitor(
      pid,
      () => {
        this.#remote.delete(pid)
        for (const [group, pids] of peer.groups) this.#report(LEAVE, group, pids)
      },
      ref,
    )
    return peer
  }

  /** Replaces the groups of another node's scope. */
  #onSync(peer: PeerScope, groups: Groups): void {
    const before = peer.groups
    peer.groups = groups
    for (const [group, pids] of before) this.#reportUnless(LEAVE, group, pids, groups.get(group))
    for (const [group, pids] of groups) this.#reportUnless(JOIN, group, pids, before.get(group))
  }

  #reportUnless(change: Atom, group: Term, pids: readonly Pid[], others: readonly Pid[] = []): void {
    const changed = without(pids, others)
    if (changed.length > 0) this.#report(change, group, changed)
  }

  #onJoin(peer: Pid, group: Term, pids: readonly Pid[]): void {
    const groups = this.#remote.get(peer)?.groups
    if (!groups || pids.length === 0) return
    groups.set(group, [...(groups.get(group) ?? []), ...pids])
    this.#report(JOIN, group, pids)
  }

  #onLeave(peer: Pid, groups: readonly Term[], pids: readonly Pid[]): void {
    const remote = this.#remote.get(peer)?.groups
    if (!remote) return
    for (const group of groups) {
      const before = remote.get(group) ?? []
      remove(remote, group, pids)
      this.#reportUnless(LEAVE, group, before, remote.get(group))
    }
  }

  #onExit(pid: Pid): void {
    this.#monitors.delete(pid)
    const groups = [...this.#local].filter(([, pids]) => pids.includes(pid)).map(([group]) => group)
    for (const group of groups) {
      const rest = this.#local.get(group)!.filter((other) => other !== pid)
      this.#report(LEAVE, group, without(this.#local.get(group)!, rest))
      if (rest.length > 0) this.#local.set(group, rest)
      else this.#local.delete(group)
    }
    if (groups.length > 0) this.#broadcast(tuple(LEAVE, this.process.pid, pid, groups))
  }

  #demonitorUnlessMember(pid: Pid): void {
    if ([...this.#local.values()].some((pids) => pids.includes(pid))) return
    const ref = this.#monitors.get(pid)
    if (ref) this.process.monitors.demonitor(ref)
    this.#monitors.delete(pid)
  }

  #broadcast(message: Term): void {
    for (const peer of this.#remote.keys()) this.#send(peer, message)
  }

  #send(to: Pid, message: Term): void {
    this.#peers.kernel.send(this.process.pid, to, message)
  }
}

/** Removes each pid from a group as often as it is in `pids`. */
function remove(groups: Groups, group: Term, pids: readonly Pid[]): void {
  const rest = without(groups.get(group) ?? [], pids)
  if (rest.length > 0) groups.set(group, rest)
  else groups.delete(group)
}

/** Returns `list -- pids`: each pid is removed as often as it is in `pids`. */
function without(list: readonly Pid[], pids: readonly Pid[]): Pid[] {
  const rest = [...list]
  for (const pid of pids) {
    const index = rest.indexOf(pid)
    if (index >= 0) rest.splice(index, 1)
  }
  return rest
}

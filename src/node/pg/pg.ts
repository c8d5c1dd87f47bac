import { currentKernel, requireProcess } from '../../process/index.ts'
import {
  type Atom,
  atom,
  ErlangError,
  nameToAtom,
  Pid,
  type Reference,
  type Term,
  tuple,
} from '../../term/index.ts'
import { scopeOf, startScope } from './scopes.ts'

/** Monitor of a group: its reference, and the members at the time of the call. */
export interface GroupMonitor {
  readonly ref: Reference
  readonly pids: readonly Pid[]
}

/** Monitor of all groups of a scope, with the groups at the time of the call. */
export interface GroupsMonitor {
  readonly ref: Reference
  readonly groups: readonly (readonly [group: Term, pids: readonly Pid[]])[]
}

/** Scope of groups; the default scope, `pg`, runs on every node. */
export interface ScopeOption {
  readonly scope?: string | Atom
}

/**
 * Named groups of processes on all nodes: each node knows all members, and the end of a process removes it.
 *
 * A group is any term, and exists while it has members: the group that Elixir writes `:room` is `atom('room')`. A process may be
 * in a group more than once. Nodes exchange their groups with the nodes that run the same scope.
 *
 * When not to use it: for a name that at most one process may have (use `global`), or for subscribers on one node only (use
 * `Registry` with duplicate keys).
 *
 * @see `pg` of OTP
 */
export const pg = {
  /**
   * Starts a scope: groups of its own, whose messages go only to nodes that run this scope. Does nothing when the scope runs.
   *
   * @returns the process of the scope, which is registered under its name
   * @see `pg:start/1`
   */
  start(scope: string | Atom): Pid {
    return startScope(nameToAtom(scope)).process.pid
  },

  /**
   * Adds processes of this node to a group.
   *
   * @throws ErlangError `{:nolocal, pid}` for a process of another node
   * @see `pg:join/3`
   */
  join(group: Term, pids: Pid | readonly Pid[], options: ScopeOption = {}): void {
    scope(options).join(group, ...localPids(pids))
  },

  /**
   * Removes processes of this node from a group.
   *
   * @returns false when none of them was a member
   * @throws ErlangError `{:nolocal, pid}` for a process of another node
   * @see `pg:leave/3`
   */
  leave(group: Term, pids: Pid | readonly Pid[], options: ScopeOption = {}): boolean {
    return scope(options).leave(group, ...localPids(pids))
  },

  /** Returns the processes of a group on all nodes, in no particular order. @see `pg:get_members/2` */
  getMembers(group: Term, options: ScopeOption = {}): Pid[] {
    return scope(options).members(group)
  },

  /** Returns the processes of a group on this node. @see `pg:get_local_members/2` */
  getLocalMembers(group: Term, options: ScopeOption = {}): Pid[] {
    return scope(options).localMembers(group)
  },

  /** Returns the groups that have members on any node. @see `pg:which_groups/1` */
  whichGroups(options: ScopeOption = {}): Term[] {
    return scope(options).groups()
  },

  /** Returns the groups that have members on this node. @see `pg:which_local_groups/1` */
  whichLocalGroups(options: ScopeOption = {}): Term[] {
    return scope(options).localGroups()
  },

  /**
   * Reports changes of a group to the calling process, as messages `{ref, :join, group, pids}` and `{ref, :leave, group, pids}`.
   *
   * @see `pg:monitor/2`
   */
  monitor(group: Term, options: ScopeOption = {}): GroupMonitor {
    const process = requireProcess('pg.monitor()')
    const of = scope(options)
    return { ref: of.monitor(process.pid, { group }), pids: of.members(group) }
  },

  /** Reports changes of all groups to the calling process, in the same form. @see `pg:monitor_scope/1` */
  monitorScope(options: ScopeOption = {}): GroupsMonitor {
    const process = requireProcess('pg.monitorScope()')
    const of = scope(options)
    return {
      ref: of.monitor(process.pid, undefined),
      groups: of.groups().map((group) => [group, of.members(group)] as const),
    }
  },

  /**
   * Ends such reports, and removes those that are in the mailbox of the calling process.
   *
   * @returns false when there is no such monitor
   * @see `pg:demonitor/2`
   */
  demonitor(ref: Reference, options: ScopeOption = {}): boolean {
    const { mailbox } = requireProcess('pg.demonitor()')
    const found = scope(options).demonitor(ref)
    mailbox.flushTagged(ref)
    return found
  },
}

function scope({ scope: name }: ScopeOption): ReturnType<typeof scopeOf> {
  return scopeOf(name === undefined ? undefined : nameToAtom(name))
}

function localPids(pids: Pid | readonly Pid[]): readonly Pid[] {
  const kernel = currentKernel()
  const list = pids instanceof Pid ? [pids] : pids
  for (const pid of list) {
    if (!(pid instanceof Pid))
      throw new TypeError(`expected pids of processes for a group, got: ${kernel.inspect(pid as Term)}`)
    if (!kernel.isLocal(pid)) throw new ErlangError(tuple(atom('nolocal'), pid))
  }
  return list
}

import { currentKernel, nodeAtom, requireProcess, type Sendable, sleep } from '../../process/index.ts'
import { type Atom, atom, ExitError, ExportFun, Pid, type Term, tuple } from '../../term/index.ts'
import { LockClient, lockOn, randomDelay } from './locks.ts'
import { nameServer } from './name-servers.ts'
import { notifyAllName, randomExitName, randomNotifyName } from './resolver.ts'

/**
 * Function that decides when two processes have one name after two parts of a cluster meet: it returns the process that keeps
 * the name, or undefined to delete the name. It is an exported function of a module, since each node calls it by its name.
 */
export type ConflictResolver =
  | ExportFun
  | ((name: Term, pid1: Pid, pid2: Pid) => Pid | undefined | PromiseLike<Pid | undefined>)

/**
 * Names and locks of the whole cluster: each name belongs to at most one process of all connected nodes.
 *
 * Names and locks are terms: the name that Elixir writes `:leader` is `atom('leader')`. A server has such a name with
 * `{ via: [global, atom('leader')] }`.
 *
 * When not to use it: for many or short-lived names. Each registration locks all nodes. Use `pg` for groups, and `Registry` or
 * a local name with the node (`{ name, node }`) for the processes of one node.
 *
 * @see `global` of OTP
 */
export const global = {
  module: ':global',

  /** Kills one of the two processes of a name: the default. @see `global:random_exit_name/3` */
  randomExitName: randomExitName as ExportFun,
  /** Sends `{:global_name_conflict, name}` to one of the two processes, and the other one keeps the name. */
  randomNotifyName: randomNotifyName as ExportFun,
  /** Deletes the name, and sends `{:global_name_conflict, name, otherPid}` to both processes. */
  notifyAllName: notifyAllName as ExportFun,

  /**
   * Registers a process under a name on all nodes. The end of the process deletes the name.
   *
   * @param resolve decides between two processes after a conflict of names. Default: {@link global.randomExitName}
   * @returns false when the name is taken
   * @throws TypeError when `pid` is no pid or `resolve` is not exported
   * @see `global:register_name/3`
   */
  registerName(name: Term, pid: Pid, resolve: ConflictResolver = randomExitName): Promise<boolean> {
    const { registrar } = nameServer()
    return registrar.register(name, checkPid(pid), resolverTerm(resolve))
  },

  /** Registers a process under a name that may be taken by another process. @see `global:re_register_name/3` */
  reRegisterName(name: Term, pid: Pid, resolve: ConflictResolver = randomExitName): Promise<void> {
    const { registrar } = nameServer()
    return registrar.reRegister(name, checkPid(pid), resolverTerm(resolve))
  },

  /** Deletes a name on all nodes. @see `global:unregister_name/1` */
  unregisterName(name: Term): Promise<void> {
    return nameServer().registrar.unregister(name)
  },

  /** Returns the process of a name, or undefined. It reads a table of this node. @see `global:whereis_name/1` */
  whereisName(name: Term): Pid | undefined {
    return nameServer().names.get(name)?.pid
  },

  /** Returns all names that this node knows. @see `global:registered_names/0` */
  registeredNames(): Term[] {
    return nameServer().names.list()
  },

  /**
   * Sends a message to the process of a name, and returns its pid.
   *
   * @throws ExitError `{:badarg, {name, message}}` when no process has the name
   * @see `global:send/2`
   */
  send<T>(name: Term, message: T & Sendable<T>): Pid {
    const process = requireProcess('global.send()')
    const pid = nameServer().names.get(name)?.pid
    if (!pid)
      throw new ExitError(tuple(atom('badarg'), tuple(name, message as Term)), { self: process.kernel.name })
    process.kernel.send(process.pid, pid, message as Term)
    return pid
  },

  /** Waits until names were exchanged with all connected nodes. @see `global:sync/0` */
  sync(): Promise<void> {
    return nameServer().sync()
  },

  /**
   * Locks a resource on nodes for the calling process. Waits while another requester has the lock. The end of the process
   * deletes the lock.
   *
   * @param resource any term
   * @returns false when the lock was not free at any attempt
   * @see `global:set_lock/3`
   */
  async setLock(resource: Term, options: LockOptions = {}): Promise<boolean> {
    const { nodes, retries, requester, client } = readLock('global.setLock()', options)
    for (let attempt = 0; ; attempt++) {
      if (await client.set(lockOn(resource, requester), nodes())) return true
      if (attempt >= retries) return false
      await sleep(randomDelay(attempt))
    }
  },

  /** Deletes a lock of the calling process. @see `global:del_lock/2` */
  async delLock(resource: Term, options: Omit<LockOptions, 'retries'> = {}): Promise<void> {
    const { nodes, requester, client } = readLock('global.delLock()', options)
    await client.delete(lockOn(resource, requester), nodes())
  },

  /**
   * Runs a function while the calling process holds a lock, and returns `{ ok: result }`. Returns undefined when the
   * lock was not free at any attempt, which OTP calls `aborted`.
   *
   * @throws what the function throws; the lock is deleted in any case
   * @see `global:trans/4`
   */
  async trans<T>(
    resource: Term,
    fn: () => T | PromiseLike<T>,
    options: LockOptions = {},
  ): Promise<{ readonly ok: T } | undefined> {
    if (!(await global.setLock(resource, options))) return undefined
    try {
      return { ok: await fn() }
    } finally {
      await global.delLock(resource, options)
    }
  },
}

export interface LockOptions {
  /** Nodes on which the resource is locked. Default: this node and all that are connected and visible. */
  readonly nodes?: readonly (string | Atom)[]
  /** How often to try again. Default: no limit. */
  readonly retries?: number
  /** Who holds the lock: processes with an equal requester share it. Default: the pid of the calling process. */
  readonly requester?: Term
}

interface LockRequest {
  readonly client: LockClient
  readonly requester: Term
  readonly retries: number
  readonly nodes: () => readonly Atom[]
}

function readLock(caller: string, options: LockOptions): LockRequest {
  const process = requireProcess(caller)
  const { peers, locks } = nameServer(process.kernel)
  const { nodes, retries = Number.POSITIVE_INFINITY, requester = process.pid } = options
  if (!(retries >= 0))
    throw new TypeError(`${caller}: expected retries to be a number from 0, got: ${retries}`)
  const named = nodes?.map(nodeAtom)
  return {
    client: new LockClient(process, locks, peers),
    requester,
    retries,
    nodes: () => named ?? [process.kernel.name, ...peers.visible()],
  }
}

function checkPid(pid: unknown): Pid {
  if (pid instanceof Pid) return pid
  throw new TypeError(
    `expected the pid of a process for a global name, got: ${currentKernel().inspect(pid as Term)}`,
  )
}

function resolverTerm(resolve: ConflictResolver): ExportFun {
  if (resolve instanceof ExportFun) return resolve
  const exported = currentKernel().modules.exportedAs(resolve)
  if (exported) return new ExportFun(exported.module, exported.name, 3)
  throw new TypeError(
    'expected resolve to be an exported function of a module of this node, since other nodes call it by its name. Name its module ' +
      'in the option modules of Node.start.',
  )
}

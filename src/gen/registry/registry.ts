import {
  checkOptions,
  currentKernel,
  DEFAULT_TIMEOUT,
  type Kernel,
  type MaybePromise,
  readTimeout,
  requireProcess,
  type Timeout,
  type TimeoutOptions,
  timeoutTerm,
} from '../../process/index.ts'
import {
  type Atom,
  atom,
  ExitError,
  is,
  nameToAtom,
  type Pattern,
  type Pid,
  type Term,
  tuple,
} from '../../term/index.ts'
import { callError } from '../call/index.ts'
import { type ChildOptions, type ChildSpec, specOptions, withName } from '../child/index.ts'
import type { Behaviour } from '../server/index.ts'
import { startServer, supervisorCall } from '../server/index.ts'
import { type Entry, RegistryTable, registriesOf, type TableOptions } from './registry-table.ts'

export interface RegistryOptions {
  /** Whether a key has at most one process (`unique`), or any number of processes (`duplicate`). */
  readonly keys: 'unique' | 'duplicate'
  readonly name: string | Atom
  /** First values of {@link Registry.meta}. */
  readonly meta?: Readonly<Record<string, unknown>>
  /**
   * Names of processes of this node that receive `{:register, registry, key, pid, value}` and `{:unregister, registry, key,
   * pid}`. The exit of a registered process sends no message: monitor the process.
   */
  readonly listeners?: readonly (string | Atom)[]
}

/**
 * Table of the processes of this node under keys: unique keys as names of servers (`{ via: [Registry, 'Users', 7] }`), or
 * duplicate keys for subscribers.
 *
 * A process registers itself, and its entries are removed at its exit. A lookup reads a table and calls no process.
 *
 * When not to use it: for names in the whole cluster (use `global`) or groups across nodes (use `pg`); for a few servers,
 * each of which can have a registered name.
 */
export const Registry = {
  module: 'Registry',

  /**
   * Starts a registry, linked to the calling process.
   *
   * @throws TypeError when `keys` or `name` is missing, or an option is unknown
   * @throws ExitError `{:already_started, pid}` when the name is taken
   * @see `Registry.start_link/1`
   */
  startLink(options: RegistryOptions): Promise<Pid> {
    const link = requireProcess('Registry.startLink()')
    return startServer(link.kernel, registryBehaviour, readOptions(options, 'Registry.startLink'), {
      name: options.name,
      link,
    })
  },

  /** Starts a registry without a link. @see {@link Registry.startLink} */
  start(options: RegistryOptions): Promise<Pid> {
    return startServer(currentKernel(), registryBehaviour, readOptions(options, 'Registry.start'), {
      name: options.name,
    })
  },

  /** Returns the child specification of a registry. Put it before the children that use the registry. */
  child(options: RegistryOptions & Omit<ChildOptions, 'name'>): ChildSpec {
    const { id: _id, restart: _restart, shutdown: _shutdown, significant: _significant, ...rest } = options
    return {
      ...specOptions(options, 'Registry'),
      start: withName('Registry.startLink', () => Registry.startLink(rest)),
      type: 'supervisor',
    }
  },

  /**
   * Adds the calling process under a key, with a value, and links it to the registry. When the registry ends, the process ends
   * too.
   *
   * @returns the pid of the registry
   * @throws ExitError `{:already_registered, pid}` when the keys are unique and this one is taken
   * @see `Registry.register/3`
   */
  register(registry: string | Atom, key: Term, value: unknown): Pid {
    const process = requireProcess('Registry.register()')
    const table = tableOf(registry, process.kernel)
    if (!process.alive) return table.pid
    const holder = table.add(process, key, value)
    if (!holder) return table.pid
    throw new ExitError(tuple(atom('already_registered'), holder), { self: process.kernel.name })
  },

  /** Removes all entries of the calling process under a key. @see `Registry.unregister/2` */
  unregister(registry: string | Atom, key: Term): void {
    const process = requireProcess('Registry.unregister()')
    tableOf(registry, process.kernel).remove(process.pid, key)
  },

  /** Removes the entries of the calling process under a key whose value matches. @see `Registry.unregister_match/4` */
  unregisterMatch(registry: string | Atom, key: Term, pattern: Pattern): void {
    const process = requireProcess('Registry.unregisterMatch()')
    tableOf(registry, process.kernel).remove(process.pid, key, (value) => is(value as Term, pattern))
  },

  /** Returns the entries under a key. @see `Registry.lookup/2` */
  lookup<V = unknown>(registry: string | Atom, key: Term): readonly Entry<V>[] {
    return [...tableOf(registry).at(key)] as Entry<V>[]
  },

  /** Returns the entries under a key whose value matches. @see `Registry.match/4` */
  match<V = unknown>(registry: string | Atom, key: Term, pattern: Pattern): readonly Entry<V>[] {
    return Registry.lookup<V>(registry, key).filter(({ value }) => is(value as Term, pattern))
  },

  /** Returns the number of entries under a key whose value matches. @see `Registry.count_match/4` */
  countMatch(registry: string | Atom, key: Term, pattern: Pattern): number {
    return Registry.match(registry, key, pattern).length
  },

  /** Returns all entries, or those for which the function returns true. @see `Registry.select/2` */
  select<V = unknown>(
    registry: string | Atom,
    wanted: (key: Term, pid: Pid, value: V) => boolean = () => true,
  ): { readonly key: Term; readonly pid: Pid; readonly value: V }[] {
    return [...tableOf(registry).all()]
      .map(([key, { pid, value }]) => ({ key, pid, value: value as V }))
      .filter(({ key, pid, value }) => wanted(key, pid, value))
  },

  /** Returns the number of entries. @see `Registry.count/1` */
  count(registry: string | Atom): number {
    return tableOf(registry).size
  },

  /** Returns the keys of a process, one for each of its entries. @see `Registry.keys/2` */
  keys(registry: string | Atom, pid: Pid): Term[] {
    return tableOf(registry).keysOf(pid)
  },

  /** Returns the values of a process under a key. @see `Registry.values/3` */
  values<V = unknown>(registry: string | Atom, key: Term, pid: Pid): V[] {
    return Registry.lookup<V>(registry, key)
      .filter((entry) => entry.pid === pid)
      .map(({ value }) => value)
  },

  /**
   * Replaces the value of the calling process under a unique key by the result of a function.
   *
   * @returns the new value and the old one; undefined when the process is not under this key
   * @throws TypeError when the keys are not unique
   * @see `Registry.update_value/3`
   */
  updateValue<V>(
    registry: string | Atom,
    key: Term,
    fn: (value: V) => V,
  ): readonly [now: V, before: V] | undefined {
    const process = requireProcess('Registry.updateValue()')
    const table = tableOf(registry, process.kernel)
    if (!table.unique)
      throw new TypeError(
        'Registry.updateValue() is not supported for duplicate registries: a key has many values',
      )
    return table.replace(process.pid, key, fn as (value: unknown) => unknown) as [V, V] | undefined
  },

  /**
   * Calls a function with the entries under a key, in the calling process, for example to send a message to each. The
   * function is not called when there are no entries.
   *
   * @see `Registry.dispatch/4`
   */
  dispatch<V = unknown>(
    registry: string | Atom,
    key: Term,
    fn: (entries: readonly Entry<V>[]) => void,
  ): void {
    const entries = Registry.lookup<V>(registry, key)
    if (entries.length > 0) fn(entries)
  },

  /**
   * Calls a function while no other call holds the same key. Waiting calls get the key in the order in which they asked for
   * it. The function runs in the calling process. The key is released when the function returns, throws, or the process
   * ends. Keys of locks are independent of keys of entries.
   *
   * When not to use it: for work that can be a request of a server with a name; within the function, for its own key, where
   * it would wait for itself.
   *
   * @param options the time to wait for the key: milliseconds, or `{ timeout }`. Default: 5,000
   * @returns the result of the function
   * @throws ExitError `timeout`, or the exit reason of the registry; the error of the function
   * @see `Registry.lock/3`
   */
  async lock<R>(
    registry: string | Atom,
    key: Term,
    fn: () => MaybePromise<R>,
    options?: Timeout | TimeoutOptions,
  ): Promise<R> {
    const process = requireProcess('Registry.lock()')
    const timeout = readTimeout(options, DEFAULT_TIMEOUT, 'Registry.lock')
    const args = [nameToAtom(registry), key, timeoutTerm(timeout)]
    const { locks } = tableOf(registry, process.kernel)
    const release = await locks.acquire(process, key, timeout, (reason) =>
      callError(reason, ['Registry', 'lock'], args, process),
    )
    // The process ended while it waited for the key.
    if (!process.alive) return new Promise(() => {})
    try {
      return await fn()
    } finally {
      release()
    }
  },

  /** Returns a value of the registry itself. @see `Registry.meta/2` */
  meta<V = unknown>(registry: string | Atom, key: string): V | undefined {
    return tableOf(registry).meta.get(key) as V | undefined
  },

  /** @see `Registry.put_meta/3` */
  putMeta(registry: string | Atom, key: string, value: unknown): void {
    tableOf(registry).meta.set(key, value)
  },

  /** @see `Registry.delete_meta/2` */
  deleteMeta(registry: string | Atom, key: string): void {
    tableOf(registry).meta.delete(key)
  },

  // The functions behind { via: [Registry, …] }

  /**
   * Returns the process under a unique key. @throws TypeError when the keys are not unique @see `Registry.whereis_name/1`
   */
  whereisName(registry: string | Atom, key: Term): Pid | undefined {
    return uniqueTable(registry).at(key)[0]?.pid
  },

  /**
   * Adds a process of this node under a unique key. Returns false when the key is taken. @see `Registry.register_name/2`
   */
  registerName(registry: string | Atom, key: Term, ...valueAndPid: readonly Term[]): boolean {
    const pid = valueAndPid.at(-1) as Pid
    const process = currentKernel().process(pid)
    const value = valueAndPid.length === 2 ? valueAndPid[0] : null
    return process !== undefined && uniqueTable(registry).add(process, key, value) === undefined
  },

  /** @see `Registry.unregister_name/1` */
  unregisterName(registry: string | Atom, key: Term): void {
    const table = uniqueTable(registry)
    const [entry] = table.at(key)
    if (entry) table.remove(entry.pid, key)
  },
} as const

function tableOf(registry: string | Atom, kernel: Kernel = currentKernel()): RegistryTable {
  const name = nameToAtom(registry)
  const table = registriesOf(kernel).get(name)
  if (table) return table
  throw new TypeError(
    `unknown registry: ${kernel.inspect(name)}. Either the registry name is invalid or the registry is not running, ` +
      "possibly because its application isn't started: start it before those who use it, Registry.child({ keys: 'unique', name }).",
  )
}

function uniqueTable(registry: string | Atom): RegistryTable {
  const table = tableOf(registry)
  if (table.unique) return table
  throw new TypeError(
    `{ via: [Registry, …] } is not supported for duplicate registries: a key of ${String(registry)} may stand for many processes`,
  )
}

const OPTIONS = ['keys', 'name', 'meta', 'listeners']

function readOptions(options: RegistryOptions, fn: string): TableOptions {
  const { keys, name, meta = {}, listeners = [] } = options
  if (keys !== 'unique' && keys !== 'duplicate')
    throw new TypeError(
      `expected keys to be given and be one of 'unique' or 'duplicate', got: ${String(keys)}`,
    )
  if (name === undefined) throw new TypeError('expected name option to be present')
  checkOptions(options, OPTIONS, fn)
  return {
    unique: keys === 'unique',
    name: nameToAtom(name),
    meta: Object.entries(meta),
    listeners: listeners.map((listener) => nameToAtom(listener)),
  }
}

const registryBehaviour: Behaviour<TableOptions, RegistryTable> = {
  kind: 'Registry',
  initialCall: supervisorCall('Registry.Supervisor'),

  init(options, process) {
    process.trapExit = true
    const table = new RegistryTable(process, options)
    const tables = registriesOf(process.kernel)
    tables.set(options.name, table)
    process.onExit((reason) => {
      tables.delete(options.name)
      table.close(reason)
    })
    return table
  },

  handleCall: () => undefined,
  handleCast: () => undefined,
  // The table has already handled the exits of registered processes.
  handleInfo: () => undefined,
  terminate: () => undefined,
}

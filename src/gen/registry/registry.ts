import { currentKernel, type Kernel, type Maybe, requireProcess } from '../../process/index.ts'
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
import {
  callError,
  DEFAULT_TIMEOUT,
  readTimeout,
  type Timeout,
  type TimeoutOptions,
  timeoutTerm,
} from '../call/index.ts'
import { type ChildOptions, type ChildSpec, specOptions, withName } from '../child/index.ts'
import type { Behaviour } from '../server/index.ts'
import { startServer } from '../server/index.ts'
import { type Entry, RegistryTable, registriesOf, type TableOptions } from './registry-table.ts'

export interface RegistryOptions {
  /** Whether a key stands for one process, or for any number of them. */
  readonly keys: 'unique' | 'duplicate'
  readonly name: string | Atom
  /** What {@link Registry.meta} knows from the start. */
  readonly meta?: Readonly<Record<string, unknown>>
  /**
   * Names of processes of this node that are sent `{:register, registry, key, pid, value}` and
   * `{:unregister, registry, key, pid}`. They are not told of an entry that goes with its owner: monitor it.
   */
  readonly listeners?: readonly (string | Atom)[]
}

/**
 * Keeps processes of this node under keys: one for each key as names for servers (`{ via: [Registry, 'Users', 7] }`), or any
 * number for each key as subscribers.
 *
 * A process registers itself, and its entries go when it does. Nobody is asked: looking up is looking into a table.
 *
 * When not to use it: for names that all nodes of a cluster know, which are `global`'s, or groups across nodes, which are
 * `pg`'s; for a handful of servers, each of which may have a name of its own.
 */
export const Registry = {
  module: 'Registry',

  /**
   * Starts a registry, linked to the process whose code this is.
   *
   * @throws TypeError when `keys` or `name` are missing
   * @throws ExitError `{:already_started, pid}` when there is one of this name
   * @see `Registry.start_link/1`
   */
  startLink(options: RegistryOptions): Promise<Pid> {
    const link = requireProcess('Registry.startLink()')
    return startServer(link.kernel, registryBehaviour, readOptions(options), { name: options.name, link })
  },

  /** Starts a registry that belongs to nobody. @see {@link Registry.startLink} */
  start(options: RegistryOptions): Promise<Pid> {
    return startServer(currentKernel(), registryBehaviour, readOptions(options), { name: options.name })
  },

  /** How a supervisor starts a registry. It has to stand before those who use it. */
  child(options: RegistryOptions & Omit<ChildOptions, 'name'>): ChildSpec {
    return {
      ...specOptions(options, 'Registry'),
      start: withName('Registry.startLink', () => Registry.startLink(options)),
      type: 'supervisor',
    }
  },

  /**
   * Puts the process whose code this is under a key, with a value, and links it to the registry: without it, it would not be
   * found any more.
   *
   * @returns the registry's pid
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

  /** Takes all entries of the process whose code this is from a key. @see `Registry.unregister/2` */
  unregister(registry: string | Atom, key: Term): void {
    const process = requireProcess('Registry.unregister()')
    tableOf(registry, process.kernel).remove(process.pid, key)
  },

  /** Takes those entries whose value matches. @see `Registry.unregister_match/4` */
  unregisterMatch(registry: string | Atom, key: Term, pattern: Pattern): void {
    const process = requireProcess('Registry.unregisterMatch()')
    tableOf(registry, process.kernel).remove(process.pid, key, (value) => is(value as Term, pattern))
  },

  /** Who is under a key. @see `Registry.lookup/2` */
  lookup<V = unknown>(registry: string | Atom, key: Term): readonly Entry<V>[] {
    return [...tableOf(registry).at(key)] as Entry<V>[]
  },

  /** Who is under a key with a value that matches. @see `Registry.match/4` */
  match<V = unknown>(registry: string | Atom, key: Term, pattern: Pattern): readonly Entry<V>[] {
    return Registry.lookup<V>(registry, key).filter(({ value }) => is(value as Term, pattern))
  },

  /** How many are under a key with a value that matches. @see `Registry.count_match/4` */
  countMatch(registry: string | Atom, key: Term, pattern: Pattern): number {
    return Registry.match(registry, key, pattern).length
  },

  /** All entries, or those for which the function says yes. @see `Registry.select/2` */
  select<V = unknown>(
    registry: string | Atom,
    wanted: (key: Term, pid: Pid, value: V) => boolean = () => true,
  ): { readonly key: Term; readonly pid: Pid; readonly value: V }[] {
    return [...tableOf(registry).all()]
      .map(([key, { pid, value }]) => ({ key, pid, value: value as V }))
      .filter(({ key, pid, value }) => wanted(key, pid, value))
  },

  /** How many entries there are. @see `Registry.count/1` */
  count(registry: string | Atom): number {
    return tableOf(registry).size
  },

  /** The keys of a process, each as often as it is under it. @see `Registry.keys/2` */
  keys(registry: string | Atom, pid: Pid): Term[] {
    return tableOf(registry).keysOf(pid)
  },

  /** The values of a process under a key. @see `Registry.values/3` */
  values<V = unknown>(registry: string | Atom, key: Term, pid: Pid): V[] {
    return Registry.lookup<V>(registry, key)
      .filter((entry) => entry.pid === pid)
      .map(({ value }) => value)
  },

  /**
   * Gives the value of the process whose code this is, under a unique key, to a function, and keeps what that returns.
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
   * Calls a function with the entries under a key, in the process whose code this is: to send each of them a message. It is
   * not called when there are none.
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
   * Calls a function while no other one is under way for the same key; they have their turns in the order in which they were
   * asked for. It runs in the process whose code this is, and the key is free again when it is done, throws, or the process
   * ends. Keys of locks have nothing to do with those of entries.
   *
   * When not to use it: for work that may be that of a server with a name; in the function itself, for its own key, where it
   * would wait for itself.
   *
   * @param options `timeout`: how long to wait for a turn in milliseconds (5,000), or Infinity
   * @returns what the function returns
   * @throws ExitError `timeout`, or why the registry ended meanwhile; what the function throws
   * @see `Registry.lock/3`
   */
  async lock<R>(
    registry: string | Atom,
    key: Term,
    fn: () => Maybe<R>,
    options?: Timeout | TimeoutOptions,
  ): Promise<R> {
    const process = requireProcess('Registry.lock()')
    const timeout = readTimeout(options, DEFAULT_TIMEOUT, 'Registry.lock')
    const args = [nameToAtom(registry), key, timeoutTerm(timeout)]
    const { locks } = tableOf(registry, process.kernel)
    const release = await locks.acquire(process, key, timeout, (reason) =>
      callError(reason, ['Registry', 'lock'], args, process),
    )
    // It has ended, and what it runs is only not told yet.
    if (!process.alive) return new Promise(() => {})
    try {
      return await fn()
    } finally {
      release()
    }
  },

  /** A value that belongs to the registry itself. @see `Registry.meta/2` */
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

  // What { via: [Registry, …] } is made of

  /** The process under a unique key. @throws TypeError when the keys are not unique @see `Registry.whereis_name/1` */
  whereisName(registry: string | Atom, key: Term): Pid | undefined {
    return uniqueTable(registry).at(key)[0]?.pid
  },

  /** Puts a process of this node under a unique key. False when it is taken. @see `Registry.register_name/2` */
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

function readOptions({ keys, name, meta = {}, listeners = [] }: RegistryOptions): TableOptions {
  if (keys !== 'unique' && keys !== 'duplicate')
    throw new TypeError(
      `expected keys to be given and be one of 'unique' or 'duplicate', got: ${String(keys)}`,
    )
  if (name === undefined) throw new TypeError('expected name option to be present')
  return {
    unique: keys === 'unique',
    name: nameToAtom(name),
    meta: Object.entries(meta),
    listeners: listeners.map((listener) => nameToAtom(listener)),
  }
}

const registryBehaviour: Behaviour<TableOptions, RegistryTable> = {
  kind: 'Registry',

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
  // The ends of owners: the table has seen to them.
  handleInfo: () => undefined,
  terminate: () => undefined,
}

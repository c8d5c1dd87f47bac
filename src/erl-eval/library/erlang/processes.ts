import { type LocalProcess, Process, type RemoteName } from '../../../process/index.ts'
import { Atom, atom, Pid, Port, Reference, TupleClass, tuple } from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import {
  badarg,
  ErlMap,
  type Functions,
  isAtom,
  items,
  lengthOf,
  listOf,
  NIL,
  same,
  toTerm,
} from '../../value/index.ts'
import { namedFunction } from './control.ts'
import { flagsOf, spawnHere, spawnOn } from './spawning.ts'

const self = (): LocalProcess => currentMachine().process
const UNDEFINED = atom('undefined')

/**
 * Returns the receiver of a message: a pid, an alias, a registered name, or `{Name, Node}`. Raises `badarg` for any other value.
 */
function destination(to: unknown): Pid | Reference | RemoteName {
  if (to instanceof Pid || to instanceof Reference) return to
  const { kernel } = self()
  if (to instanceof Atom) return kernel.whereis(to)?.pid ?? badarg()
  if (to instanceof TupleClass && to.length === 2) {
    const [name, node] = to.elements
    if (name instanceof Atom && node instanceof Atom) return { name, node }
  }
  return badarg()
}

function send(to: unknown, message: unknown, _options: unknown = undefined): unknown {
  const { kernel, pid } = self()
  if (to instanceof Port) return badarg()
  kernel.send(pid, destination(to), toTerm(message))
  return message
}

function local(pid: unknown): LocalProcess | undefined {
  const { kernel } = self()
  return pid instanceof Pid && kernel.isLocal(pid) ? kernel.process(pid) : badarg()
}

const DICTIONARY = Symbol('the process dictionary of evaluated code')

function dictionary(): ErlMap {
  return (self().dictionary.get(DICTIONARY) as ErlMap | undefined) ?? ErlMap.empty
}

function setDictionary(map: ErlMap): void {
  self().dictionary.set(DICTIONARY, map)
}

/** Functions of `erlang` for processes, messages, links and monitors. */
export const processes: Functions = {
  '!': send,
  send: (to: unknown, message: unknown, options: unknown = undefined) => {
    send(to, message)
    return options === undefined ? message : atom('ok')
  },
  send_nosuspend: (to: unknown, message: unknown) => {
    send(to, message)
    return true
  },
  send_after: (ms: unknown, to: unknown, message: unknown, _options: unknown = undefined) =>
    typeof ms === 'number' && ms >= 0 ? Process.sendAfter(timerTarget(to), toTerm(message), ms) : badarg(),
  cancel_timer: (ref: unknown, options: unknown = NIL) => {
    if (!(ref instanceof Reference)) return badarg()
    const left = Process.cancelTimer(ref)
    const quiet = [tuple(atom('info'), false), tuple(atom('async'), true)]
    return items(options).some((option) => quiet.some((one) => same(one, option))) ? atom('ok') : left
  },
  read_timer: (ref: unknown) => (ref instanceof Reference ? Process.readTimer(ref) : badarg()),
  spawn: (...args: [unknown, unknown?, unknown?, unknown?]) => spawnWith(args, {}),
  spawn_link: (...args: [unknown, unknown?, unknown?, unknown?]) => spawnWith(args, { link: true }),
  spawn_monitor: (...args: [unknown, unknown?, unknown?, unknown?]) => spawnWith(args, { monitor: true }),
  spawn_opt: (...args: [unknown, unknown, unknown?, unknown?, unknown?]) =>
    spawnWith(args.slice(0, -1) as [unknown], flagsOf(args.at(-1))),
  link: (to: unknown) => to instanceof Pid && linked(to, true),
  unlink: (to: unknown) => to instanceof Pid && linked(to, false),
  monitor: (kind: unknown, to: unknown, options: unknown = NIL) => {
    if (kind !== atom('process')) return badarg()
    const process = self()
    const target = to instanceof Atom ? { name: to, node: process.kernel.name } : destination(to)
    if (target instanceof Reference) return badarg()
    const ref = process.monitors.monitor(target)
    const mode = aliasMode(options)
    if (mode !== undefined) openAlias(process, ref, mode === 'reply_demonitor')
    return ref
  },
  demonitor: (ref: unknown, options: unknown = NIL) => {
    if (!(ref instanceof Reference)) return badarg()
    const { kernel, monitors } = self()
    kernel.dropAlias(ref)
    const found = monitors.demonitor(ref)
    const given = items(options)
    if (!found && given.includes(atom('flush'))) self().mailbox.flushDown(ref)
    return given.includes(atom('info')) ? found : true
  },
  alias: (options: unknown = NIL) => {
    const process = self()
    const ref = process.kernel.makeRef()
    openAlias(process, ref, items(options).includes(atom('reply')))
    return ref
  },
  unalias: (ref: unknown) => {
    if (!(ref instanceof Reference)) return badarg()
    self().kernel.dropAlias(ref)
    return true
  },
  register: (name: unknown, pid: unknown) => {
    const process = local(pid)
    const { kernel } = self()
    if (!(name instanceof Atom) || !process || kernel.whereis(name) || process.registeredName) return badarg()
    kernel.register(process, name)
    return true
  },
  unregister: (name: unknown) => (name instanceof Atom && self().kernel.unregister(name)) || badarg(),
  whereis: (name: unknown) => {
    if (!isAtom(name)) return badarg()
    return (name instanceof Atom && self().kernel.whereis(name)?.pid) || UNDEFINED
  },
  registered: () => listOf(self().kernel.registered()),
  processes: () =>
    listOf(
      self()
        .kernel.processes()
        .map(({ pid }) => pid),
    ),
  is_process_alive: (pid: unknown) => local(pid) !== undefined,
  process_flag: (flag: unknown, value: unknown, _third: unknown = undefined) => {
    const process = self()
    if (flag !== atom('trap_exit')) return flag === atom('priority') ? atom('normal') : false
    if (typeof value !== 'boolean') return badarg()
    const before = process.trapExit
    process.trapExit = value
    return before
  },
  group_leader: (leader: unknown = undefined, pid: unknown = undefined) => {
    if (leader === undefined) return self().groupLeader
    if (!(leader instanceof Pid) || !(pid instanceof Pid)) return badarg()
    self().kernel.signal({ type: 'groupLeader', from: self().pid, to: pid, leader })
    return true
  },
  make_ref: () => self().kernel.makeRef(),
  put: (key: unknown, value: unknown) => {
    const before = dictionary()
    setDictionary(before.put(key, value))
    return before.get(key) ?? UNDEFINED
  },
  get: (key: unknown = undefined) => {
    if (key === undefined)
      return listOf(
        dictionary()
          .entries()
          .map((entry) => tuple(...entry)),
      )
    const value = dictionary().get(key)
    return value === undefined ? UNDEFINED : value
  },
  get_keys: () => listOf(dictionary().keys()),
  erase: (key: unknown = undefined) => {
    const before = dictionary()
    setDictionary(key === undefined ? ErlMap.empty : before.remove(key))
    if (key === undefined) return listOf(before.entries().map((entry) => tuple(...entry)))
    const value = before.get(key)
    return value === undefined ? UNDEFINED : value
  },
  garbage_collect: (_pid: unknown = undefined, _options: unknown = undefined) => true,
  yield: () => true,
}

/** Returns the alias mode of a monitor, from the option `{alias, Mode}`. */
function aliasMode(options: unknown): string | undefined {
  for (const option of items(options))
    if (option instanceof TupleClass && option.elements[0] === atom('alias'))
      return String(option.elements[1])
  return undefined
}

function openAlias(process: LocalProcess, ref: Reference, once: boolean): void {
  process.kernel.alias({
    ref,
    receive: (message) => {
      if (once) {
        process.kernel.dropAlias(ref)
        process.monitors.demonitor(ref)
      }
      process.deliver(message)
    },
  })
}

function linked(to: Pid, on: boolean): true {
  const { links } = self()
  if (on) links.link(to)
  else links.unlink(to)
  return true
}

function timerTarget(to: unknown): Pid | Atom {
  return to instanceof Pid || to instanceof Atom ? to : badarg()
}

function spawnWith(args: readonly unknown[], flags: { link?: boolean; monitor?: boolean }): unknown {
  switch (args.length) {
    case 1:
      return spawnHere(args[0], [], flags)
    case 2:
      return spawnOn(args[0], args[1], [], flags)
    case 3:
      return spawnHere(namedFunction(args[0], args[1], lengthOf(args[2]) ?? badarg()), items(args[2]), flags)
    default:
      return spawnOn(
        args[0],
        namedFunction(args[1], args[2], lengthOf(args[3]) ?? badarg()),
        items(args[3]),
        flags,
      )
  }
}

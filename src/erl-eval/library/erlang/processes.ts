import {
  closeAlias,
  type LocalProcess,
  type MonitorAlias,
  monitorWith,
  openAlias,
  type RemoteName,
} from '../../../process/index.ts'
import { Atom, atom, Pid, Port, Reference, TupleClass } from '../../../term/index.ts'
import { call, currentMachine, type Steps } from '../../machine/index.ts'
import {
  badarg,
  type Functions,
  isAtom,
  isList,
  items,
  lengthOf,
  listOf,
  NIL,
  Raise,
  toTerm,
} from '../../value/index.ts'
import { namedFunction } from './control.ts'
import { flagsOf, requestSpawn, spawnHere, spawnOn } from './spawning.ts'

const self = (): LocalProcess => currentMachine().process
const UNDEFINED = atom('undefined')
const PRIORITY = atom('priority')

/**
 * Returns the receiver of a message: a pid, an alias, a registered name, or `{Name, Node}`. Raises `badarg` for any other value.
 */
export function destination(to: unknown): Pid | Reference | RemoteName {
  if (to instanceof Pid || to instanceof Reference) return to
  const { kernel } = self()
  if (to instanceof Atom) return kernel.whereis(to)?.pid ?? badarg()
  if (to instanceof TupleClass && to.length === 2) {
    const [name, node] = to.elements
    if (name instanceof Atom && node instanceof Atom) return { name, node }
  }
  return badarg()
}

function send(to: unknown, message: unknown, options: unknown = NIL): unknown {
  const { kernel, pid } = self()
  if (to instanceof Port) return badarg()
  if (hasPriority(options)) kernel.sendPriority(pid, destination(to), toTerm(message))
  else kernel.send(pid, destination(to), toTerm(message))
  return message
}

function hasPriority(options: unknown): boolean {
  return items(options).includes(PRIORITY)
}

export function localProcess(pid: unknown): LocalProcess | undefined {
  const { kernel } = self()
  return pid instanceof Pid && kernel.isLocal(pid) ? kernel.process(pid) : badarg()
}

/** Functions of `erlang` for processes, messages, links and monitors. */
export const processes: Functions = {
  '!': send,
  send: (to: unknown, message: unknown, options: unknown = undefined) => {
    send(to, message, options ?? NIL)
    return options === undefined ? message : atom('ok')
  },
  send_nosuspend: (to: unknown, message: unknown) => {
    send(to, message)
    return true
  },
  spawn: (...args: [unknown, unknown?, unknown?, unknown?]) => spawnWith(args, {}),
  spawn_link: (...args: [unknown, unknown?, unknown?, unknown?]) => spawnWith(args, { link: true }),
  spawn_monitor: (...args: [unknown, unknown?, unknown?, unknown?]) => spawnWith(args, { monitor: true }),
  spawn_opt: (...args: [unknown, unknown, unknown?, unknown?, unknown?]) =>
    spawnWith(args.slice(0, -1) as [unknown], flagsOf(args.at(-1))),
  spawn_request: (...args: [unknown, unknown?, unknown?, unknown?, unknown?]) => spawnRequested(args),
  spawn_request_abandon: (ref: unknown) =>
    ref instanceof Reference ? self().kernel.abandonSpawn(self(), ref) : badarg(),
  // The code after it is not reached, as on a BEAM, where its stack is dropped.
  *hibernate(module: unknown = undefined, name: unknown = undefined, args: unknown = NIL): Steps {
    if (module === undefined) return atom('ok')
    yield call(namedFunction(module, name, lengthOf(args) ?? badarg()), ...items(args))
    throw new Raise('exit', atom('normal'))
  },
  link: (to: unknown, options: unknown = NIL) => {
    if (!(to instanceof Pid)) return badarg()
    self().links.link(to, hasPriority(options))
    return true
  },
  unlink: (to: unknown) => {
    if (!(to instanceof Pid)) return badarg()
    self().links.unlink(to)
    return true
  },
  monitor: (kind: unknown, to: unknown, options: unknown = NIL) => {
    if (kind !== atom('process')) return badarg()
    const process = self()
    const target = to instanceof Atom ? { name: to, node: process.kernel.name } : destination(to)
    if (target instanceof Reference) return badarg()
    const given = pairValue(options, 'alias')
    const mode = given === undefined ? undefined : (MONITOR_ALIASES.get(given) ?? badarg())
    const tag = pairValue(options, 'tag')
    return monitorWith(process, target, {
      ...(mode && { alias: mode }),
      ...(tag !== undefined && { tag: toTerm(tag) }),
      priority: hasPriority(options),
    })
  },
  demonitor: (ref: unknown, options: unknown = NIL) => {
    if (!(ref instanceof Reference)) return badarg()
    const found = self().monitors.demonitor(ref)
    const given = items(options)
    if (!found && given.includes(atom('flush'))) self().mailbox.flushDown(ref)
    return given.includes(atom('info')) ? found : true
  },
  alias: (options: unknown = NIL) => {
    const process = self()
    const mode = items(options).includes(atom('reply')) ? 'reply' : 'explicitUnalias'
    return openAlias(process, process.kernel.makeRef(), mode, hasPriority(options))
  },
  unalias: (ref: unknown) => {
    return ref instanceof Reference ? closeAlias(self(), ref) : badarg()
  },
  register: (name: unknown, pid: unknown) => {
    const process = localProcess(pid)
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
  is_process_alive: (pid: unknown) => localProcess(pid) !== undefined,
  group_leader: (leader: unknown = undefined, pid: unknown = undefined) => {
    if (leader === undefined) return self().groupLeader
    if (!(leader instanceof Pid) || !(pid instanceof Pid)) return badarg()
    self().kernel.signal({ type: 'groupLeader', from: self().pid, to: pid, leader })
    return true
  },
  make_ref: () => self().kernel.makeRef(),
  garbage_collect: (_pid: unknown = undefined, _options: unknown = undefined) => true,
  yield: () => true,
}

/** Modes of the option `{alias, Mode}` of a monitor. */
const MONITOR_ALIASES: ReadonlyMap<unknown, MonitorAlias> = new Map<unknown, MonitorAlias>([
  [atom('explicit_unalias'), 'explicitUnalias'],
  [atom('demonitor'), 'demonitor'],
  [atom('reply_demonitor'), 'replyDemonitor'],
])

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

/** Reads the arguments of `spawn_request`: a fun, or a module, a function and arguments, with a node before and options after them. */
function spawnRequested(args: readonly unknown[]): unknown {
  const takesOptions = args.length > 1 && isList(args.at(-1)) && !isArguments(args)
  const options = takesOptions ? args.at(-1) : NIL
  const call = takesOptions ? args.slice(0, -1) : args
  const hasNode = call.length === 2 || call.length === 4
  const [first, name, list] = hasNode ? call.slice(1) : call
  const node = hasNode ? call[0] : self().kernel.name
  const tag = pairValue(options, 'reply_tag') ?? atom('spawn_reply')
  const reply = String(pairValue(options, 'reply') ?? 'yes')
  const flags = { ...flagsOf(options), tag, reply }
  if (name === undefined) return requestSpawn(node, first, [], flags)
  return requestSpawn(node, namedFunction(first, name, lengthOf(list) ?? badarg()), items(list), flags)
}

// Of three or four arguments the last list may be the arguments of the function, not the options.
function isArguments(args: readonly unknown[]): boolean {
  return (args.length === 3 && args[1] instanceof Atom) || (args.length === 4 && !isList(args[2]))
}

function pairValue(options: unknown, name: string): unknown {
  for (const option of items(options))
    if (option instanceof TupleClass && option.length === 2 && option.elements[0] === atom(name))
      return option.elements[1]
  return undefined
}

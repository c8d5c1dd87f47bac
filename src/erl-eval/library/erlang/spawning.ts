import type { LocalProcess } from '../../../process/index.ts'
import { Atom, atom, ExportFun, Fun, Pid, type Reference, type Term, tuple } from '../../../term/index.ts'
import { currentMachine, evaluate } from '../../machine/index.ts'
import { badarg, Closure, Cons, items, toTerm } from '../../value/index.ts'

export interface SpawnFlags {
  readonly link?: boolean
  readonly monitor?: boolean
}

const ERLANG = atom('erlang') as Atom
const APPLY = atom('apply') as Atom

/** Starts a process on this node that calls a fun. Returns its pid, or `{Pid, Ref}` with a monitor. */
export function spawnHere(fn: unknown, args: unknown[], { link, monitor }: SpawnFlags = {}): unknown {
  if (!(fn instanceof Closure || fn instanceof ExportFun || fn instanceof Fun)) return badarg()
  const { process, codeLoader } = currentMachine()
  const { kernel, groupLeader } = process
  const spawned: LocalProcess = kernel.create({
    link: link ? process : undefined,
    groupLeader,
    label: labelOf(fn, args.length),
  })
  spawned.begin(() => evaluate(codeLoader, spawned, fn, args))
  return monitor ? tuple(spawned.pid, process.monitors.monitor(spawned.pid)) : spawned.pid
}

/** Starts a process on this node or another one. */
export function spawnOn(node: unknown, fn: unknown, args: unknown[], flags: SpawnFlags = {}): unknown {
  const { process } = currentMachine()
  const { kernel } = process
  if (!(node instanceof Atom)) return badarg()
  if (node === kernel.name) return spawnHere(fn, args, flags)
  const { ref, result } = kernel.requestSpawn(process, node, ...remoteCall(fn, args), flags)
  return result.then((answer) => {
    const pid = answer instanceof Pid ? answer : deadOnArrival(process, answer, ref, flags)
    return flags.monitor ? tuple(pid, ref) : pid
  })
}

function remoteCall(fn: unknown, args: unknown[]): [Atom, Atom, Term[]] {
  return fn instanceof ExportFun
    ? [fn.module, fn.name, args.map(toTerm)]
    : [ERLANG, APPLY, [toTerm(fn), args.map(toTerm)]]
}

/** Options of a spawn request, beside {@link SpawnFlags}. */
export interface RequestOptions extends SpawnFlags {
  /** First element of the reply. */
  readonly tag: unknown
  /** Which replies are sent: `yes`, `no`, `success_only` or `error_only`. */
  readonly reply: string
}

const OK = atom('ok')
const ERROR = atom('error')

/** Starts a process and returns a reference at once. The pid arrives as `{spawn_reply, Ref, ok, Pid}`. */
export function requestSpawn(node: unknown, fn: unknown, args: unknown[], options: RequestOptions): unknown {
  const { process } = currentMachine()
  const { kernel } = process
  if (!(node instanceof Atom)) return badarg()
  const answer = (ref: Reference, result: Pid | Atom): void => {
    const succeeded = result instanceof Pid
    if (options.reply === 'no' || options.reply === (succeeded ? 'error_only' : 'success_only')) return
    process.deliver(tuple(toTerm(options.tag), ref, succeeded ? OK : ERROR, result))
  }
  if (node === kernel.name) {
    const started = spawnHere(fn, args, options)
    const [pid, ref] = started instanceof Pid ? [started, kernel.makeRef()] : (started as Started).elements
    answer(ref, pid)
    return ref
  }
  const ref = kernel.makeRef()
  const onResult = (result: Pid | Atom): void => answer(ref, result)
  kernel.requestSpawn(process, node, ...remoteCall(fn, args), { ...options, ref, onResult })
  return ref
}

type Started = { readonly elements: readonly [Pid, Reference] }

// As on a BEAM: the pid of no process. The link or monitor reports the reason.
function deadOnArrival(
  process: LocalProcess,
  reason: Atom,
  ref: Reference,
  { link, monitor }: SpawnFlags,
): Pid {
  const dead = process.kernel.create({ label: 'spawn', link: link ? process : undefined })
  if (monitor) {
    process.monitors.addOutgoing(ref, dead.pid)
    dead.monitors.addIncoming(process.pid, ref, undefined)
  }
  dead.exit(reason)
  return dead.pid
}

/** Reads the options of `spawn_opt`. */
export function flagsOf(options: unknown): SpawnFlags {
  const given = items(options)
  const has = (name: string): boolean =>
    given.some((option) => option === atom(name) || (option instanceof Cons && option.head === atom(name)))
  return { link: has('link'), monitor: has('monitor') }
}

function labelOf(fn: unknown, arity: number): string {
  return fn instanceof ExportFun ? `${fn.module.name}.${fn.name.name}/${arity}` : 'a fun of another node'
}

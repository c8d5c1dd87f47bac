import {
  currentKernel,
  currentProcess,
  type Kernel,
  type LocalProcess,
  nodeAtom,
  report,
  requireProcess,
} from '../process/index.ts'
import { type Atom, atom, noconnection, normal, Pid, type Reference, type Term } from '../term/index.ts'
import { describeFunction, remoteFunction } from './remote-function.ts'

type AnyFunction = (...args: never[]) => unknown

export type SpawnRequest = [node: string | Atom, fn: AnyFunction | string | Atom, ...rest: Term[]]

/** The forms of remote spawn. */
export interface SpawnOn<R> {
  <A extends readonly Term[]>(node: string | Atom, fn: (...args: A) => unknown, ...args: A): Promise<R>
  (node: string | Atom, module: string | Atom, fn: string | Atom, args: readonly Term[]): Promise<R>
}

interface SpawnOnOptions {
  readonly link?: boolean
  readonly monitor?: boolean
}

interface Spawned {
  readonly pid: Pid
  readonly ref: Reference
}

/** Starts a process on a node, which may be this one. Code of no process asks in the name of one that is made for it. */
export async function spawnOn([node, fn, ...rest]: SpawnRequest, options: SpawnOnOptions): Promise<Spawned> {
  const word = options.link ? 'Node.spawnLink()' : options.monitor ? 'Node.spawnMonitor()' : 'Node.spawn()'
  const target = nodeAtom(node)
  const kernel = currentKernel()
  const owner = currentProcess()
  const process = owner ?? (options.link || options.monitor ? requireProcess(word) : kernel.visitor(word))
  try {
    if (typeof fn === 'function' && target === kernel.name) return spawnHere(process, fn, rest, options)
    const call = await remoteFunction(target, fn, rest)
    if (!call)
      return spawnNobody(process, describeFunction(fn), target, noconnection, kernel.makeRef(), options)
    const { module, name, args } = call
    const { ref, result } = kernel.spawns.ask(process, target, module, name, args, options)
    const answer = await result
    if (answer instanceof Pid) return { pid: answer, ref }
    const what = `${kernel.inspect(module)}.${name.name}, ${kernel.inspect(args)}`
    return spawnNobody(process, what, target, answer, ref, options)
  } finally {
    if (!owner) process.exit(normal)
  }
}

/** On this node every function can run, exported or not. */
function spawnHere(
  process: LocalProcess,
  fn: AnyFunction,
  args: readonly Term[],
  options: SpawnOnOptions,
): Spawned {
  const { kernel, groupLeader } = process
  if (!process.alive) return { pid: kernel.unusedPid(), ref: kernel.makeRef() }
  const start = (): unknown => (fn as (...args: readonly Term[]) => unknown)(...args)
  const link = options.link ? process : undefined
  const { pid } = kernel.spawn(start, { link, groupLeader, label: fn.name })
  return { pid, ref: options.monitor ? process.ties.monitor(pid) : kernel.makeRef() }
}

/** As the BEAM does: the pid of a process that never was, and the exit or the message that says why. */
function spawnNobody(
  process: LocalProcess,
  what: string,
  target: Atom,
  reason: Atom,
  ref: Reference,
  options: SpawnOnOptions,
): Spawned {
  const { kernel, groupLeader } = process
  report({
    kernel,
    level: 'warning',
    text: `** Can not start ${what}${wanted(options)} on ${kernel.inspect(target)} **`,
    groupLeader,
  })
  return { pid: deadOnArrival(kernel, process, reason, ref, options), ref }
}

function deadOnArrival(
  kernel: Kernel,
  process: LocalProcess,
  reason: Atom,
  ref: Reference,
  options: SpawnOnOptions,
): Pid {
  const dead = kernel.create({ label: 'Node.spawn()', link: options.link ? process : undefined })
  if (options.monitor) {
    process.ties.addMonitor(ref, dead.pid)
    dead.ties.addWatcher(process.pid, ref, undefined)
  }
  dead.exit(reason)
  return dead.pid
}

function wanted({ link, monitor }: SpawnOnOptions): string {
  const names = [link && atom('link'), monitor && atom('monitor')].filter(Boolean)
  return names.length > 0 ? ` ([${names.map((name) => `:${(name as Atom).name}`).join(', ')}])` : ''
}

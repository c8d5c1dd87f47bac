import {
  currentKernel,
  currentProcess,
  type Kernel,
  type LocalProcess,
  nodeAtom,
  report,
  requireProcess,
} from '../../process/index.ts'
import {
  type Atom,
  atom,
  escapeName,
  noconnection,
  normal,
  Pid,
  type Reference,
  type Term,
} from '../../term/index.ts'
import type { Code } from './code.ts'
import { describeFunction, remoteCallOf, type SpawningNode } from './remote-call.ts'

type AnyFunction = (...args: never[]) => unknown

/** Arguments of `Node.spawn`: the node, then a function and its arguments, or a module, a function name and a list of arguments. */
export type SpawnRequest = [node: string | Atom, fn: AnyFunction | Code | string | Atom, ...rest: Term[]]

/** Call signatures of `Node.spawn` and its variants. */
export interface RemoteSpawn<R> {
  <A extends readonly Term[]>(node: string | Atom, fn: (...args: A) => unknown, ...args: A): Promise<R>
  (node: string | Atom, code: Code): Promise<R>
  (node: string | Atom, module: string | Atom, fn: string | Atom, args: readonly Term[]): Promise<R>
}

interface RemoteSpawnOptions {
  readonly link?: boolean
  readonly monitor?: boolean
}

interface SpawnResult {
  readonly pid: Pid
  readonly ref: Reference
}

/**
 * Starts a process on a node, which may be this one. A call from outside of a process is made by a temporary process.
 *
 * @param spawningNode see {@link remoteCallOf}
 */
export async function remoteSpawn(
  [node, fn, ...rest]: SpawnRequest,
  options: RemoteSpawnOptions,
  spawningNode: () => SpawningNode,
): Promise<SpawnResult> {
  const caller = options.link ? 'Node.spawnLink()' : options.monitor ? 'Node.spawnMonitor()' : 'Node.spawn()'
  const target = nodeAtom(node)
  const kernel = currentKernel()
  const owner = currentProcess()
  const process =
    owner ?? (options.link || options.monitor ? requireProcess(caller) : kernel.createEphemeral(caller))
  try {
    if (typeof fn === 'function' && target === kernel.name) return spawnLocally(process, fn, rest, options)
    const call = await remoteCallOf(target, fn, rest, spawningNode)
    if (!call)
      return spawnFailed(process, describeFunction(fn), target, noconnection, kernel.makeRef(), options)
    const { module, name, args } = call
    const { ref, result } = kernel.requestSpawn(process, target, module, name, args, options)
    const answer = await result
    if (answer instanceof Pid) return { pid: answer, ref }
    const what = `${kernel.inspect(module)}.${escapeName(name.name)}, ${kernel.inspect(args)}`
    return spawnFailed(process, what, target, answer, ref, options)
  } finally {
    if (!owner) process.exit(normal)
  }
}

/** On the own node a function needs no export. */
function spawnLocally(
  process: LocalProcess,
  fn: AnyFunction,
  args: readonly Term[],
  options: RemoteSpawnOptions,
): SpawnResult {
  const { kernel, groupLeader } = process
  if (!process.alive) return { pid: kernel.unusedPid(), ref: kernel.makeRef() }
  const start = (): unknown => (fn as (...args: readonly Term[]) => unknown)(...args)
  const link = options.link ? process : undefined
  const { pid } = kernel.spawn(start, { link, groupLeader, label: fn.name })
  return { pid, ref: options.monitor ? process.monitors.monitor(pid) : kernel.makeRef() }
}

/** Returns the pid of a dead process, as the BEAM does. The link or monitor reports the reason. */
function spawnFailed(
  process: LocalProcess,
  what: string,
  target: Atom,
  reason: Atom,
  ref: Reference,
  options: RemoteSpawnOptions,
): SpawnResult {
  const { kernel, groupLeader } = process
  report({
    kernel,
    level: 'warning',
    text: `** Can not start ${what}${optionList(options)} on ${kernel.inspect(target)} **`,
    groupLeader,
  })
  return { pid: createDeadProcess(kernel, process, reason, ref, options), ref }
}

function createDeadProcess(
  kernel: Kernel,
  process: LocalProcess,
  reason: Atom,
  ref: Reference,
  options: RemoteSpawnOptions,
): Pid {
  const dead = kernel.create({ label: 'Node.spawn()', link: options.link ? process : undefined })
  if (options.monitor) {
    process.monitors.addOutgoing(ref, dead.pid)
    dead.monitors.addIncoming(process.pid, ref, undefined)
  }
  dead.exit(reason)
  return dead.pid
}

function optionList({ link, monitor }: RemoteSpawnOptions): string {
  const names = [link && atom('link'), monitor && atom('monitor')].filter(Boolean)
  return names.length > 0 ? ` ([${names.map((name) => `:${(name as Atom).name}`).join(', ')}])` : ''
}

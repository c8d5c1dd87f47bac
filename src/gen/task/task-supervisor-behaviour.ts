import { isThenable, type LocalProcess, type MaybePromise, report } from '../../process/index.ts'
import {
  Atom,
  atom,
  error,
  infinity,
  isTuple,
  ok,
  type Pid,
  shutdown,
  type Term,
  tuple,
} from '../../term/index.ts'
import type { Restart, Shutdown } from '../child/index.ts'
import { terminateProcess } from '../child/index.ts'
import type { Behaviour, CallbackResult } from '../server/index.ts'
import { NoReply, Reply, Stop, serverName, supervisorCall } from '../server/index.ts'
import {
  COUNT_CHILDREN,
  type Intensity,
  isRestarted,
  RestartLimit,
  TERMINATE_CHILD,
  WHICH_CHILDREN,
} from '../supervisor/index.ts'
import { awaitTaskCall, readCallers, readOwner, readTaskCall, runTask } from './task-worker.ts'

export interface TaskSupervisorOptions extends Intensity {
  /** Maximum number of tasks at the same time. Default: no limit. */
  readonly maxChildren?: number
}

interface Worker {
  readonly restart: Restart
  readonly shutdown: Shutdown
  readonly begin: (worker: LocalProcess) => unknown
}

export interface TaskSupervisorState {
  readonly options: TaskSupervisorOptions
  readonly workers: Map<Pid, Worker>
  readonly restarts: RestartLimit
}

export const START_TASK: Term = atom('start_task')
export const MONITOR: Term = atom('monitor')
const EXIT = atom('EXIT')
const UNDEFINED = atom('undefined')
const DEFAULT_SHUTDOWN = 5_000
const RESTARTS: readonly string[] = ['permanent', 'transient', 'temporary']

/** Callbacks of a supervisor whose processes are started on request, from any node. */
export const taskSupervisorBehaviour: Behaviour<TaskSupervisorOptions, TaskSupervisorState> = {
  kind: 'Task.Supervisor',
  initialCall: supervisorCall('Task.Supervisor'),

  init(options, process) {
    process.trapExit = true
    return { options, workers: new Map(), restarts: new RestartLimit(process.kernel, options) }
  },

  handleCall(request, _from, state, process) {
    const result = answer(request, state, process)
    return isThenable(result) ? result.then((value) => new Reply(value, state)) : new Reply(result, state)
  },

  handleCast() {
    return undefined
  },

  handleInfo(message, state, process) {
    if (!isTuple(message) || message.elements[0] !== EXIT) return undefined
    const [, pid, reason] = message.elements as readonly Term[]
    return ended(pid as Pid, reason, state, process)
  },

  async terminate(_reason, state, process) {
    await Promise.all(
      [...state.workers].map(([pid, worker]) => terminateProcess(pid, worker.shutdown, process)),
    )
  },
}

function answer(request: Term, state: TaskSupervisorState, process: LocalProcess): MaybePromise<Term> {
  const { workers } = state
  if (request === WHICH_CHILDREN)
    return [...workers.keys()].map((pid) =>
      tuple(UNDEFINED, pid, atom('worker'), [atom('Elixir.Task.Supervised')]),
    )
  if (request === COUNT_CHILDREN)
    return [
      tuple(atom('specs'), workers.size),
      tuple(atom('active'), workers.size),
      tuple(atom('supervisors'), 0),
      tuple(atom('workers'), workers.size),
    ]
  if (isTuple(request)) {
    if (request.elements[0] === START_TASK && request.length === 4) return startTask(request, state, process)
    if (request.elements[0] === TERMINATE_CHILD && request.length === 2)
      return terminateChild(request.elements[1] as Pid, state, process)
  }
  return tuple(error, atom('unknown_call'))
}

function startTask(request: Term, state: TaskSupervisorState, process: LocalProcess): Term {
  const [, args, restart, end] = (request as unknown as { elements: readonly Term[] }).elements
  const begin = readTask(args, process)
  if (!begin) return tuple(error, atom('badarg'))
  if (state.workers.size >= (state.options.maxChildren ?? Number.POSITIVE_INFINITY))
    return tuple(error, atom('max_children'))
  const worker = {
    begin,
    restart: readRestart(restart),
    shutdown: readShutdown(end),
  }
  return tuple(ok, start(worker, state, process))
}

/**
 * Reads the arguments of a task: `[owner, monitor]` for a worker that waits for its call, `[owner, callers, {module,
 * function, args}]` for one with its call.
 */
function readTask(args: Term, { kernel }: LocalProcess): Worker['begin'] | undefined {
  if (!Array.isArray(args)) return undefined
  const owner = readOwner(args[0])
  if (!owner) return undefined
  if (args.length === 2) return (worker) => awaitTaskCall(worker, owner, args[1] === MONITOR)
  const job = args.length === 3 ? readTaskCall(kernel, args[2]) : undefined
  if (!job) return undefined
  return (worker) => {
    worker.callers = readCallers(args[1])
    return runTask(worker, owner, job)
  }
}

/** The first function of a worker that waits for its call. */
const WAITING = { module: atom('Elixir.Task.Supervised') as Atom, name: atom('reply') as Atom, arity: 4 }

function readRestart(term: Term): Restart {
  const name = term instanceof Atom ? term.name : ''
  return RESTARTS.includes(name) ? (name as Restart) : 'temporary'
}

function readShutdown(term: Term): Shutdown {
  if (typeof term === 'number' && term >= 0) return term
  if (term === infinity) return Number.POSITIVE_INFINITY
  return term === (atom('brutal_kill') as Atom) ? 'brutal_kill' : DEFAULT_SHUTDOWN
}

function start(worker: Worker, { workers }: TaskSupervisorState, process: LocalProcess): Pid {
  const started = process.kernel.create({ link: process, groupLeader: process.groupLeader, label: 'Task' })
  started.origin = { initialCall: WAITING, ancestors: process.lineage }
  workers.set(started.pid, worker)
  started.begin(() => worker.begin(started))
  return started.pid
}

async function terminateChild(
  pid: Pid,
  { workers }: TaskSupervisorState,
  process: LocalProcess,
): Promise<Term> {
  const worker = workers.get(pid)
  if (!worker) return tuple(error, atom('not_found'))
  workers.delete(pid)
  await terminateProcess(pid, worker.shutdown, process)
  return ok
}

function ended(
  pid: Pid,
  reason: Term,
  state: TaskSupervisorState,
  process: LocalProcess,
): CallbackResult<TaskSupervisorState> {
  const worker = state.workers.get(pid)
  if (!worker) return undefined
  state.workers.delete(pid)
  if (!isRestarted(worker.restart, reason)) return undefined
  if (state.restarts.recordRestart()) {
    start(worker, state, process)
    return new NoReply(state)
  }
  const { kernel, groupLeader } = process
  const text = `Task.Supervisor ${serverName(process)}: reached maximum restart intensity`
  report({ kernel, level: 'error', text, pid: process.pid, groupLeader, reason: shutdown })
  return new Stop(shutdown, state, [])
}

import {
  checkOptions,
  currentKernel,
  currentProcess,
  type Kernel,
  type LocalProcess,
  type RemoteName,
  requireProcess,
  resolveDestination,
} from '../../process/index.ts'
import {
  type Atom,
  atom,
  ElixirError,
  ExitError,
  error,
  escapeName,
  infinity,
  isTuple,
  kill,
  nameToAtom,
  ok,
  Pid,
  type Term,
  tuple,
} from '../../term/index.ts'
import { GEN_CALL, type Server, sendRequest } from '../call/index.ts'
import {
  type ChildOptions,
  type ChildSpec,
  type Restart,
  type Shutdown,
  specOptions,
} from '../child/index.ts'
import { type StartOptions, startServer } from '../server/index.ts'
import { callSupervisor, readPid, TERMINATE_CHILD, WHICH_CHILDREN } from '../supervisor/index.ts'
import { TaskHandle, type TaskResult } from './task-handle.ts'
import { type StreamOptions, stream } from './task-stream.ts'
import {
  MONITOR,
  START_TASK,
  type TaskSupervisorOptions,
  taskSupervisorBehaviour,
} from './task-supervisor-behaviour.ts'
import { localCallTerm } from './task-worker.ts'

export interface TaskOptions {
  /** How the supervisor ends the task. Default: 5,000 ms. */
  readonly shutdown?: Shutdown
}

export interface StartChildOptions extends TaskOptions {
  /** Whether the task is started again. Default: `'temporary'` (never). */
  readonly restart?: Restart
}

/** Starts a task: a function and its arguments, or a function by its module and name. */
export interface StartTask {
  <A extends readonly unknown[], R>(
    supervisor: Server,
    fn: (...args: A) => R,
    args: NoInfer<A>,
    options?: TaskOptions,
  ): TaskHandle<Awaited<R>>
  <R>(supervisor: Server, fn: () => R): TaskHandle<Awaited<R>>
  (
    supervisor: Server,
    module: string | Atom,
    fn: string | Atom,
    args: readonly Term[],
    options?: TaskOptions,
  ): TaskHandle<Term>
}

export interface StartTaskChild {
  <A extends readonly unknown[], R>(
    supervisor: Server,
    fn: (...args: A) => R,
    args: NoInfer<A>,
    options?: StartChildOptions,
  ): Promise<Pid>
  (supervisor: Server, fn: () => unknown): Promise<Pid>
  (
    supervisor: Server,
    module: string | Atom,
    fn: string | Atom,
    args: readonly Term[],
    options?: StartChildOptions,
  ): Promise<Pid>
}

export interface TaskStreamOptions extends StreamOptions, TaskOptions {}

/** Starts a task for each item: a function with the item and further arguments, or a function by its module and name. */
export interface StreamTasks {
  <T, A extends readonly unknown[], R>(
    supervisor: Server,
    items: Iterable<T> | AsyncIterable<T>,
    fn: (item: T, ...args: A) => R,
    ...rest: A extends readonly []
      ? [args?: A, options?: TaskStreamOptions]
      : [args: A, options?: TaskStreamOptions]
  ): AsyncGenerator<TaskResult<Awaited<R>>, void, void>
  (
    supervisor: Server,
    items: Iterable<Term> | AsyncIterable<Term>,
    module: string | Atom,
    fn: string | Atom,
    args?: readonly Term[],
    options?: TaskStreamOptions,
  ): AsyncGenerator<TaskResult<Term>, void, void>
}

const CALL = ['GenServer', 'call'] as const
const FOREVER = { timeout: Number.POSITIVE_INFINITY }
const MAX_CHILDREN = atom('max_children')
const OPTIONS = ['maxRestarts', 'maxSeconds', 'maxChildren', 'name']

/**
 * Supervisor of tasks that are started on request, from this node or another one. `{ name, node }` is a supervisor on
 * another node, Moebi or Elixir.
 *
 * A function that runs on another node has to be exported there: listed in the `modules` of its application.
 */
export const TaskSupervisor = {
  /** Returns the child specification of a task supervisor. @see `Task.Supervisor` */
  child(options: ChildOptions & TaskSupervisorOptions = {}): ChildSpec {
    const { id: _id, restart: _restart, shutdown: _shutdown, significant: _significant, ...rest } = options
    return {
      ...specOptions(options, 'Task.Supervisor'),
      start: () => TaskSupervisor.startLink(rest),
      type: 'supervisor',
    }
  },

  /**
   * Starts a task supervisor, linked to the calling process.
   *
   * @throws TypeError when an option is unknown
   * @see `Task.Supervisor.start_link/1`
   */
  startLink(options: StartOptions & TaskSupervisorOptions = {}): Promise<Pid> {
    const link = requireProcess('Task.Supervisor.startLink()')
    checkOptions(options, OPTIONS, 'Task.Supervisor.startLink')
    const { name, ...arg } = options
    return startServer(link.kernel, taskSupervisorBehaviour, arg, { name, link })
  },

  /** Starts a task supervisor without a link. @see {@link TaskSupervisor.startLink} */
  start(options: StartOptions & TaskSupervisorOptions = {}): Promise<Pid> {
    checkOptions(options, OPTIONS, 'Task.Supervisor.start')
    const { name, ...arg } = options
    return startServer(currentKernel(), taskSupervisorBehaviour, arg, { name })
  },

  /**
   * Starts a task under a supervisor on any node, linked to the calling process: when the task fails, the calling process
   * fails too, unless it traps exits.
   *
   * `await` the task for its result. It throws an ExitError `{reason, {GenServer, call, …}}` when the supervisor cannot be
   * reached, and `{reason, {Task, await, …}}` when the task ends without a result. When the task cannot be started and is
   * not awaited, the calling process ends.
   *
   * @throws TypeError when the supervisor is on another node and the function is not exported
   * @see `Task.Supervisor.async/6`
   */
  async: ((...given: readonly unknown[]) => startTask(given, true)) as StartTask,

  /**
   * {@link TaskSupervisor.async} without a link: a failure of the task does not end the calling process. @see
   * `Task.Supervisor.async_nolink/6`
   */
  asyncNolink: ((...given: readonly unknown[]) => startTask(given, false)) as StartTask,

  /**
   * Starts a task whose result is not used, and returns its pid.
   *
   * @see `Task.Supervisor.start_child/5`
   */
  startChild: (async (...given: readonly unknown[]) => {
    const { supervisor, mfa, options } = readArguments(given)
    const kernel = currentKernel()
    const process = currentProcess()
    const pid = process?.pid ?? kernel.user
    const callers = [pid, ...(process?.callers ?? [])]
    const { restart } = options as StartChildOptions
    const request = tuple(
      START_TASK,
      [ownerTerm(kernel, process, pid), callers, mfa(kernel)],
      restart ? atom(restart) : null,
      shutdownTerm(options.shutdown),
    )
    const answer = await callSupervisor(supervisor, request)
    if (isMaxChildren(answer)) throw maxChildrenError()
    return readPid(answer)
  }) as StartTaskChild,

  /**
   * Runs a function for each item, with a limit on tasks at the same time, and yields the results in the order of the
   * items.
   *
   * The tasks are linked, as those of {@link TaskSupervisor.async}. When the loop is left early, they are ended.
   *
   * @see `Task.Supervisor.async_stream/6`
   */
  asyncStream: streamOf(true) as StreamTasks,

  /** {@link TaskSupervisor.asyncStream} without links. @see `Task.Supervisor.async_stream_nolink/6` */
  asyncStreamNolink: streamOf(false) as StreamTasks,

  /** Returns the pids of the running tasks. @see `Task.Supervisor.children/1` */
  async children(supervisor: Server): Promise<Pid[]> {
    const children = (await callSupervisor(supervisor, WHICH_CHILDREN)) as readonly Term[]
    return children
      .map((child) => (isTuple(child) ? child.elements[1] : undefined))
      .filter((pid) => pid instanceof Pid)
  },

  /** Ends a task. Returns false when the pid is unknown. @see `Task.Supervisor.terminate_child/2` */
  async terminateChild(supervisor: Server, pid: Pid): Promise<boolean> {
    return (await callSupervisor(supervisor, tuple(TERMINATE_CHILD, pid))) === ok
  },
} as const

function streamOf(linked: boolean): StreamTasks {
  const start = (
    supervisor: Server,
    items: Iterable<unknown>,
    ...what: readonly unknown[]
  ): AsyncGenerator<TaskResult<never>, void, void> => {
    const fn = typeof what[0] === 'function' ? what.slice(0, 1) : what.slice(0, 2)
    const [args = [], options] = what.slice(fn.length) as [(readonly unknown[])?, TaskStreamOptions?]
    const { shutdown = 0 } = options ?? {}
    if (shutdown !== 'brutal_kill' && !(shutdown >= 0))
      throw new RangeError(`shutdown is a number of milliseconds, or 'brutal_kill', got ${shutdown}`)
    return stream(items, (item) => startTask([supervisor, ...fn, [item, ...args], options], linked), options)
  }
  return start as unknown as StreamTasks
}

interface TaskArguments {
  readonly supervisor: Server
  /** Returns `{module, function, args}` for the supervisor. Throws a TypeError when the function cannot be sent. */
  readonly mfa: (kernel: Kernel) => Term
  readonly options: TaskOptions
}

function readArguments(given: readonly unknown[]): TaskArguments {
  const [supervisor, what] = given as [Server, unknown]
  if (typeof what !== 'function') {
    const [, module, fn, args, options = {}] = given as [
      Server,
      string | Atom,
      string | Atom,
      readonly Term[],
      TaskOptions?,
    ]
    const name = typeof fn === 'string' ? (atom(fn) as Atom) : fn
    return { supervisor, mfa: () => tuple(nameToAtom(module), name, args), options }
  }
  const [, , args = [], options = {}] = given as [Server, unknown, (readonly Term[])?, TaskOptions?]
  const mfa = (kernel: Kernel): Term => {
    const exported = kernel.modules.exportedAs(what)
    if (exported) return tuple(exported.module, exported.name, args)
    const target = resolveDestination(supervisor, kernel)
    if (kernel.isLocal(target)) return localCallTerm(what as (...args: never[]) => unknown, args)
    throw new TypeError(
      `the function ${what.name || '(an arrow)'} is to run on ${escapeName(target.node.name)}, but it is not exported by any module: ` +
        'list its module in the application (modules: { Chat }), or name a function of that node: ' +
        "Task.Supervisor.async(supervisor, 'Chat', 'receive_message', ['hi']).",
    )
  }
  return { supervisor, mfa, options }
}

// As in https://github.com/elixir-lang/elixir/blob/main/lib/elixir/lib/task/supervisor.ex: the supervisor starts a worker
// that waits. The owner links to the worker or monitors it, and then sends it the call. So every exit of the worker is
// reported.
function startTask(given: readonly unknown[], linked: boolean): TaskHandle<never> {
  const { supervisor, mfa, options } = readArguments(given)
  const kernel = currentKernel()
  const current = currentProcess()
  const process = current ?? kernel.createEphemeral('Task.Supervisor.async')
  // The failure of a task is thrown by its await.
  if (!current) process.trapExit = true
  const target = resolveDestination(supervisor, kernel) as Pid | RemoteName
  const job = mfa(kernel)
  const task = new TaskHandle<never>(process, mfaTerm(job), current === undefined)
  const request = tuple(
    START_TASK,
    [ownerTerm(kernel, process, process.pid), MONITOR],
    atom('temporary'),
    shutdownTerm(options.shutdown),
  )
  const started = (answer: Term): void => {
    if (isMaxChildren(answer)) return task.settle({ failed: maxChildrenError() })
    const [word, pid] = isTuple(answer) ? (answer.elements as readonly Term[]) : []
    if (word !== ok || !(pid instanceof Pid))
      return task.settle({ failed: new ExitError(pid ?? answer, { self: kernel.name }) })
    if (task.exitRequest) {
      task.started(pid, false)
      return kernel.signal({ type: 'exit2', from: process.pid, to: pid, reason: task.exitRequest })
    }
    const tied = linked && !task.ignored
    task.started(pid, tied)
    if (tied) process.links.link(pid)
    const callers = [process.pid, ...process.callers]
    try {
      kernel.send(process.pid, pid, tuple(process.pid, task.ref, task.ref, callers, job))
    } catch (thrown) {
      process.links.unlink(pid)
      kernel.signal({ type: 'exit2', from: process.pid, to: pid, reason: kill })
      task.settle({ failed: thrown as Error })
    }
  }
  const failed = (error: unknown): void => task.settle({ failed: error as Error })
  sendRequest(process, target, GEN_CALL, request, FOREVER, CALL, started, failed)
  return task
}

/** Returns the owner of a task: `{node, registered name or pid, pid}`. */
function ownerTerm(kernel: Kernel, process: LocalProcess | undefined, pid: Pid): Term {
  return tuple(kernel.name, process?.registeredName ?? pid, pid)
}

function mfaTerm(job: Term): Term {
  const [module, name, args] = (job as unknown as { elements: [Term, Term, readonly Term[]] }).elements
  return typeof args[0] === 'function' ? null : tuple(module, name, args.length)
}

function shutdownTerm(value: Shutdown | undefined): Term {
  if (value === undefined) return null
  return value === 'brutal_kill' ? atom('brutal_kill') : value === Number.POSITIVE_INFINITY ? infinity : value
}

function isMaxChildren(answer: Term): boolean {
  return isTuple(answer) && answer.elements[0] === error && answer.elements[1] === MAX_CHILDREN
}

function maxChildrenError(): ElixirError {
  return new ElixirError('RuntimeError', {
    message:
      'reached the maximum number of tasks for this task supervisor. The maximum number of tasks that are allowed ' +
      'to run at the same time under this supervisor is its option maxChildren (:max_children in Elixir)',
  })
}

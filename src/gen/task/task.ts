import { currentKernel, currentProcess, requireProcess } from '../../process/index.ts'
import { atom, type Pid, tuple } from '../../term/index.ts'
import type { Timeout, TimeoutOptions } from '../call/index.ts'
import { registerProcess } from '../call/index.ts'
import type { ChildOptions, ChildSpec } from '../child/index.ts'
import { awaitMany, type YieldManyOptions, yieldMany } from './await-many.ts'
import { TaskHandle, type TaskResult, type TaskShutdown } from './task-handle.ts'
import { type StreamOptions, stream } from './task-stream.ts'
import { TaskSupervisor } from './task-supervisor.ts'
import { localCallTerm, readTaskCall, runTask } from './task-worker.ts'

/** Work that runs in a process of its own, with a result to wait for. @see {@link TaskHandle} */
export type Task<R> = TaskHandle<R>

/**
 * Work in a process of its own whose result or failure matters to somebody.
 *
 * When not to use it: to wait for input and output, which a promise does; or where the failure of the work must not harm
 * the one who wants it: that is `Task.Supervisor.asyncNolink`.
 */
export const Task = {
  /**
   * Starts a task on this node, linked to the process whose code this is, and returns at once.
   *
   * @see `Task.async/1`
   */
  async<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): TaskHandle<Awaited<R>> {
    const kernel = currentKernel()
    const current = currentProcess()
    const owner = current ?? kernel.createEphemeral('Task.async')
    if (!current) owner.trapExit = true
    const exported = kernel.modules.exportedAs(fn)
    const mfa = exported ? tuple(exported.module, exported.name, args.length) : null
    const task = new TaskHandle<Awaited<R>>(owner, mfa, current === undefined)
    if (!owner.alive) return task
    const worker = kernel.create({
      link: owner,
      groupLeader: owner.groupLeader,
      callers: [owner.pid, ...owner.callers],
    })
    task.started(worker.pid, true)
    const job = readTaskCall(kernel, localCallTerm(fn, args))!
    const from = { node: kernel.name, name: owner.registeredName ?? owner.pid, pid: owner.pid }
    worker.begin(() =>
      runTask(worker, from, job, (result) => kernel.send(worker.pid, task.ref, tuple(task.ref, result))),
    )
    return task
  },

  /**
   * Waits for the result of a task.
   *
   * @param timeout milliseconds; 5,000 when left out
   * @throws ExitError `{reason, {Task, await, [task, timeout]}}` when the task ends without one (`{:nodedown, node}` when
   *   its node is gone) or takes too long; a late result is dropped
   * @throws ElixirError ArgumentError in another process than the one that started the task
   * @see `Task.await/2`
   */
  await<R>(task: TaskHandle<R>, timeout?: Timeout | TimeoutOptions): Promise<R> {
    return task.await(timeout)
  },

  /**
   * Waits for the results of several tasks, and gives them in the order of the tasks. When one fails, it is over.
   *
   * @param timeout milliseconds for all of them together; 5,000 when left out
   * @throws ExitError `{reason, {Task, await_many, [tasks, timeout]}}` as {@link Task.await}; what the others come to is
   *   dropped
   * @see `Task.await_many/2`
   */
  awaitMany<R>(tasks: readonly TaskHandle<R>[], timeout?: Timeout | TimeoutOptions): Promise<R[]> {
    return awaitMany(tasks, timeout)
  },

  /**
   * Waits for a task and returns `{ ok: result }`, `{ exit: reason }`, or undefined when it is not done yet; it may be
   * asked again.
   *
   * @param timeout milliseconds; 5,000 when left out
   * @throws ExitError `{{:nodedown, node}, {Task, yield, [task, timeout]}}` when its node is lost, and as
   *   {@link Task.await} when it could not be started
   * @see `Task.yield/2`
   */
  yield<R>(task: TaskHandle<R>, timeout?: Timeout | TimeoutOptions): Promise<TaskResult<R> | undefined> {
    return task.yield(timeout)
  },

  /**
   * Waits for several tasks, and gives each with what it came to: `[task, { ok: result }]`, or undefined in its place.
   *
   * @param options the milliseconds for all of them together (5,000), or `timeout`, `onTimeout` and `limit`
   * @throws ExitError as {@link Task.yield}
   * @see `Task.yield_many/2`
   */
  yieldMany<R>(
    tasks: readonly TaskHandle<R>[],
    options?: Timeout | YieldManyOptions,
  ): Promise<(readonly [TaskHandle<R>, TaskResult<R> | undefined])[]> {
    return yieldMany(tasks, options)
  },

  /**
   * Unlinks a task and ends it, and returns what it came to, where it was faster; undefined where it ended as it was told.
   *
   * @param how milliseconds until it is killed (5,000), or `'brutal_kill'`
   * @throws ExitError as {@link Task.yield}
   * @see `Task.shutdown/2`
   */
  shutdown<R>(task: TaskHandle<R>, how?: TaskShutdown): Promise<TaskResult<R> | undefined> {
    return task.shutdown(how)
  },

  /**
   * Unlinks a task and lets it go on: nobody hears what it comes to. Returns that where it is there already.
   *
   * @throws ExitError as {@link Task.yield}
   * @see `Task.ignore/1`
   */
  ignore<R>(task: TaskHandle<R>): TaskResult<R> | undefined {
    return task.ignore()
  },

  /**
   * A task that is done, for a result that is there already where others have to be worked for. No process runs.
   *
   * @see `Task.completed/1`
   */
  completed<R>(result: R): TaskHandle<R> {
    const current = currentProcess()
    const mfa = tuple(atom('Elixir.Task'), atom('completed'), 1)
    const owner = current ?? currentKernel().createEphemeral('Task.completed')
    const task = new TaskHandle<R>(owner, mfa, current === undefined)
    task.settle({ ok: result })
    return task
  },

  /** Starts a task that nobody waits for. @see `Task.start/1` */
  start<A extends readonly unknown[]>(fn: (...args: A) => unknown, ...args: A): Pid {
    return startAlone(fn, args, false)
  },

  /** Starts a task that nobody waits for, linked. @see `Task.start_link/1` */
  startLink<A extends readonly unknown[]>(fn: (...args: A) => unknown, ...args: A): Pid {
    return startAlone(fn, args, true)
  },

  /** How a supervisor starts a task as its child; it is not started again unless one says so. */
  child(fn: () => unknown, { id, name, ...options }: ChildOptions = {}): ChildSpec {
    return {
      id: id ?? name ?? 'Task',
      start: async () => {
        const pid = startAlone(fn, [], true)
        const process = currentKernel().process(pid)
        if (name && process) await registerProcess(name, process)
        return pid
      },
      restart: 'temporary',
      ...options,
    }
  },

  /**
   * Runs a function for each item in tasks of this node, so many at a time, and yields the results in order.
   *
   * @see `Task.async_stream/3`
   */
  asyncStream<T, R>(
    items: Iterable<T> | AsyncIterable<T>,
    fn: (item: T) => R,
    options?: StreamOptions,
  ): AsyncGenerator<TaskResult<Awaited<R>>, void, void> {
    return stream(items, (item) => Task.async(fn, item), options)
  },

  Supervisor: TaskSupervisor as typeof TaskSupervisor,
} as const

function startAlone(fn: (...args: never[]) => unknown, args: readonly unknown[], linked: boolean): Pid {
  const kernel = currentKernel()
  const parent = linked ? requireProcess('Task.startLink()') : currentProcess()
  if (parent?.alive === false) return kernel.unusedPid()
  const pid = parent?.pid ?? kernel.user
  const worker = kernel.create({
    link: linked ? parent : undefined,
    groupLeader: parent?.groupLeader,
    callers: [pid, ...(parent?.callers ?? [])],
  })
  const from = { node: kernel.name, name: parent?.registeredName ?? pid, pid }
  worker.begin(() => runTask(worker, from, readTaskCall(kernel, localCallTerm(fn, args))!))
  return worker.pid
}

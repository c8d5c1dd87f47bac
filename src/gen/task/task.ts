import {
  APPLY_2,
  currentKernel,
  currentProcess,
  requireProcess,
  type Timeout,
  type TimeoutOptions,
} from '../../process/index.ts'
import { atom, type Pid, tuple } from '../../term/index.ts'
import { registerProcess } from '../call/index.ts'
import type { ChildOptions, ChildSpec } from '../child/index.ts'
import { awaitMany, type YieldManyOptions, yieldMany } from './await-many.ts'
import { TaskHandle, type TaskResult, type TaskShutdown } from './task-handle.ts'
import { type StreamOptions, stream } from './task-stream.ts'
import { TaskSupervisor } from './task-supervisor.ts'
import { localCallTerm, readTaskCall, runTask } from './task-worker.ts'

/** Work in a process of its own, with a result to wait for. @see {@link TaskHandle} */
export type Task<R> = TaskHandle<R>

/**
 * Work in a process of its own that ends with a result or a failure.
 *
 * When not to use it: to wait for input and output (use a promise); for work whose failure must not end the process that
 * started it (use `Task.Supervisor.asyncNolink`).
 */
export const Task = {
  /**
   * Starts a task on this node, linked to the calling process, and returns at once.
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
    worker.origin = { initialCall: APPLY_2, ancestors: owner.lineage }
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
   * @param timeout milliseconds, or `{ timeout }`. Default: 5,000
   * @throws ExitError `{reason, {Task, await, [task, timeout]}}` when the task ends without a result (`{:nodedown, node}`
   *   when its node is lost) or the timeout passes; a late result is dropped
   * @throws ElixirError ArgumentError in another process than the one that started the task
   * @see `Task.await/2`
   */
  await<R>(task: TaskHandle<R>, timeout?: Timeout | TimeoutOptions): Promise<R> {
    return task.await(timeout)
  },

  /**
   * Waits for the results of several tasks, and returns them in the order of the tasks. Fails as soon as one of them fails.
   *
   * @param timeout milliseconds for all tasks together, or `{ timeout }`. Default: 5,000
   * @throws ExitError `{reason, {Task, await_many, [tasks, timeout]}}` as {@link Task.await}; the other results are dropped
   * @see `Task.await_many/2`
   */
  awaitMany<R>(tasks: readonly TaskHandle<R>[], timeout?: Timeout | TimeoutOptions): Promise<R[]> {
    return awaitMany(tasks, timeout)
  },

  /**
   * Waits for a task and returns `{ ok: result }`, `{ exit: reason }`, or undefined when the timeout passes. It can be
   * called again.
   *
   * @param timeout milliseconds, or `{ timeout }`. Default: 5,000
   * @throws ExitError `{{:nodedown, node}, {Task, yield, [task, timeout]}}` when its node is lost, and as {@link
   *   Task.await} when it could not be started
   * @see `Task.yield/2`
   */
  yield<R>(task: TaskHandle<R>, timeout?: Timeout | TimeoutOptions): Promise<TaskResult<R> | undefined> {
    return task.yield(timeout)
  },

  /**
   * Waits for several tasks, and returns each with its result: `[task, { ok: result }]`, or `[task, undefined]`.
   *
   * @param options milliseconds for all tasks together, or `{ timeout, onTimeout, limit }`. Default: 5,000
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
   * Unlinks a task, ends it, and waits for its exit. Returns its result if the task was faster, and undefined if the
   * shutdown ended it.
   *
   * @param how milliseconds until the task is killed, `{ timeout }`, or `'brutal_kill'`. Default: 5,000
   * @throws ExitError as {@link Task.yield}
   * @see `Task.shutdown/2`
   */
  shutdown<R>(task: TaskHandle<R>, how?: TaskShutdown): Promise<TaskResult<R> | undefined> {
    return task.shutdown(how)
  },

  /**
   * Unlinks a task and lets it run; its result is dropped. Returns the result if the task has ended already.
   *
   * @throws ExitError as {@link Task.yield}
   * @see `Task.ignore/1`
   */
  ignore<R>(task: TaskHandle<R>): TaskResult<R> | undefined {
    return task.ignore()
  },

  /**
   * Returns a task that has ended, for a result that is known already. No process runs.
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

  /** Starts a task whose result is not used. @see `Task.start/1` */
  start<A extends readonly unknown[]>(fn: (...args: A) => unknown, ...args: A): Pid {
    return startAlone(fn, args, false)
  },

  /** Starts a task whose result is not used, linked to the calling process. @see `Task.start_link/1` */
  startLink<A extends readonly unknown[]>(fn: (...args: A) => unknown, ...args: A): Pid {
    return startAlone(fn, args, true)
  },

  /** Returns the child specification of a task. Default: it is not started again. */
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
   * Runs a function for each item in tasks of this node, with a limit on tasks at the same time, and yields the results in
   * order.
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
  worker.origin = { initialCall: APPLY_2, ancestors: parent?.lineage ?? [] }
  const from = { node: kernel.name, name: parent?.registeredName ?? pid, pid }
  worker.begin(() => runTask(worker, from, readTaskCall(kernel, localCallTerm(fn, args))!))
  return worker.pid
}

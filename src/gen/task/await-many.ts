import { type Cancel, LinkedList, type ListNode } from '../../clock/index.ts'
import {
  currentKernel,
  currentProcess,
  DEFAULT_TIMEOUT,
  isTimeout,
  readTimeout,
  type Timeout,
  type TimeoutOptions,
  timeoutTerm,
} from '../../process/index.ts'
import { noconnection, type Term, timeout as timeoutAtom } from '../../term/index.ts'
import { callError } from '../call/index.ts'
import type { Awaiter, TaskExit, TaskHandle, TaskResult } from './task-handle.ts'

export interface YieldManyOptions {
  /** Time for all tasks together: milliseconds, `Infinity` or `'infinity'`. Default: 5,000. */
  readonly timeout?: Timeout | undefined
  /**
   * What happens to tasks without a result: nothing, {@link Task.ignore}, or {@link Task.shutdown} with `'brutal_kill'`.
   */
  readonly onTimeout?: 'nothing' | 'ignore' | 'kill_task'
  /** Number of results to wait for. Default: all. */
  readonly limit?: number
}

const YIELD_MANY_OPTIONS = ['timeout', 'onTimeout', 'limit']
const ON_TIMEOUT: readonly string[] = ['nothing', 'ignore', 'kill_task']

/** @see {@link Task.awaitMany} */
export async function awaitMany<R>(
  tasks: readonly TaskHandle<R>[],
  given?: Timeout | TimeoutOptions,
): Promise<R[]> {
  const timeout = readTimeout(given, DEFAULT_TIMEOUT, 'Task.awaitMany')
  for (const task of tasks) task.checkOwner()
  const { exits } = await waitForSeveral(tasks, tasks.length, timeout, (outcome) => !('ok' in outcome))
  const results: R[] = []
  let reason: Term = timeoutAtom
  for (const task of tasks) {
    const outcome = exits.get(task)
    if (!outcome) task.abandon()
    else if ('ok' in outcome) results.push(outcome.ok)
    else if ('exit' in outcome) reason = task.reasonOf(outcome.exit)
  }
  if (results.length === tasks.length) return results
  throw startFailure(exits) ?? errorOf('await_many', reason, tasks, timeout)
}

/** @see {@link Task.yieldMany} */
export async function yieldMany<R>(
  tasks: readonly TaskHandle<R>[],
  given?: Timeout | YieldManyOptions,
): Promise<(readonly [TaskHandle<R>, TaskResult<R> | undefined])[]> {
  const timeout = readTimeout(given, DEFAULT_TIMEOUT, 'Task.yieldMany', YIELD_MANY_OPTIONS)
  const options = (isTimeout(given) ? {} : (given ?? {})) as YieldManyOptions
  const { onTimeout = 'nothing', limit = tasks.length } = options
  if (!ON_TIMEOUT.includes(onTimeout))
    throw new TypeError(
      `Task.yieldMany: onTimeout is 'nothing', 'ignore' or 'kill_task', got: ${String(onTimeout)}`,
    )
  for (const task of tasks) task.checkOwner()
  const { exits, timedOut } = await waitForSeveral(
    tasks,
    limit,
    timeout,
    (outcome) => 'failed' in outcome || ('exit' in outcome && outcome.exit === noconnection),
  )
  const broken = startFailure(exits)
  if (broken) throw broken
  return Promise.all(
    tasks.map(async (task) => {
      const outcome = exits.get(task)
      if (outcome && 'exit' in outcome && outcome.exit === noconnection)
        throw errorOf('yield_many', task.reasonOf(noconnection), tasks, timeout)
      if (outcome) return [task, outcome as TaskResult<R>] as const
      if (timedOut && onTimeout === 'kill_task') return [task, await task.shutdown('brutal_kill')] as const
      if (timedOut && onTimeout === 'ignore') return [task, task.ignore()] as const
      return [task, undefined] as const
    }),
  )
}

interface SeveralExits<R> {
  readonly exits: ReadonlyMap<TaskHandle<R>, TaskExit<R>>
  /** Whether the timeout passed. */
  readonly timedOut: boolean
}

/** Waits until a number of tasks have ended, one has ended with a final exit (`isOver`), or the timeout passes. */
function waitForSeveral<R>(
  tasks: readonly TaskHandle<R>[],
  limit: number,
  ms: number,
  isOver: (outcome: TaskExit<R>) => boolean,
): Promise<SeveralExits<R>> {
  return new Promise((resolve) => {
    const owner = currentProcess()
    const exits = new Map<TaskHandle<R>, TaskExit<R>>()
    const different = new Set(tasks)
    const enough = Math.min(limit, different.size)
    const waiting: (ListNode<Awaiter<R>> | undefined)[] = []
    let cancel: Cancel | undefined
    let open = true
    const close = (): void => {
      open = false
      cancel?.()
      owner?.offExit(close)
      for (const link of waiting) if (link) LinkedList.remove(link)
    }
    const end = (timedOut: boolean): void => {
      close()
      resolve({ exits, timedOut })
    }
    if (enough <= 0) return end(false)
    owner?.onExit(close)
    for (const task of different)
      if (open)
        waiting.push(
          task.onSettled(Number.POSITIVE_INFINITY, (outcome) => {
            exits.set(task, outcome!)
            if (exits.size === enough || isOver(outcome!)) end(false)
          }),
        )
    if (open && ms !== Number.POSITIVE_INFINITY) cancel = currentKernel().clock.schedule(ms, () => end(true))
  })
}

function startFailure<R>(exits: SeveralExits<R>['exits']): Error | undefined {
  for (const outcome of exits.values()) if ('failed' in outcome) return outcome.failed
  return undefined
}

function errorOf(word: string, reason: Term, tasks: readonly TaskHandle<unknown>[], timeout: number): Error {
  const args = [tasks.map((task) => task.toTerm()), timeoutTerm(timeout)]
  return callError(reason, ['Task', word], args, { kernel: currentKernel() })
}

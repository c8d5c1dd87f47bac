import { availableParallelism } from 'node:os'
import { checkOptions, currentKernel, DEFAULT_TIMEOUT, isTimeout, type Timeout } from '../../process/index.ts'
import { type Term, timeout as timeoutAtom, tuple } from '../../term/index.ts'
import { callError } from '../call/index.ts'
import type { TaskHandle, TaskResult } from './task-handle.ts'

export interface StreamOptions {
  /** Maximum number of tasks at the same time. Default: the number of processors. */
  readonly maxConcurrency?: number
  /** Whether the results come in the order of the items. Default: true. */
  readonly ordered?: boolean
  /** Time of each task: milliseconds, `Infinity` or `'infinity'`. Default: 5,000. */
  readonly timeout?: Timeout | undefined
  /** What happens after the timeout: the caller fails (`'exit'`, default), or the result is `{ exit: timeout }`. */
  readonly onTimeout?: 'exit' | 'kill_task'
  /** Whether a failure includes its item: `{ exit: {item, reason} }`. */
  readonly zipInputOnExit?: boolean
}

const OPTIONS = ['maxConcurrency', 'ordered', 'timeout', 'onTimeout', 'zipInputOnExit', 'shutdown']

interface ReadOptions extends StreamOptions {
  readonly timeout: number
}

interface Running<T, R> {
  readonly item: T
  readonly task: TaskHandle<R>
  result: TaskResult<R> | undefined
}

/**
 * Starts a task for each item, with a limit on tasks at the same time, and yields their results.
 *
 * @throws TypeError when an option is unknown; RangeError when a value is invalid; before any task starts
 */
export function stream<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  begin: (item: T) => TaskHandle<R>,
  options: StreamOptions = {},
): AsyncGenerator<TaskResult<R>, void, void> {
  checkOptions(options, OPTIONS, 'Task.asyncStream')
  const { maxConcurrency = 1, onTimeout = 'exit' } = options
  const timeout = millisecondsOf(options.timeout)
  if (!(maxConcurrency >= 1))
    throw new RangeError(`maxConcurrency is how many tasks run at a time, 1 or more, got ${maxConcurrency}`)
  if (!(timeout >= 0))
    throw new RangeError(`timeout is how many milliseconds a task may take, 0 or more, got ${timeout}`)
  if (onTimeout !== 'exit' && onTimeout !== 'kill_task')
    throw new RangeError(`onTimeout is 'exit' or 'kill_task', got ${String(onTimeout)}`)
  return results(items, begin, { ...options, timeout })
}

function millisecondsOf(timeout: Timeout | undefined): number {
  if (typeof timeout === 'number') return timeout
  return isTimeout(timeout) ? Number.POSITIVE_INFINITY : (timeout ?? DEFAULT_TIMEOUT)
}

async function* results<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  begin: (item: T) => TaskHandle<R>,
  options: ReadOptions,
): AsyncGenerator<TaskResult<R>, void, void> {
  const { maxConcurrency = availableParallelism(), ordered = true } = options
  const source = asyncIterator(items)
  const running = new Set<Running<T, R>>()
  const done: Running<T, R>[] = []
  let fault: { readonly thrown: unknown } | undefined
  let wake = (): void => {}
  const start = (item: T): void => {
    const one: Running<T, R> = { item, task: begin(item), result: undefined }
    running.add(one)
    const onResult = (result: TaskResult<R>): void => {
      one.result = result
      if (!ordered) done.push(one)
      wake()
    }
    resultOf(one, options).then(onResult, (thrown: unknown) => {
      fault ??= { thrown }
      wake()
    })
  }
  let more = true
  try {
    for (;;) {
      while (more && running.size < maxConcurrency) {
        const next = await source.next()
        if (next.done) more = false
        else start(next.value)
      }
      if (fault) throw fault.thrown
      const [oldest] = running
      if (!oldest) return
      const next = ordered ? oldest : done.shift()
      if (next?.result) {
        running.delete(next)
        yield next.result
      } else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  } finally {
    await Promise.all([...running].map(({ task }) => task.terminate('brutal_kill')))
    await source.return?.()
  }
}

/** Waits for one task. @throws the error of a failed start, or an ExitError when the timeout passes */
async function resultOf<T, R>(
  { task, item }: Running<T, R>,
  { timeout, onTimeout = 'exit', zipInputOnExit = false }: ReadOptions,
): Promise<TaskResult<R>> {
  const failed = (reason: Term): TaskResult<R> => ({
    exit: zipInputOnExit ? tuple(item as Term, reason) : reason,
  })
  const inTime = await task.outcome(timeout)
  const outcome = inTime ?? (await task.terminate('brutal_kill'))
  if ('failed' in outcome) throw outcome.failed
  task.discardExitMessage()
  if ('ok' in outcome) return outcome
  if (inTime) return failed(outcome.exit)
  if (onTimeout === 'kill_task') return failed(timeoutAtom)
  throw callError(timeoutAtom, ['Task.Supervised', 'stream'], [timeout], { kernel: currentKernel() })
}

function asyncIterator<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
}

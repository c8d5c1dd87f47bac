import { availableParallelism } from 'node:os'
import { currentKernel } from '../process/index.ts'
import { timeout as timeoutAtom } from '../term/index.ts'
import { callFailed } from './request.ts'
import type { TaskHandle, TaskResult } from './task-handle.ts'

export interface StreamOptions {
  /** So many tasks run at the same time; as many as there are processors when left out. */
  readonly maxConcurrency?: number
  /** Whether the results come in the order of the items (true) or as they are done. */
  readonly ordered?: boolean
  /** How long one task may take in milliseconds; 5,000 when left out. */
  readonly timeout?: number
  /** What happens then: the caller fails (`'exit'`), or the result is `{ exit: timeout }`. */
  readonly onTimeout?: 'exit' | 'kill_task'
}

interface Running<R> {
  readonly task: TaskHandle<R>
  readonly result: Promise<{ readonly running: Running<R>; readonly result: TaskResult<R> | undefined }>
}

/** Starts a task for each item, so many at a time, and yields what they come to. */
export async function* stream<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  begin: (item: T) => TaskHandle<R>,
  options: StreamOptions = {},
): AsyncGenerator<TaskResult<R>, void, void> {
  const {
    maxConcurrency = availableParallelism(),
    ordered = true,
    timeout = 5_000,
    onTimeout = 'exit',
  } = options
  if (!(maxConcurrency >= 1))
    throw new RangeError(`maxConcurrency is how many tasks run at a time, 1 or more, got ${maxConcurrency}`)
  const source = asyncIterator(items)
  const running = new Set<Running<R>>()
  let more = true
  try {
    for (;;) {
      while (more && running.size < maxConcurrency) {
        const next = await source.next()
        if (next.done) more = false
        else running.add(watch(begin(next.value), timeout))
      }
      const [oldest] = running
      if (!oldest) return
      const done = await (ordered ? oldest.result : Promise.race([...running].map(({ result }) => result)))
      running.delete(done.running)
      if (!done.result) {
        await done.running.task.shutdown('brutal_kill')
        if (onTimeout === 'exit')
          throw callFailed(timeoutAtom, ['Task.Supervised', 'stream'], [timeout], { kernel: currentKernel() })
      }
      yield done.result ?? { exit: timeoutAtom }
    }
  } finally {
    await Promise.all([...running].map(({ task }) => task.shutdown('brutal_kill')))
    await source.return?.()
  }
}

function watch<R>(task: TaskHandle<R>, timeout: number): Running<R> {
  const running: Running<R> = {
    task,
    result: task.yield(timeout).then((result) => ({ running, result })),
  }
  return running
}

function asyncIterator<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
}

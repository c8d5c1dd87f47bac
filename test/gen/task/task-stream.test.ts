import { describe, expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import { type StreamOptions, Task } from '../../../src/gen/index.ts'
import { asReason, currentProcess, exit, Process, receive, self, sleep } from '../../../src/process/index.ts'
import { atom, type Pid, type Term, tuple } from '../../../src/term/index.ts'
import { inProcess, settled, until } from '../../support/processes.ts'
import { twoKernels } from '../../support/two-kernels.ts'
import { causeOf, failure } from '../office.ts'

const take = async (count: number, results: AsyncIterable<unknown>): Promise<unknown[]> => {
  const found: unknown[] = []
  for await (const result of results) {
    found.push(result)
    if (found.length === count) break
  }
  return found
}
const all = (results: AsyncIterable<unknown>) => take(Number.POSITIVE_INFINITY, results)
const oks = (...values: unknown[]) => values.map((ok) => ({ ok }))
const never = () => receive()
const slowly = async (ms: number) => {
  await sleep(ms)
  return ms
}
const leave = (reason: Term) => exit(asReason(reason))

/** What a process has at its end that streams must not have left there. */
const left = () => {
  const { messages, links, monitors } = Process.info(self())!
  return { messages, links, monitors }
}
const nothing = { messages: [], links: [], monitors: [] }

/** Runs something as a process that has a supervisor of tasks, while time passes. */
async function during<T>(ms: number, fn: (tasks: Pid) => Promise<T>, maxChildren?: number): Promise<T> {
  const clock = new SimulatedClock()
  const { a } = twoKernels({ clock })
  const options = maxChildren === undefined ? {} : { maxChildren }
  const tasks = await inProcess(a, () => Task.Supervisor.start(options))
  const done = inProcess(a, () => fn(tasks))
  await clock.advance(ms)
  const result = await done
  await settled()
  expect(clock.pending).toBe(0)
  expect(a.processes()).toHaveLength(1)
  return result
}

type Stream = <T, R>(
  tasks: Pid,
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T) => R,
  options?: StreamOptions,
) => AsyncGenerator<unknown, void, void>

const streams: [string, Stream][] = [
  ['of this node', (_tasks, items, fn, options) => Task.asyncStream(items, fn, options)],
  [
    'under a supervisor',
    (tasks, items, fn, options) => Task.Supervisor.asyncStream(tasks, items, fn, [], options),
  ],
  [
    'without links',
    (tasks, items, fn, options) => Task.Supervisor.asyncStreamNolink(tasks, items, fn, [], options),
  ],
]

describe.each(streams)('a stream of tasks %s', (_where, stream) => {
  test.each([2, 4, 8])('gives results in order, the slowest first, with %i at a time', (maxConcurrency) =>
    during(10_000, async (tasks) => {
      const options = { maxConcurrency }
      expect(await all(stream(tasks, [40, 30, 20, 10], slowly, options))).toEqual(oks(40, 30, 20, 10))
      Process.flag('trapExit', true)
      const reasons = [1, 2, 3, 4]
      expect(await all(stream(tasks, reasons, leave, options))).toEqual(reasons.map((exit) => ({ exit })))
      expect(left()).toEqual(nothing)
    }),
  )

  test('yields results as they arrive, if ordered is false', () =>
    during(10_000, async (tasks) => {
      const run = (options: StreamOptions) => all(stream(tasks, [40, 30, 20, 10], slowly, options))
      expect(await run({ ordered: false, maxConcurrency: 4 })).toEqual(oks(10, 20, 30, 40))
      expect(await run({ ordered: false, maxConcurrency: 1 })).toEqual(oks(40, 30, 20, 10))
    }))

  test('ends a task at its timeout, and fails its reader unless onTimeout is kill_task', () =>
    during(10_000, async (tasks) => {
      const run = (options: StreamOptions, items = [100, 1, 100, 1]) =>
        all(stream(tasks, items, slowly, { maxConcurrency: 4, timeout: 50, ...options }))
      const late = { exit: atom('timeout') }
      expect(await run({ onTimeout: 'kill_task' })).toEqual([late, { ok: 1 }, late, { ok: 1 }])
      expect(await run({ onTimeout: 'kill_task', ordered: false })).toEqual([...oks(1, 1), late, late])
      expect((await failure(run({}))).reason).toEqual(
        tuple(atom('timeout'), tuple(atom('Elixir.Task.Supervised'), atom('stream'), [50])),
      )
      expect(await run({ timeout: Number.POSITIVE_INFINITY }, [6_000])).toEqual(oks(6_000))
      expect(left()).toEqual(nothing)
    }))

  test('kills a late task at once, even if its result is not read', () =>
    during(10_000, async (tasks) => {
      const ended: unknown[] = []
      const work = async (ms: number) => {
        currentProcess()!.onExit((reason) => ended.push(reason))
        await sleep(ms)
      }
      const options = { maxConcurrency: 2, timeout: 50, onTimeout: 'kill_task' } as const
      const results = stream(tasks, [1, 5_000], work, options)
      await results.next()
      await sleep(60)
      expect(ended).toEqual([atom('normal'), atom('killed')])
      await results.return()
    }))

  test('includes the item of a failure, if zipInputOnExit is set', () =>
    during(10_000, async (tasks) => {
      Process.flag('trapExit', true)
      const options = { zipInputOnExit: true, onTimeout: 'kill_task', timeout: 50 } as const
      const failures = (pairs: [unknown, unknown][]) =>
        pairs.map(([item, reason]) => ({ exit: tuple(item as never, reason as never) }))
      expect(await all(stream(tasks, [1, 100], slowly, options))).toEqual([
        { ok: 1 },
        ...failures([[100, atom('timeout')]]),
      ])
      expect(await take(2, stream(tasks, [1, 2, 3, 4], leave, options))).toEqual(
        failures([
          [1, 1],
          [2, 2],
        ]),
      )
    }))

  test('that is left early ends the running tasks and its source', () =>
    during(100, async (tasks) => {
      let closed = 0
      function* items() {
        try {
          yield* [0, 1, 2, 3]
        } finally {
          closed++
        }
      }
      const work = (item: number) => (item === 0 ? item : never())
      for (const maxConcurrency of [2, 4, 8])
        expect(await take(1, stream(tasks, items(), work, { maxConcurrency }))).toEqual(oks(0))
      expect(closed).toBe(3)
      expect(left()).toEqual(nothing)
      expect(await Task.Supervisor.children(tasks)).toEqual([])
    }))

  test('ends the running tasks when its source fails', () =>
    during(100, async (tasks) => {
      function* items() {
        yield 1
        throw new Error('no more')
      }
      await expect(all(stream(tasks, items(), never, { maxConcurrency: 2 }))).rejects.toThrow('no more')
      expect(left()).toEqual(nothing)
    }))

  test('can be read in turns with another one', () =>
    during(10_000, async (tasks) => {
      const [one, two] = [1, 2].map(() => stream(tasks, [3, 2, 1], slowly, { maxConcurrency: 2 })) as [
        AsyncGenerator,
        AsyncGenerator,
      ]
      for (const ms of [3, 2, 1])
        expect([(await one.next()).value, (await two.next()).value]).toEqual(oks(ms, ms))
      expect(await Promise.all([one.next(), two.next()])).toMatchObject([{ done: true }, { done: true }])
    }))

  test('belongs to the process that reads it, which is in the callers of its tasks', () =>
    during(100, async (tasks) => {
      const callers = () => currentProcess()!.callers
      const results = stream(tasks, [1], async () => [
        self(),
        callers(),
        (await take(1, stream(tasks, [1], callers)))[0],
      ])
      const [reader, [first]] = await Task.async(async () => [self(), await all(results)] as const)
      const callersOfReader = [reader, self()]
      const worker = (first as { ok: [Pid] }).ok[0]
      expect(first).toEqual({ ok: [worker, callersOfReader, { ok: [worker, ...callersOfReader] }] })
    }))

  test.each([
    [{ maxConcurrency: 0 }, 'maxConcurrency is how many tasks run at a time, 1 or more, got 0'],
    [{ timeout: -1 }, 'timeout is how many milliseconds a task may take, 0 or more, got -1'],
    [{ timeout: 'soon' }, 'timeout is how many milliseconds a task may take, 0 or more, got soon'],
    [{ onTimeout: 'explode' }, "onTimeout is 'exit' or 'kill_task', got explode"],
  ])('says at once that %o makes no sense', (options, sentence) =>
    during(1, async (tasks) => {
      expect(() => stream(tasks, [1], slowly, options as never)).toThrow(sentence)
    }),
  )
})

describe('a stream of tasks under a supervisor', () => {
  test('that has reached maxChildren fails at once, and ends the running tasks', () =>
    during(
      100,
      async (tasks) => {
        for (const start of [Task.Supervisor.asyncStream, Task.Supervisor.asyncStreamNolink]) {
          const results = all(start(tasks, [1, 2, 3], never, [], { maxConcurrency: 2 }))
          await expect(results).rejects.toThrow(/reached the maximum number of tasks/)
          expect(await Task.Supervisor.children(tasks)).toEqual([])
        }
        expect(left()).toEqual(nothing)
      },
      1,
    ))

  test('that is not there fails with noproc', () =>
    during(1, async () => {
      const results = all(Task.Supervisor.asyncStreamNolink('Nobody', [1, 2], slowly))
      expect(causeOf(await failure(results))).toBe(atom('noproc'))
    }))

  test('continues without links when a node is lost, with exits in place of results', async () => {
    const { a, b, cut, settle } = twoKernels()
    b.modules.define('Work', { hang: (_item: number) => receive() })
    await inProcess(b, () => Task.Supervisor.start({ name: 'Tasks' }))
    const work = inProcess(a, () => {
      const tasks = { name: 'Tasks', node: b.name }
      return all(Task.Supervisor.asyncStreamNolink(tasks, [1, 2], 'Work', 'hang', [], { maxConcurrency: 2 }))
    })
    await until('the tasks', () => b.processes().length >= 3)
    await settle()
    cut()
    const lost = { exit: atom('noconnection') }
    expect(await work).toEqual([lost, lost])
  })

  test('refuses an invalid shutdown at once', () =>
    during(1, async (tasks) => {
      const options = { shutdown: 'unknown' } as never
      expect(() => Task.Supervisor.asyncStream(tasks, [1], slowly, [], options)).toThrow(
        "shutdown is a number of milliseconds, or 'brutal_kill', got unknown",
      )
    }))
})

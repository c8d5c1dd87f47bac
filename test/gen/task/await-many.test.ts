import { describe, expect, expectTypeOf, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import { Task, type TaskHandle, type TaskResult } from '../../../src/gen/index.ts'
import { Process, receive, self, send, sleep } from '../../../src/process/index.ts'
import { atom, kill, normal, type Term, tuple } from '../../../src/term/index.ts'
import { inProcess } from '../../support/processes.ts'
import { twoKernels } from '../../support/two-kernels.ts'
import { causeOf, failure } from '../office.ts'

const after =
  <T>(ms: number, result: T) =>
  async () => {
    await sleep(ms)
    return result
  }
const never = () => receive()
const reason = (name: string) => () => Process.exit(self(), atom(name))

/** Runs something as a process while time passes, and then nothing waits any more. */
async function during<T>(ms: number, fn: () => Promise<T>): Promise<T> {
  const clock = new SimulatedClock()
  const { a } = twoKernels({ clock })
  const done = inProcess(a, fn)
  await clock.advance(ms)
  const result = await done
  expect(clock.pending).toBe(0)
  return result
}

describe('awaitMany', () => {
  test('returns the results in the order of the tasks', () =>
    during(5_000, async () => {
      const results = await Task.awaitMany([30, 10, 20].map((ms) => Task.async(after(ms, ms))))
      expect(results).toEqual([30, 10, 20])
      const one = Task.async(after(1, 'one'))
      expect(await Task.awaitMany([one, one])).toEqual(['one', 'one'])
      expect(await Task.awaitMany([])).toEqual([])
    }))

  test('leaves other messages in the mailbox', () =>
    during(5_000, async () => {
      const others = ['a message', tuple(atom('DOWN'), 1, atom('process'), self(), normal)]
      for (const other of others) send(self(), other as never)
      expect(await Task.awaitMany([Task.async(after(1, 1))])).toEqual([1])
      expect(Process.info(self())!.messages).toEqual(others)
    }))

  test('has one timeout for all tasks, and drops late results', () =>
    during(5_000, async () => {
      const tasks = [Task.async(after(60, 1)), Task.async(after(200, 2)), Task.async(after(120, 3))]
      const error = await failure(Task.awaitMany(tasks, 100))
      const args = [tasks.map((task) => task.toTerm()), 100]
      expect(error.reason).toEqual(
        tuple(atom('timeout'), tuple(atom('Elixir.Task'), atom('await_many'), args)),
      )
      expect(Process.info(self())!.monitors).toEqual([])
      await sleep(200)
      expect(Process.info(self())!.messages).toEqual([])
    }))

  test('fails at once with the first task that fails, whatever its reason', () =>
    during(50, async () => {
      Process.flag('trapExit', true)
      const boom = () => {
        throw new Error('oops')
      }
      for (const [work, cause] of [
        [reason('unknown'), atom('unknown')],
        [() => Process.exit(self(), normal), normal],
        [boom, { elements: [{ message: 'oops' }, expect.anything()] }],
      ] as const) {
        const [waits, fails] = [Task.async(never), Task.async(work)]
        const found: Term = causeOf(await failure(Task.awaitMany<unknown>([waits, fails])))
        if (typeof cause === 'object' && 'elements' in cause && work === boom)
          expect(found).toMatchObject(cause)
        else expect(found).toBe(cause)
        Process.exit(waits.pid!, kill)
      }
      expect(Process.info(self())!.monitors).toEqual([])
    }))
})

describe('yieldMany', () => {
  test('returns each task with its result so far', () =>
    during(5_000, async () => {
      const tasks = [Task.async(after(10, 'a')), Task.async(after(60, 'b')), Task.async(after(20, 'c'))]
      const results = await Task.yieldMany(tasks, 30)
      expectTypeOf(results).toEqualTypeOf<(readonly [TaskHandle<string>, TaskResult<string> | undefined])[]>()
      expect(results).toEqual([
        [tasks[0], { ok: 'a' }],
        [tasks[1], undefined],
        [tasks[2], { ok: 'c' }],
      ])
      // They may be asked again.
      const all = await Task.yieldMany(tasks, { timeout: Number.POSITIVE_INFINITY })
      expect(all.map(([, result]) => result)).toEqual([{ ok: 'a' }, { ok: 'b' }, { ok: 'c' }])
    }))

  test('kills or ignores late tasks, as onTimeout says', () =>
    during(5_000, async () => {
      const [left, killed, ignored] = [Task.async(never), Task.async(never), Task.async(never)]
      expect(await Task.yieldMany([left], 1)).toEqual([[left, undefined]])
      expect(Process.info(self())!.links).toContain(left.pid)
      expect(await Task.yieldMany([killed], { timeout: 1, onTimeout: 'kill_task' })).toEqual([
        [killed, undefined],
      ])
      expect(Process.alive(killed.pid!)).toBe(false)
      expect(await Task.yieldMany([ignored], { timeout: 1, onTimeout: 'ignore' })).toEqual([
        [ignored, undefined],
      ])
      expect(Process.alive(ignored.pid!)).toBe(true)
      expect(Process.info(self())!.links).toEqual([left.pid])
      Process.exit(ignored.pid!, kill)
      expect(await Task.yield(ignored, 1)).toBeUndefined()
    }))

  test('waits for limit results, and then does not kill the other tasks', () =>
    during(5_000, async () => {
      const [slow, fast, middle] = [
        Task.async(never),
        Task.async(after(10, 'fast')),
        Task.async(after(20, 'middle')),
      ]
      const some = { limit: 1, timeout: Number.POSITIVE_INFINITY, onTimeout: 'kill_task' } as const
      expect(await Task.yieldMany<unknown>([slow, fast, middle], some)).toEqual([
        [slow, undefined],
        [fast, { ok: 'fast' }],
        [middle, undefined],
      ])
      expect(Process.alive(slow.pid!)).toBe(true)
      expect(await Task.yieldMany([middle], { ...some, limit: 2 })).toEqual([[middle, { ok: 'middle' }]])
      expect(await Task.yieldMany([slow], { ...some, timeout: 1 })).toEqual([[slow, undefined]])
      expect(Process.alive(slow.pid!)).toBe(false)
    }))

  test('does not wait for an owner that has ended', async () => {
    const clock = new SimulatedClock()
    const { a } = twoKernels({ clock })
    let went = 'nowhere'
    const owner = a.spawn(async () => {
      await Task.yieldMany([Task.async(never)], 1_000)
      went = 'on'
    })
    await clock.advance(100)
    owner.exit(kill)
    await clock.advance(2_000)
    expect([went, clock.pending, a.processes()]).toEqual(['nowhere', 0, []])
  })
})

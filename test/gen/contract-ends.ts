import { expect, test } from 'vitest'
import { sys, Task } from '../../src/gen/index.ts'
import { Process, receive, self, spawnMonitor } from '../../src/process/index.ts'
import { _, atom, kill, normal, on, type Term, tuple } from '../../src/term/index.ts'
import { eventually } from '../support/eventually.ts'
import { settled } from '../support/processes.ts'
import { type AsProcess, causeOf, failure } from './office.ts'
import * as Work from './work.ts'

const ready = () => receive(on(atom('ready'), () => {}))
const all = async (results: AsyncIterable<unknown>): Promise<unknown[]> => {
  const found: unknown[] = []
  for await (const result of results) found.push(result)
  return found
}

/** How tasks end, and what their owners hear of it, wherever and whoever the other side is. */
export function endsAsPromised(asProcess: AsProcess): void {
  test('a shutdown returns the result of the task, and undefined when the shutdown ended it', () =>
    asProcess(async (_counter, tasks) => {
      const ended = async (reason: Term, how?: 'brutal_kill') => {
        const task = Task.Supervisor.asyncNolink(tasks, Work.leave, [reason])
        await Task.yield(task)
        return Task.shutdown(task, how)
      }
      for (const reason of [normal, atom('abnormal')])
        for (const how of [undefined, 'brutal_kill'] as const)
          expect(await ended(reason, how)).toEqual({ exit: reason })
      expect(await ended(atom('shutdown'))).toBeUndefined()
      expect(await ended(atom('shutdown'), 'brutal_kill')).toEqual({ exit: atom('shutdown') })
      expect(await ended(atom('killed'))).toEqual({ exit: atom('killed') })
      expect(await ended(atom('killed'), 'brutal_kill')).toBeUndefined()

      const running = async (work: typeof Work.deaf, how: number | 'brutal_kill') => {
        const task = Task.Supervisor.async(tasks, work, [self()])
        await ready()
        return Task.shutdown(task, how)
      }
      expect(await running(Work.stubborn, 5_000)).toEqual({ exit: tuple(atom('asked'), atom('shutdown')) })
      expect(await running(Work.deaf, 1)).toEqual({ exit: atom('killed') })
      expect(await running(Work.deaf, 'brutal_kill')).toBeUndefined()

      // Told before it is known where it runs.
      for (const how of [5_000, 'brutal_kill'] as const) {
        await sys.suspend(tasks)
        const unborn = Task.Supervisor.async(tasks, Work.slowly, [60_000, 'x'])
        const end = Task.shutdown(unborn, how)
        expect(unborn.pid).toBeUndefined()
        await sys.resume(tasks)
        expect(await end).toBeUndefined()
      }
    }))

  test('a task whose await timed out can be shut down', () =>
    asProcess(async (_counter, tasks) => {
      const running = Task.Supervisor.async(tasks, Work.slowly, [60_000, 'x'])
      const over = Task.Supervisor.asyncNolink(tasks, Work.slowly, [60_000, 'x'])
      for (const task of [running, over])
        expect(causeOf(await failure(Task.await(task, 2)))).toBe(atom('timeout'))
      await eventually('the pids', () => running.pid && over.pid)
      expect(await Task.shutdown(running)).toBeUndefined()
      Process.exit(over.pid!, kill)
      await eventually('the end', async () => (await Task.Supervisor.children(tasks)).length === 0)
      expect(await Task.shutdown(over)).toEqual({ exit: atom('noproc') })
      const { links, monitors, messages } = Process.info(self())!
      expect([links, monitors.filter((of) => of === over.pid), messages]).toEqual([[], [], []])
    }))

  test('a task that is ignored runs on without a link, and its result is dropped', () =>
    asProcess(async (_counter, tasks) => {
      const [late, fails, unborn] = [
        Task.Supervisor.async(tasks, Work.slowly, [60_000, 'x']),
        Task.Supervisor.async(tasks, Work.deaf, [self()]),
        Task.Supervisor.async(tasks, Work.slowly, [60_000, 'x']),
      ]
      expect(Task.ignore(unborn)).toBeUndefined()
      await ready()
      await eventually('the pids', () => late.pid && unborn.pid)
      expect([Task.ignore(late), Task.ignore(fails)]).toEqual([undefined, undefined])
      expect(Process.info(self())!.links).toEqual([])
      for (const task of [late, fails, unborn]) Process.exit(task.pid!, kill)
      await eventually('the ends', async () => (await Task.Supervisor.children(tasks)).length === 0)
      for (const task of [late, fails]) expect(await Task.yield(task, 0)).toBeUndefined()
      const done = Task.Supervisor.async(tasks, Work.double, [4])
      await done
      expect(Task.ignore(done)).toEqual({ ok: 8 })
      expect(Process.info(self())!.messages).toEqual([])
    }))

  test('awaitMany fails with the first task that fails, and drops the other results', () =>
    asProcess(async (_counter, tasks) => {
      const start = (fails: boolean) => [
        Task.Supervisor.asyncNolink(tasks, Work.slowly, [60_000, 'x']),
        ...(fails ? [Task.Supervisor.asyncNolink(tasks, Work.leave, [atom('because')])] : []),
      ]
      const failed = await failure(Task.awaitMany<unknown>(start(true)))
      expect(failed.message).toMatch(/^exited in: Task\.await_many\(\[%Task\{.*\}, %Task\{.*\}\], 5000\)\n/)
      expect(causeOf(failed)).toBe(atom('because'))
      expect(causeOf(await failure(Task.awaitMany(start(false), 2)))).toBe(atom('timeout'))
      for (const pid of await Task.Supervisor.children(tasks)) Process.exit(pid, kill)
      await eventually('the ends', async () => (await Task.Supervisor.children(tasks)).length === 0)
      expect(Process.info(self())!.messages).toEqual([])
    }))

  test('yieldMany returns the result of each task', () =>
    asProcess(async (_counter, tasks) => {
      const slow = Task.Supervisor.async(tasks, Work.slowly, [60_000, 'x'])
      const [done, left] = [
        Task.Supervisor.async(tasks, Work.double, [1]),
        Task.Supervisor.asyncNolink(tasks, Work.leave, [normal]),
      ]
      await Task.yieldMany<unknown>([done, left])
      expect(await Task.yieldMany<unknown>([slow, done, left], 2)).toEqual([
        [slow, undefined],
        [done, { ok: 2 }],
        [left, { exit: normal }],
      ])
      expect(await Task.yieldMany([slow], { timeout: 2, onTimeout: 'kill_task' })).toEqual([
        [slow, undefined],
      ])
      expect(await Task.Supervisor.children(tasks)).toEqual([])
    }))

  test('a stream yields the results of its tasks in order, and leaves no message behind', () =>
    asProcess(async (_counter, tasks) => {
      Process.flag('trapExit', true)
      const reasons = ['a', 'b', 'c', 'd', 'e'].map((name) => atom(name))
      for (const maxConcurrency of [2, 5, 8]) {
        const { asyncStream, asyncStreamNolink } = Task.Supervisor
        const failed = reasons.map((exit) => ({ exit }))
        const options = { maxConcurrency }
        expect(await all(asyncStream(tasks, reasons, 'Work', 'leave', [], options))).toEqual(failed)
        expect(await all(asyncStreamNolink(tasks, reasons, 'Work', 'leave', [], options))).toEqual(failed)
        expect(await all(asyncStream(tasks, [3, 2, 1], Work.double, [], options))).toEqual(
          [6, 4, 2].map((ok) => ({ ok })),
        )
      }
      await settled()
      expect(Process.info(self())).toMatchObject({ messages: [], links: [] })
    }))

  test('a task of a stream that fails ends the process that is linked to it', () =>
    asProcess(async (_counter, tasks) => {
      const { ref } = spawnMonitor(() =>
        all(Task.Supervisor.asyncStream(tasks, [atom('because')], 'Work', 'leave')),
      )
      const reason = await receive(on([atom('DOWN'), ref, _, _, _], ([, , , , why]) => why as Term))
      expect(reason).toBe(atom('because'))
    }))

  test('a task that cannot be started ends its owner, unless the owner awaits it', () =>
    asProcess(async (_counter, { node }) => {
      const nobody = { name: 'Nobody', node }
      for (const start of [Task.Supervisor.async, Task.Supervisor.asyncNolink]) {
        const { ref } = spawnMonitor(async () => {
          void start(nobody, Work.double, [1])
          await receive()
        })
        const reason = await receive(on([atom('DOWN'), ref, _, _, _], ([, , , , why]) => why as Term))
        expect(reason).toMatchObject({ elements: [atom('noproc'), expect.anything()] })
        for (const wait of [Task.await, Task.yield, Task.shutdown])
          expect(causeOf(await failure(wait(start(nobody, Work.double, [1]))))).toBe(atom('noproc'))
      }
    }))
}

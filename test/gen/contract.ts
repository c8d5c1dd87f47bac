import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { GenServer, Supervisor, Task } from '../../src/gen/index.ts'
import { Process, receive, self, send, spawnMonitor } from '../../src/process/index.ts'
import { _, atom, formatExit, normal, on, Pid, type Term, tuple } from '../../src/term/index.ts'
import { eventually } from '../support/eventually.ts'
import { inProcess, settled } from '../support/processes.ts'
import { endsAsPromised } from './contract-ends.ts'
import { agentsKeepTheirPromises, registriesKeepTheirPromises } from './contract-keeping.ts'
import { serversGoOn } from './contract-life.ts'
import { supervisorsKeepTheirPromises } from './contract-supervision.ts'
import { Counter } from './counter.ts'
import {
  type AsProcess,
  type AtOffice,
  causeOf,
  counterOf,
  failure,
  heldBy,
  type Office,
  tasksOf,
} from './office.ts'
import * as Work from './work.ts'

/** What each behaviour promises, wherever and whoever the other side is. */
export function keepsItsPromises(found: () => Promise<Office>): void {
  let office: Office
  beforeAll(async () => {
    office = await found()
    office.here.modules.define('Work', Work)
  }, 60_000)
  beforeEach(async () => {
    await office.open()
    // Who comes after the answer to this has heard of the end of those before.
    await inProcess(office.here, () =>
      failure(GenServer.call({ name: 'Nobody', node: office.node }, atom('x'))),
    )
  }, 30_000)
  afterAll(() => office?.[Symbol.asyncDispose]())
  const asProcess: AsProcess = (fn) =>
    inProcess(office.here, () => fn(counterOf(office.node), tasksOf(office.node)))
  const atOffice: AtOffice = (fn) => inProcess(office.here, () => fn((name) => ({ name, node: office.node })))
  serversGoOn(atOffice)
  supervisorsKeepTheirPromises(atOffice)
  agentsKeepTheirPromises(atOffice)
  registriesKeepTheirPromises(atOffice)

  test('a server answers calls in the order in which they come, by name and by pid', () =>
    asProcess(async (counter) => {
      const answers = [2, 3, 4].map((by) => GenServer.call(counter, Counter.add(by)))
      expect(await Promise.all(answers)).toEqual([2, 5, 9])
      const pid = await GenServer.call(counter, Counter.pid())
      expect(pid).toBeInstanceOf(Pid)
      expect(pid.node).toBe(atom(office.node))
      expect(await GenServer.call(pid, Counter.get())).toBe(9)
    }))

  test('a server handles casts and other messages before later calls', () =>
    asProcess(async (counter) => {
      GenServer.cast(counter, Counter.addLater(5))
      expect(await GenServer.call(counter, Counter.get())).toBe(5)
      send(counter, tuple(atom('set'), 99))
      expect(await GenServer.call(counter, Counter.get())).toBe(99)
      GenServer.cast(counter, Counter.clear())
      expect(await GenServer.call(counter, Counter.get())).toBe(0)
    }))

  test('a call that takes too long fails, and its late answer is dropped', () =>
    asProcess(async (counter) => {
      const error = await failure(GenServer.call(counter, Counter.slowly(50), { timeout: 10 }))
      expect(causeOf(error)).toBe(atom('timeout'))
      expect(error.message).toMatch(
        /^exited in: GenServer\.call\(.*Counter.*, \{:slowly, 50\}, 10\)\n {4}\*\* \(EXIT\) time out$/,
      )
      expect(await GenServer.call(counter, Counter.get())).toBe(0)
      expect(Process.info(self())!.messages).toEqual([])
    }))

  test('a call to a server that does not exist fails with noproc at once', () =>
    asProcess(async (counter) => {
      const pid = await GenServer.call(counter, Counter.pid())
      await GenServer.stop(counter)
      for (const dest of [{ name: 'Nobody', node: office.node }, counter, pid]) {
        const error = await failure(GenServer.call(dest, atom('x'), { timeout: Number.POSITIVE_INFINITY }))
        expect(causeOf(error)).toBe(atom('noproc'))
        expect(error.message).toContain('** (EXIT) no process: the process is not alive or')
      }
    }))

  test('a server that crashes fails its calls with its error', () =>
    asProcess(async (counter) => {
      const error = await failure(GenServer.call(counter, Counter.crash()))
      expect(error.message).toMatch(
        /^exited in: GenServer\.call\(.*Counter.*, :crash, 5000\)\n {4}\*\* \(EXIT\) an exception was raised:\n {8}\*\* \(RuntimeError\) oops\n/,
      )
    }))

  test('a server may answer and stop, or stop without an answer', () =>
    asProcess(async (counter) => {
      expect(await GenServer.call(counter, Counter.quit(normal))).toBe('bye')
      await office.open()
      const error = await failure(GenServer.call(counter, Counter.leave(atom('shutdown'))))
      expect(causeOf(error)).toBe(atom('shutdown'))
    }))

  test('a server can answer a waiting call later', () =>
    asProcess(async (counter) => {
      const waiting = [GenServer.call(counter, Counter.wait()), GenServer.call(counter, Counter.wait())]
      await GenServer.call(counter, Counter.get())
      expect(await GenServer.call(counter, Counter.open('go'))).toBe(2)
      expect(await Promise.all(waiting)).toEqual(['go', 'go'])
    }))

  test('a server that is killed fails all calls that it has not answered', () =>
    asProcess(async (counter) => {
      const pid = await GenServer.call(counter, Counter.pid())
      const calls = Array.from({ length: 50 }, () => failure(GenServer.call(counter, Counter.wait())))
      await GenServer.call(counter, Counter.get())
      Process.exit(pid, 'kill')
      expect(new Set((await Promise.all(calls)).map(causeOf))).toEqual(new Set([atom('killed')]))
    }))

  test('a task returns its result from a process of the other side', () =>
    asProcess(async (_counter, tasks) => {
      const task = Task.Supervisor.async(tasks, Work.double, [21])
      expect(await task).toBe(42)
      expect(task.pid!.node).toBe(atom(office.node))
      expect(await Task.Supervisor.async(tasks, Work.place)).toBe(atom(office.node))
      expect(await Task.Supervisor.async(tasks, 'Work', 'double', [4])).toBe(8)
      expect(await Task.Supervisor.asyncNolink(tasks, Work.slowly, [1, 'done'])).toBe('done')
      const many = Array.from({ length: 100 }, (_, n) => Task.Supervisor.async(tasks, Work.double, [n]))
      expect(await Task.awaitMany(many)).toEqual(many.map((_, n) => n * 2))
    }))

  test('a task has all its callers in $callers', () =>
    asProcess(async (_counter, tasks) => {
      expect(await Task.Supervisor.async(tasks, Work.callers)).toEqual([self()])
      const [between, callers] = await Task.async(async () => [
        self(),
        await Task.Supervisor.async(tasks, Work.callers),
      ])
      expect(callers).toEqual([between, self()])
    }))

  test('a task that fails ends its owner', () =>
    asProcess(async (_counter, tasks) => {
      const { ref } = spawnMonitor(async () => {
        await Task.Supervisor.async(tasks, Work.leave, [atom('because')])
      })
      const reason = await receive(on([atom('DOWN'), ref, _, _, _], ([, , , , why]) => why as Term))
      expect(reason).toBe(atom('because'))
    }))

  test('a task that fails makes the await of an owner fail that traps exits, and sends it a message', () =>
    asProcess(async (_counter, tasks) => {
      Process.flag('trapExit', true)
      const task = Task.Supervisor.async(tasks, Work.boom, [2])
      const error = await failure(task)
      expect(formatExit(error.reason, { self: office.here.name })).toMatch(
        /^exited in: Task\.await\(%Task\{mfa: \{Work, :boom, 1\}, owner: #PID<0\.\d+\.0>, pid: #PID<.*>, ref: #Reference<.*>\}, 5000\)\n {4}\*\* \(EXIT\) an exception was raised:\n {8}\*\* \(RuntimeError\) boom 2\n/,
      )
      const exit = await receive(on([atom('EXIT'), _, _], ([, pid]) => pid))
      expect(exit).toBe(task.pid)
    }))

  test('a task without a link fails alone; one whose function does not exist fails with undef', () =>
    asProcess(async (_counter, tasks) => {
      expect(causeOf(await failure(Task.Supervisor.asyncNolink(tasks, Work.leave, [atom('because')])))).toBe(
        atom('because'),
      )
      const error = await failure(Task.Supervisor.asyncNolink(tasks, 'Work', 'nonsense', [1]))
      expect(error.message).toMatch(/function Work\.nonsense\/1 is undefined/)
    }))

  test('a task that takes too long fails the await with timeout, and its result is dropped', () =>
    asProcess(async (_counter, tasks) => {
      const task = Task.Supervisor.async(tasks, Work.slowly, [40, 'late'])
      const error = await failure(Task.await(task, 2))
      expect(causeOf(error)).toBe(atom('timeout'))
      await eventually('the task to end', async () => (await Task.Supervisor.children(tasks)).length === 0)
      expect(Process.info(self())!.messages).toEqual([])
    }))

  test('a task can be asked for its result until it has ended', () =>
    asProcess(async (_counter, tasks) => {
      const task = Task.Supervisor.async(tasks, Work.slowly, [30, 'there'])
      expect(await Task.yield(task, 0)).toBeUndefined()
      expect(await Task.yield(task, 5_000)).toEqual({ ok: 'there' })
    }))

  test('a task is shut down, with a timeout or brutally; one that has ended keeps its result', () =>
    asProcess(async (_counter, tasks) => {
      const start = () => Task.Supervisor.async(tasks, Work.slowly, [60_000, 'never'])
      const [polite, brutal, atOnce] = [start(), start(), start()]
      await eventually('the pids', () => polite.pid && brutal.pid)
      expect(await Task.shutdown(polite)).toBeUndefined()
      expect(await Task.shutdown(brutal, 'brutal_kill')).toBeUndefined()
      expect(await Task.shutdown(atOnce)).toBeUndefined()
      const done = Task.Supervisor.async(tasks, Work.double, [4])
      await done
      expect(await Task.shutdown(done)).toEqual({ ok: 8 })
      await eventually('the tasks to end', async () => (await Task.Supervisor.children(tasks)).length === 0)
    }))

  test('a task ends as its shutdown option says, when its supervisor ends it', () =>
    asProcess(async (_counter, tasks) => {
      const ends = async (
        shutdown: number | 'brutal_kill',
        work: typeof Work.stubborn = Work.stubborn,
      ): Promise<Term> => {
        const task = Task.Supervisor.asyncNolink(tasks, work, [self()], { shutdown })
        await receive(on(atom('ready'), () => {}))
        expect(await Task.Supervisor.terminateChild(tasks, task.pid!)).toBe(true)
        return causeOf(await failure(task))
      }
      expect(await ends(5_000)).toEqual(tuple(atom('asked'), atom('shutdown')))
      expect(await ends('brutal_kill')).toBe(atom('killed'))
      expect(await ends(1, Work.deaf)).toBe(atom('killed'))
    }))

  test('a task without an await is started, listed, counted and ended', () =>
    asProcess(async (_counter, tasks) => {
      const pid = await Task.Supervisor.startChild(tasks, Work.slowly, [60_000, 'x'], {
        shutdown: 'brutal_kill',
      })
      expect(await Task.Supervisor.children(tasks)).toEqual([pid])
      expect(await Supervisor.countChildren(tasks)).toEqual({
        specs: 1,
        active: 1,
        supervisors: 0,
        workers: 1,
      })
      expect(await Supervisor.whichChildren(tasks)).toEqual([{ id: atom('undefined'), pid, type: 'worker' }])
      expect(await Task.Supervisor.terminateChild(tasks, pid)).toBe(true)
      expect(await Task.Supervisor.terminateChild(tasks, pid)).toBe(false)
      expect(await Task.Supervisor.children(tasks)).toEqual([])
      const named = await Task.Supervisor.startChild(tasks, 'Work', 'stubborn', [self()])
      await receive(on(atom('ready'), () => {}))
      expect(await Task.Supervisor.children(tasks)).toEqual([named])
    }))

  test('a task without an await is started again if its restart value says so', () =>
    asProcess(async (_counter, tasks) => {
      const first = await Task.Supervisor.startChild(tasks, Work.stubborn, [self()], { restart: 'permanent' })
      await receive(on(atom('ready'), () => {}))
      Process.exit(first, 'kill')
      await receive(on(atom('ready'), () => {}))
      const [second] = await Task.Supervisor.children(tasks)
      expect(second).toBeInstanceOf(Pid)
      expect(second).not.toBe(first)
      await Task.Supervisor.terminateChild(tasks, second!)
    }))

  test('asyncStream yields results in order, with a limit on tasks at the same time', () =>
    asProcess(async (_counter, tasks) => {
      const all = async (results: AsyncIterable<unknown>): Promise<unknown[]> => {
        const found: unknown[] = []
        for await (const result of results) found.push(result)
        return found
      }
      const doubled = [{ ok: 6 }, { ok: 4 }, { ok: 2 }]
      expect(await all(Task.Supervisor.asyncStream(tasks, [3, 2, 1], Work.double))).toEqual(doubled)
      expect(await all(Task.Supervisor.asyncStream(tasks, [3, 2, 1], 'Work', 'double'))).toEqual(doubled)
      const one = { maxConcurrency: 1 }
      expect(await all(Task.Supervisor.asyncStream(tasks, [1, 2], Work.slowly, ['x'], one))).toEqual([
        { ok: 'x' },
        { ok: 'x' },
      ])
      const failed = await all(Task.Supervisor.asyncStreamNolink(tasks, [atom('a')], 'Work', 'leave', []))
      expect(failed).toEqual([{ exit: atom('a') }])
      const late = { timeout: 2, onTimeout: 'kill_task', shutdown: 'brutal_kill' } as const
      expect(await all(Task.Supervisor.asyncStream(tasks, [60_000], Work.slowly, ['x'], late))).toEqual([
        { exit: atom('timeout') },
      ])
      expect(await Task.Supervisor.children(tasks)).toEqual([])
    }))

  endsAsPromised(asProcess)

  test('calls and tasks leave nothing behind on either side', async () => {
    const once = (): Promise<void> =>
      asProcess(async (counter, tasks) => {
        Process.flag('trapExit', true)
        await GenServer.call(counter, Counter.add(1))
        await failure(GenServer.call({ name: 'Nobody', node: office.node }, atom('x')))
        await Promise.all(
          Array.from({ length: 50 }, (_, n) => Task.Supervisor.async(tasks, Work.double, [n])),
        )
        await failure(Task.Supervisor.async(tasks, Work.leave, [atom('shutdown')]))
        const slow = Task.Supervisor.async(tasks, Work.slowly, [60_000, 'x'])
        await Task.yield(slow, 1)
        await Task.shutdown(slow, 'brutal_kill')
        expect(await Task.Supervisor.children(tasks)).toEqual([])
      })
    await once()
    await settled()
    const [ours, theirs] = [heldBy(office.here), await office.processes()]
    await once()
    await once()
    await eventually('the other side to be as before', async () => (await office.processes()) <= theirs)
    await sleepless(() => expect(heldBy(office.here)).toEqual(ours))
  })
}

/** What is to hold soon: a process that has ended is forgotten a moment later. */
async function sleepless(check: () => void): Promise<void> {
  await eventually(
    'it to hold',
    () => {
      try {
        check()
        return true
      } catch {
        return false
      }
    },
    { timeout: 2_000 },
  ).catch(check)
}

import { describe, expect, expectTypeOf, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import { Task, type TaskHandle } from '../../../src/gen/index.ts'
import {
  type Kernel,
  Process,
  receive,
  self,
  setDefaultKernel,
  sleep,
  snakeCase,
  spawnMonitor,
} from '../../../src/process/index.ts'
import { _, atom, normal, on, type Term, tuple } from '../../../src/term/index.ts'
import { inProcess, settled } from '../../support/processes.ts'
import { runProgram } from '../../support/program.ts'
import { twoKernels } from '../../support/two-kernels.ts'
import { causeOf, failure } from '../office.ts'
import { places } from '../places.ts'
import * as Work from '../work.ts'

const words = {
  await: (task: TaskHandle<unknown>) => Task.await(task),
  yield: (task: TaskHandle<unknown>) => Task.yield(task),
  shutdown: (task: TaskHandle<unknown>) => Task.shutdown(task),
  ignore: async (task: TaskHandle<unknown>) => Task.ignore(task),
  awaitMany: (task: TaskHandle<unknown>) => Task.awaitMany([task]),
  yieldMany: (task: TaskHandle<unknown>) => Task.yieldMany([task]),
}

async function tasksOn(there: Kernel, here: Kernel, options: { maxChildren?: number } = {}) {
  for (const kernel of new Set([here, there])) kernel.modules.define('Work', Work)
  await inProcess(there, () => Task.Supervisor.start({ name: 'Tasks', ...options }))
  return { name: 'Tasks', node: there.name }
}

/** Why a process ends. */
async function endOf(fn: () => unknown): Promise<Term> {
  const { ref } = spawnMonitor(fn)
  return receive(on([atom('DOWN'), ref, _, _, _], ([, , , , why]) => why as Term))
}

describe('a task', () => {
  test('is linked to its owner, and has the name of an exported function', async () => {
    const { a } = twoKernels()
    a.modules.define('Work', Work)
    await inProcess(a, async () => {
      const [named, unnamed] = [Task.async(Work.deaf, self()), Task.async(() => receive())]
      expect(named).toMatchObject({ owner: self(), mfa: tuple(atom('Elixir.Work'), atom('deaf'), 1) })
      expect(unnamed.mfa).toBeNull()
      expect(Process.info(self())!.links).toEqual([named.pid, unnamed.pid])
      await receive(on(atom('ready'), () => {}))
      const labels = [named, unnamed].map(({ pid }) => Process.info(pid!)!.label)
      expect(labels).toEqual(['&deaf/1', 'an arrow function'])
    })
  })

  test('that ends without a result fails the await with its exit reason', async () => {
    const { a } = twoKernels()
    await inProcess(a, async () => {
      const left = Task.async(Work.leave, normal)
      expect((await failure(left)).reason).toEqual(
        tuple(normal, tuple(atom('Elixir.Task'), atom('await'), [left.toTerm(), 5_000])),
      )
      Process.flag('trapExit', true)
      const thrown = Task.async(() => {
        throw atom('unknown')
      })
      const cause = causeOf(await failure(Task.await(thrown, Number.POSITIVE_INFINITY)))
      expect(cause).toMatchObject({ elements: [tuple(atom('nocatch'), atom('unknown')), expect.anything()] })
    })
  })

  test('is no longer monitored after its await timed out', async () => {
    const clock = new SimulatedClock()
    const { a } = twoKernels({ clock })
    const over = inProcess(a, async () => {
      const task = Task.async(() => sleep(2_000))
      await failure(Task.await(task, 1_000))
      expect(Process.info(self())!.monitors).toEqual([])
      await sleep(2_000)
      expect(Process.info(self())!.messages).toEqual([])
    })
    await clock.advance(3_000)
    await over
    expect(clock.pending).toBe(0)
  })

  test('of code outside of processes can be shut down after its await timed out', async () => {
    const { a } = twoKernels()
    setDefaultKernel(a)
    try {
      const task = Task.async(() => sleep(60_000))
      await failure(Task.await(task, 1))
      expect(await Task.shutdown(task)).toBeUndefined()
      await settled()
      expect(a.processes()).toEqual([])
    } finally {
      setDefaultKernel(undefined)
    }
  })

  test.each(Object.entries(words))('is asked by nobody but its owner: %s', async (_word, ask) => {
    const { a } = twoKernels()
    const { task } = await inProcess(a, () => ({ task: Task.async(Work.double, 1) }))
    await inProcess(a, () =>
      expect(ask(task)).rejects.toThrow(/must be queried from the owner but was queried from #PID/),
    )
    await expect(ask(task)).rejects.toThrow(/was queried from code that runs in no process/)
  })

  test.each(Object.entries(words))('whose node is lost is an exit with nodedown: %s', async (word, ask) => {
    const { a, b, cut } = twoKernels()
    const tasks = await tasksOn(b, a)
    await inProcess(a, async () => {
      const task = Task.Supervisor.asyncNolink(tasks, Work.deaf, [self()])
      await receive(on(atom('ready'), () => {}))
      cut()
      const { reason } = await failure(ask(task))
      const where = [atom('Elixir.Task'), atom(snakeCase(word)), expect.anything()] as const
      expect(reason).toEqual(tuple(tuple(atom('nodedown'), b.name), tuple(...(where as never))))
    })
  })

  test('can be completed from the start, for a known result', async () => {
    const { a } = twoKernels()
    await inProcess(a, async () => {
      const done = Task.completed(42)
      expectTypeOf(done).toEqualTypeOf<TaskHandle<number>>()
      expect(done.pid).toBeUndefined()
      expect(await done).toBe(42)
      expect(await Task.awaitMany([Task.async(Work.double, 1), done])).toEqual([2, 42])
      expect(await Task.yield(done)).toEqual({ ok: 42 })
      expect(Task.ignore(done)).toEqual({ ok: 42 })
      expect(await Task.shutdown(done)).toEqual({ ok: 42 })
    })
    setDefaultKernel(a)
    try {
      expect(await Task.completed('here')).toBe('here')
      expect(a.processes()).toEqual([])
    } finally {
      setDefaultKernel(undefined)
    }
  })
})

describe('a task that cannot be started', () => {
  test.each(places)(
    'because of maxChildren ends an owner that does not await it, $where',
    async ({ meet }) => {
      const { here, there } = meet()
      const tasks = await tasksOn(there, here, { maxChildren: 1 })
      await inProcess(here, async () => {
        await Task.Supervisor.startChild(tasks, Work.deaf, [self()])
        for (const start of [Task.Supervisor.async, Task.Supervisor.asyncNolink]) {
          const reason = await endOf(async () => {
            void start(tasks, Work.double, [1])
            await receive()
          })
          expect(here.inspect(reason)).toMatch(/RuntimeError.*reached the maximum number of tasks/s)
          await expect(Task.yield(start(tasks, Work.double, [1]))).rejects.toThrow(/maximum number of tasks/)
        }
      })
    },
  )

  test('has no effect on an owner that ignores it', async () => {
    const { a, b, settle } = twoKernels()
    await inProcess(a, async () => {
      Task.ignore(Task.Supervisor.async({ name: 'Nobody', node: b.name }, 'Work', 'double', [1]))
      await settle()
      expect(Process.alive(self())).toBe(true)
    })
  })

  test('ends a program whose code outside of processes does not await it', async () => {
    const { code, stdout, stderr } = await runProgram(`
      import { Task } from 'moebi/gen'
      const start = () => Task.Supervisor.async('Nobody', (n) => n, [1])
      await start().then(undefined, () => console.log('heard'))
      void start()
      setTimeout(() => console.log('still here'), 1_000)
    `)
    expect(stdout).toBe('heard\n')
    expect(stderr).toContain('exited in: GenServer.call(Nobody, ')
    expect(code).toBe(1)
  })
})

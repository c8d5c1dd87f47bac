import { expect } from 'vitest'
import { Task } from '../../../src/gen/index.ts'
import { erpc } from '../../../src/node/index.ts'
import { type Kernel, Process } from '../../../src/process/index.ts'
import { atom, equals, type Term, tuple } from '../../../src/term/index.ts'
import { eventually } from '../../support/eventually.ts'
import { inProcess, settled } from '../../support/processes.ts'
import { causeOf, failure, heldBy, tasksOf } from '../office.ts'
import * as Work from '../work.ts'

/** A node in a process of its own, with the module `Work`, a supervisor `Tasks`, and `Office.occupy/2`. */
export interface Victim {
  readonly node: string
  /** Ends its operating system process at once. */
  kill(): void
}

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

/** Whether the node holds no more than before, soon. */
async function isAsBefore(kernel: Kernel, before: ReturnType<typeof counted>): Promise<void> {
  const wrong = (): string[] => {
    const now = counted(kernel)
    return (Object.keys(now) as (keyof typeof now)[])
      .filter((what) => now[what] > before[what])
      .map((what) => `${what}: ${now[what]}, before ${before[what]}`)
  }
  await eventually('as little as before', () => wrong().length === 0, { timeout: 5_000 }).catch(() =>
    expect(wrong()).toEqual([]),
  )
}

const counted = (kernel: Kernel) => ({ ...heldBy(kernel), timers: timers() })

/** A thousand tasks in flight, their node is killed half-way: every await ends in time, for the right reason. */
export async function losesTheirNode(here: Kernel, { node, kill }: Victim): Promise<void> {
  here.modules.define('Work', Work)
  const tasks = tasksOf(node)
  await inProcess(here, () => Task.Supervisor.async(tasks, Work.double, [1]))
  await settled()
  const before = counted(here)
  await inProcess(here, async () => {
    Process.flag('trapExit', true)
    const all = Array.from({ length: 1_000 }, (_, n) =>
      (n % 2 === 0 ? Task.Supervisor.async : Task.Supervisor.asyncNolink)(tasks, Work.slowly, [
        n < 500 ? 1 : 60_000,
        `task ${n}`,
      ]),
    )
    await eventually('all to be in flight', () => all.every(({ pid }) => pid), { timeout: 30_000 })
    expect(await Task.awaitMany(all.slice(0, 500))).toEqual(all.slice(0, 500).map((_, n) => `task ${n}`))
    kill()
    const killed = performance.now()
    const beingStarted = Array.from({ length: 10 }, () => Task.Supervisor.async(tasks, Work.double, [1]))
    const failures = await Promise.all([...all.slice(500), ...beingStarted].map(failure))
    expect(performance.now() - killed).toBeLessThan(2_000)
    const nodedown: Term = tuple(atom('nodedown'), atom(node))
    expect(failures.filter((error) => !equals(causeOf(error), nodedown))).toEqual([])
    expect(failures[0]!.message).toMatch(
      new RegExp(`^exited in: Task\\.await\\(.*, 5000\\)\\n {4}\\*\\* \\(EXIT\\) no connection to ${node}$`),
    )
    expect(failures.at(-1)!.message).toMatch(
      new RegExp(
        `^exited in: GenServer\\.call\\(\\{Tasks, :${node}\\}, .*, :infinity\\)\\n {4}\\*\\* \\(EXIT\\) no connection to ${node}$`,
      ),
    )
  })
  await isAsBefore(here, before)
}

/** A thousand tasks under a supervisor of this node, and the node of their owner is killed. */
export async function losesTheirOwner(here: Kernel, { node, kill }: Victim): Promise<void> {
  here.modules.define('Work', Work)
  await inProcess(here, () => Task.Supervisor.start({ name: 'Tasks' }))
  await inProcess(here, () => erpc.call(node, 'Office', 'occupy', [here.name, 1]))
  const busy = (): Promise<number> =>
    inProcess(here, async () => (await Task.Supervisor.children('Tasks')).length)
  await eventually('the first task', async () => (await busy()) === 1)
  await inProcess(here, async () => {
    for (const pid of await Task.Supervisor.children('Tasks'))
      await Task.Supervisor.terminateChild('Tasks', pid)
  })
  await settled()
  const before = counted(here)
  await inProcess(here, () => erpc.call(node, 'Office', 'occupy', [here.name, 1_000]))
  await eventually('all to be busy', async () => (await busy()) === 1_000, { timeout: 30_000 })
  expect(counted(here).processes).toBeGreaterThanOrEqual(before.processes + 1_000)
  kill()
  const killed = performance.now()
  await eventually('all tasks to end', async () => (await busy()) === 0)
  expect(performance.now() - killed).toBeLessThan(2_000)
  await isAsBefore(here, before)
}

import { describe, expect, test } from 'vitest'
import { DynamicSupervisor, GenServer, Supervisor } from '../../src/gen/index.ts'
import { monitor, Process, receive } from '../../src/process/index.ts'
import { _, atom, on, Pid, type Reference, type Term, tuple } from '../../src/term/index.ts'
import { eventually } from '../support/eventually.ts'
import { Counter } from './counter.ts'
import { type AtOffice, causeOf, type Desk, failure } from './office.ts'

type Restart = 'permanent' | 'transient' | 'temporary'

const counterAt = (n: number) => ({ start: ['Work', 'start_counter', [n]] as const })

const pidsOf = async (pool: Desk): Promise<unknown[]> =>
  (await DynamicSupervisor.whichChildren(pool)).map(({ pid }) => pid)

/** A supervisor with the children one, two and three, as the child of another one that does not start it again. */
const plant = (pool: Desk, strategy: string, maxRestarts: number): Promise<Pid> =>
  DynamicSupervisor.startChild(pool, {
    start: ['Work', 'start_tree', [atom(strategy), maxRestarts]],
    restart: 'temporary',
    type: 'supervisor',
  })

async function childrenOf(tree: Pid): Promise<Record<string, Pid>> {
  const children = await Supervisor.whichChildren(tree)
  return Object.fromEntries(children.reverse().map(({ id, pid }) => [String(id), pid as Pid]))
}

const reasonOf = (ref: Reference): Promise<Term> =>
  receive(on([atom('DOWN'), ref, _, _, _], ([, , , , why]) => why as Term))

/** What Supervisor and DynamicSupervisor promise to those who ask them from elsewhere. */
export function supervisorsKeepTheirPromises(atOffice: AtOffice): void {
  test('a dynamic supervisor starts children by the name of a function, lists, counts and ends them', () =>
    atOffice(async (desk) => {
      const pool = desk('Pool')
      const pid = await DynamicSupervisor.startChild(pool, counterAt(3))
      expect(pid.node).toBe(atom(pool.node))
      expect(await GenServer.call(pid, Counter.get())).toBe(3)
      expect(await DynamicSupervisor.whichChildren(pool)).toEqual([
        { id: atom('undefined'), pid, type: 'worker' },
      ])
      const tree = await plant(pool, 'one_for_one', 3)
      expect(await DynamicSupervisor.countChildren(pool)).toEqual({
        specs: 2,
        active: 2,
        supervisors: 1,
        workers: 1,
      })
      const ref = monitor(pid)
      expect(await DynamicSupervisor.terminateChild(pool, pid)).toBe(true)
      expect(await reasonOf(ref)).toBe(atom('shutdown'))
      expect(await DynamicSupervisor.terminateChild(pool, pid)).toBe(false)
      expect(await pidsOf(pool)).toEqual([tree])
    }))

  test('a child that does not start fails with a reason: its function throws, does not exist, or returns ignore', () =>
    atOffice(async (desk) => {
      const start = (name: string) =>
        failure(DynamicSupervisor.startChild(desk('Pool'), { start: ['Work', name, []] }))
      expect((await start('start_badly')).message).toMatch(/no disk/)
      expect((await start('nothing')).message).toMatch(/undef/)
      expect(causeOf(await start('start_none'))).toBe(atom('ignore'))
      expect(await pidsOf(desk('Pool'))).toEqual([])
    }))

  const stop = (pid: Pid): Promise<void> => GenServer.stop(pid)
  const kill = async (pid: Pid): Promise<void> => void Process.exit(pid, 'kill')
  test.each<[Restart, how: string, becomes: string, end: (pid: Pid) => Promise<void>]>([
    ['permanent', 'ends', 'started again with its first state', stop],
    ['permanent', 'is killed', 'started again with its first state', kill],
    ['transient', 'ends', 'gone', stop],
    ['transient', 'is killed', 'started again with its first state', kill],
    ['temporary', 'is killed', 'gone', kill],
  ])('a %s child that %s is %s', (restart, _how, becomes, end) =>
    atOffice(async (desk) => {
      const pool = desk('Pool')
      const pid = await DynamicSupervisor.startChild(pool, { ...counterAt(3), restart })
      await GenServer.call(pid, Counter.add(1))
      await end(pid)
      const now = await eventually('another child, or none', async () => {
        const pids = await pidsOf(pool)
        return !pids.includes(pid) && pids.every((other) => other instanceof Pid) && pids
      })
      const first = await Promise.all(now.map((child) => GenServer.call(child as Pid, Counter.get())))
      expect(first).toEqual(becomes === 'gone' ? [] : [3])
    }),
  )

  describe('with a child that fails a supervisor starts again', () => {
    test.each([
      ['itself', 'one_for_one', ['two']],
      ['all of them', 'one_for_all', ['one', 'two', 'three']],
      ['those that were started after it', 'rest_for_one', ['two', 'three']],
    ])('%s, where its strategy says so', (_what, strategy, renewed) =>
      atOffice(async (desk) => {
        const tree = await plant(desk('Pool'), strategy, 3)
        const before = await childrenOf(tree)
        expect(Object.keys(before)).toEqual(['one', 'two', 'three'])
        Process.exit(before.two!, 'kill')
        const now = await eventually('the second child', async () => {
          const { two, ...others } = await childrenOf(tree)
          return two instanceof Pid && two !== before.two && { ...others, two }
        })
        expect(Object.keys(before).filter((id) => now[id as 'two'] !== before[id])).toEqual(renewed)
        expect(await GenServer.call(now.two, Counter.get())).toBe(2)
      }),
    )
  })

  test('a supervisor whose children fail too often ends with its children', () =>
    atOffice(async (desk) => {
      const tree = await plant(desk('Pool'), 'one_for_one', 0)
      const { one, two, three } = await childrenOf(tree)
      const refs = [tree, one!, two!, three!].map((pid) => monitor(pid))
      Process.exit(two!, 'kill')
      expect(await reasonOf(refs[0]!)).toBe(atom('shutdown'))
      expect(await reasonOf(refs[1]!)).toBe(atom('shutdown'))
      expect(await reasonOf(refs[2]!)).toBe(atom('killed'))
      expect(await reasonOf(refs[3]!)).toBe(atom('shutdown'))
      expect(await pidsOf(desk('Pool'))).toEqual([])
    }))

  test('a child is ended, started again, deleted and added; other requests are refused with the reason of OTP', () =>
    atOffice(async (desk) => {
      const tree = await plant(desk('Pool'), 'one_for_one', 3)
      const { one, two } = await childrenOf(tree)
      const refused = async (asked: Promise<unknown>): Promise<Term> => (await failure(asked)).reason
      expect(await refused(Supervisor.restartChild(tree, 'two'))).toBe(atom('running'))
      expect(await refused(Supervisor.deleteChild(tree, 'two'))).toBe(atom('running'))
      expect(await Supervisor.terminateChild(tree, 'two')).toBe(true)
      expect(await Supervisor.terminateChild(tree, 'nobody')).toBe(false)
      expect(await Supervisor.countChildren(tree)).toEqual({
        specs: 3,
        active: 2,
        supervisors: 0,
        workers: 3,
      })
      const again = await Supervisor.restartChild(tree, 'two')
      expect(again).not.toBe(two)
      expect(await GenServer.call(again, Counter.get())).toBe(2)
      await Supervisor.terminateChild(tree, 'two')
      expect(await refused(Supervisor.startChild(tree, { id: 'two', ...counterAt(2) }))).toBe(
        atom('already_present'),
      )
      await Supervisor.deleteChild(tree, 'two')
      expect(await refused(Supervisor.restartChild(tree, 'two'))).toBe(atom('not_found'))
      expect(await refused(Supervisor.deleteChild(tree, 'two'))).toBe(atom('not_found'))
      const four = await Supervisor.startChild(tree, { id: 'four', ...counterAt(4) })
      expect(await GenServer.call(four, Counter.get())).toBe(4)
      expect(await refused(Supervisor.startChild(tree, { id: 'one', ...counterAt(1) }))).toEqual(
        tuple(atom('already_started'), one!),
      )
      expect(Object.keys(await childrenOf(tree))).toEqual(['one', 'three', 'four'])
    }))

  test('a supervisor that is stopped ends its children', () =>
    atOffice(async (desk) => {
      const tree = await plant(desk('Pool'), 'one_for_one', 3)
      const refs = Object.values(await childrenOf(tree)).map((pid) => monitor(pid))
      await GenServer.stop(tree)
      for (const ref of refs) expect(await reasonOf(ref)).toBe(atom('shutdown'))
    }))
}

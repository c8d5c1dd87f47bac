import { expect, test } from 'vitest'
import { Agent, DynamicSupervisor, GenServer, Task } from '../../src/gen/index.ts'
import { monitor, Process, receive, self } from '../../src/process/index.ts'
import { _, after, atom, normal, on, type Pid, type Term, tuple } from '../../src/term/index.ts'
import { eventually } from '../support/eventually.ts'
import { Counter } from './counter.ts'
import { type AtOffice, causeOf, type Desk, failure } from './office.ts'
import * as Work from './work.ts'

/** What an agent promises to those on other nodes, for whom its functions have names. */
export function agentsKeepTheirPromises(atOffice: AtOffice): void {
  test('an agent is read and changed by functions of its node, one after the other', () =>
    atOffice(async (desk) => {
      const ledger = desk('Ledger')
      Agent.cast(ledger, 'Work', 'plus', [1])
      await Agent.update(ledger, 'Work', 'plus', [5])
      expect(await Agent.get(ledger, 'Work', 'plus', [0])).toBe(7)
      expect(await Agent.getAndUpdate(ledger, 'Work', 'swap', [4])).toBe(7)
      // The same function, by what it is called there.
      expect(await Agent.get(ledger, Work.double)).toBe(8)
    }))

  test('an agent whose function takes too long fails the call with timeout, and continues', () =>
    atOffice(async (desk) => {
      await Agent.update(desk('Ledger'), 'Work', 'plus', [49])
      const error = await failure(Agent.get(desk('Ledger'), 'Work', 'slowly', ['x'], 5))
      expect(causeOf(error)).toBe(atom('timeout'))
      expect(await Agent.get(desk('Ledger'), 'Work', 'plus', [0])).toBe(50)
    }))

  test.each([
    ['throws', 'boom', /\n {8}\*\* \(RuntimeError\) boom 1\n/],
    ['is not there', 'nothing', /function Work\.nothing\/1 is undefined/],
  ])('an agent whose function %s ends, and who has asked hears why', (_how, name, why) =>
    atOffice(async (desk) => {
      const ref = monitor(desk('Ledger'))
      expect((await failure(Agent.get(desk('Ledger'), 'Work', name, []))).message).toMatch(why)
      await receive(on([atom('DOWN'), ref, _, _, _], () => {}))
    }),
  )

  test('an agent ends when it is stopped', () =>
    atOffice(async (desk) => {
      const ref = monitor(desk('Ledger'))
      await Agent.stop(desk('Ledger'))
      expect(await receive(on([atom('DOWN'), ref, _, _, _], ([, , , , why]) => why))).toBe(normal)
    }))
}

/** What a registry promises: it keeps processes of its own node, so those of others ask somebody there. */
export function registriesKeepTheirPromises(atOffice: AtOffice): void {
  const there = (tasks: Desk, name: string, ...args: readonly Term[]): Promise<Term> =>
    Promise.resolve(Task.Supervisor.async(tasks, 'Work', name, args))

  test('a server is started, found and called by its unique name in a registry', () =>
    atOffice(async (desk) => {
      const [pool, tasks] = [desk('Pool'), desk('Tasks')]
      const room = tuple(atom('floor'), 7)
      const start = () =>
        DynamicSupervisor.startChild(pool, {
          start: ['Work', 'start_in_room', [room, 5]],
          restart: 'temporary',
        })
      const pid = await start()
      expect(await there(tasks, 'who_is_in', room)).toBe(pid)
      expect(await there(tasks, 'who_is_in', tuple(atom('floor'), 8))).toBeNull()
      expect(await there(tasks, 'ask_in', room, Counter.add(1) as unknown as Term)).toBe(6)
      expect(await GenServer.call(pid, Counter.get())).toBe(6)
      expect((await failure(start())).reason).toEqual(tuple(atom('already_started'), pid))
    }))

  test('a name in a registry is free after the exit of its process, and calls to it fail with noproc', () =>
    atOffice(async (desk) => {
      const [pool, tasks] = [desk('Pool'), desk('Tasks')]
      const start = () =>
        DynamicSupervisor.startChild(pool, {
          start: ['Work', 'start_in_room', ['attic', 5]],
          restart: 'temporary',
        })
      Process.exit(await start(), 'kill')
      await eventually('the room to be free', async () => !(await there(tasks, 'who_is_in', 'attic')))
      const error = await failure(
        Task.Supervisor.asyncNolink(tasks, 'Work', 'ask_in', ['attic', atom('get')]),
      )
      expect(error.message).toMatch(
        /exited in: GenServer\.call\(\{:via, Registry, \{Rooms, "attic"\}\}, :get, 5000\)\n.*\*\* \(EXIT\) no process/,
      )
      expect(await GenServer.call(await start(), Counter.get())).toBe(5)
    }))

  test('all processes under a key of a registry receive a published message, and no others', () =>
    atOffice(async (desk) => {
      const tasks = desk('Tasks')
      const subscriber = async (topic: string): Promise<Pid> => {
        const pid = await Task.Supervisor.startChild(tasks, 'Work', 'subscribe', [topic, self()])
        await receive(on([atom('subscribed'), pid], () => {}))
        return pid
      }
      const [first, second] = [await subscriber('tea'), await subscriber('tea')]
      const other = await subscriber('milk')
      const heard = (): Promise<unknown> =>
        receive(
          on([atom('heard'), _.pid, _], ([, pid, news]) => [pid, news]),
          after(10_000, () => 'nothing'),
        )
      await there(tasks, 'publish', 'tea', 'is ready')
      const both = [await heard(), await heard()]
      expect(both).toHaveLength(2)
      expect(both).toEqual(
        expect.arrayContaining([
          [first, 'is ready'],
          [second, 'is ready'],
        ]),
      )
      await Task.Supervisor.terminateChild(tasks, first)
      await there(tasks, 'publish', 'tea', 'is cold')
      await there(tasks, 'publish', 'milk', 'is warm')
      expect([await heard(), await heard()]).toEqual(
        expect.arrayContaining([
          [second, 'is cold'],
          [other, 'is warm'],
        ]),
      )
      expect(Process.info(self())!.messages).toEqual([])
    }))
}

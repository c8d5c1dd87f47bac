import { expect, test } from 'vitest'
import { DynamicSupervisor, GenServer, sys } from '../../src/gen/index.ts'
import { Process, receive, self } from '../../src/process/index.ts'
import { after, atom, ok, on } from '../../src/term/index.ts'
import { Counter, type Lazy } from './counter.ts'
import { type AtOffice, causeOf, failure } from './office.ts'

/** What a server promises besides its answers: what it continues with, its timeouts, new code. */
export function serversGoOn(atOffice: AtOffice): void {
  test('a server runs its continue function before the next message', () =>
    atOffice(async (desk) => {
      const counter = desk('Counter')
      const answers = [
        GenServer.call(counter, Counter.prepare(5)),
        GenServer.call(counter, Counter.get()),
        GenServer.call(counter, Counter.prepareAll([1, 2, 3])),
        GenServer.call(counter, Counter.get()),
      ]
      expect(await Promise.all(answers)).toEqual([ok, 5, ok, 11])
      GenServer.cast(counter, Counter.prepareLater(10))
      expect(await GenServer.call(counter, Counter.get())).toBe(21)
    }))

  test('a continue function may be async: the call is answered before, and the next call waits', () =>
    atOffice(async (desk) => {
      const seen: unknown[] = []
      await Promise.all([
        GenServer.call(desk('Counter'), Counter.prepareSlowly(30, 7)).then(() => seen.push('answered')),
        GenServer.call(desk('Counter'), Counter.get()).then((n) => seen.push(n)),
      ])
      expect(seen).toEqual(['answered', 7])
    }))

  test('a server that fails in its continue function has answered the call; later calls fail with its reason', () =>
    atOffice(async (desk) => {
      const answer = GenServer.call(desk('Counter'), Counter.prepareBadly())
      const next = failure(GenServer.call(desk('Counter'), Counter.get()))
      expect(await answer).toBe(ok)
      expect((await next).message).toMatch(/\n {8}\*\* \(RuntimeError\) not prepared\n/)
    }))

  test('the continue function of init runs before the first message', () =>
    atOffice(async (desk) => {
      const pid = await DynamicSupervisor.startChild(desk('Pool'), { start: ['Work', 'start_lazy', [7]] })
      expect(await GenServer.at<typeof Lazy>(pid).call('get')).toBe(7)
    }))

  test('a server without messages for a time receives a timeout', () =>
    atOffice(async (desk) => {
      await GenServer.call(desk('Counter'), Counter.idle(1, self()))
      expect(
        await receive(
          on(atom('idle'), () => 'idle'),
          after(10_000, () => 'nothing'),
        ),
      ).toBe('idle')
    }))

  test('the next message cancels a timeout, and a message in the mailbox comes before any timeout', () =>
    atOffice(async (desk) => {
      const counter = desk('Counter')
      await sys.suspend(counter)
      const answers = [
        GenServer.call(counter, Counter.idle(0, self())),
        GenServer.call(counter, Counter.get()),
        GenServer.call(counter, Counter.idle(1, self())),
        GenServer.call(counter, Counter.slowly(10)),
      ]
      await sys.resume(counter)
      expect(await Promise.all(answers)).toEqual([ok, 0, ok, 'done'])
      // What a timeout would have said had come before this answer.
      await GenServer.call(counter, Counter.get())
      expect(Process.info(self())!.messages).toEqual([])
    }))

  test('a suspended server receives new code, and handles waiting messages with its new state', () =>
    atOffice(async (desk) => {
      const counter = desk('Counter')
      await GenServer.call(counter, Counter.add(1))
      await sys.suspend(counter)
      expect(causeOf(await failure(GenServer.call(counter, Counter.get(), { timeout: 10 })))).toBe(
        atom('timeout'),
      )
      const waiting = [GenServer.call(counter, Counter.get()), GenServer.call(counter, Counter.add(1))]
      await sys.changeCode(counter, 'Counter', 40)
      await expect(sys.changeCode(counter, 'Counter', 1, atom('badly'))).rejects.toThrow('no way')
      await sys.resume(counter)
      expect(await Promise.all(waiting)).toEqual([41, 42])
    }))

  test('a server is reloaded by the name of its module', () =>
    atOffice(async (desk) => {
      const counter = desk('Counter')
      await GenServer.call(counter, Counter.add(1))
      await GenServer.reload(counter, 'Counter', 40)
      await expect(GenServer.reload(counter, 'Counter', 1, atom('badly'))).rejects.toThrow('no way')
      expect(await GenServer.call(counter, Counter.get())).toBe(41)
    }))
}

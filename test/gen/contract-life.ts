import { expect, test } from 'vitest'
import { DynamicSupervisor, GenServer, sys } from '../../src/gen/index.ts'
import { Process, receive, self } from '../../src/process/index.ts'
import { after, atom, ok, on } from '../../src/term/index.ts'
import { Counter, type Lazy } from './counter.ts'
import { type AtOffice, causeOf, failure } from './office.ts'

/** What a server promises besides its answers: what it continues with, its timeouts, new code. */
export function serversGoOn(atOffice: AtOffice): void {
  test('a server does what it continues with before the next message, whoever waits', () =>
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

  test('what a server continues with may take its time: it has answered, and who comes next waits', () =>
    atOffice(async (desk) => {
      const seen: unknown[] = []
      await Promise.all([
        GenServer.call(desk('Counter'), Counter.prepareSlowly(30, 7)).then(() => seen.push('answered')),
        GenServer.call(desk('Counter'), Counter.get()).then((n) => seen.push(n)),
      ])
      expect(seen).toEqual(['answered', 7])
    }))

  test('a server that fails in what it continues with has answered, and whom it has not hears why', () =>
    atOffice(async (desk) => {
      const answer = GenServer.call(desk('Counter'), Counter.prepareBadly())
      const next = failure(GenServer.call(desk('Counter'), Counter.get()))
      expect(await answer).toBe(ok)
      expect((await next).message).toMatch(/\n {8}\*\* \(RuntimeError\) not prepared\n/)
    }))

  test('what a server leaves to do when it starts is done before its first message', () =>
    atOffice(async (desk) => {
      const pid = await DynamicSupervisor.startChild(desk('Pool'), { start: ['Work', 'start_lazy', [7]] })
      expect(await GenServer.at<typeof Lazy>(pid).call('get')).toBe(7)
    }))

  test('a server to which nobody writes for so long has a timeout', () =>
    atOffice(async (desk) => {
      await GenServer.call(desk('Counter'), Counter.idle(1, self()))
      expect(
        await receive(
          on(atom('idle'), () => 'idle'),
          after(10_000, () => 'nothing'),
        ),
      ).toBe('idle')
    }))

  test('a timeout is gone with the next message, and a message that is there is earlier than any timeout', () =>
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

  test('a server is given new code while it is suspended, and what has come meanwhile meets its new state', () =>
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

  test('a server is reloaded by the name of its module, and answers all the while', () =>
    atOffice(async (desk) => {
      const counter = desk('Counter')
      await GenServer.call(counter, Counter.add(1))
      await GenServer.reload(counter, 'Counter', 40)
      await expect(GenServer.reload(counter, 'Counter', 1, atom('badly'))).rejects.toThrow('no way')
      expect(await GenServer.call(counter, Counter.get())).toBe(41)
    }))
}

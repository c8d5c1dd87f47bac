import { expect, expectTypeOf, test } from 'vitest'
import { type Call, type Cast, GenServer, noreply, reply } from '../../../src/gen/index.ts'
import { LocalKernel } from '../../../src/process/index.ts'
import { _, atom, match, on, type Term, tuple } from '../../../src/term/index.ts'
import { inProcess } from '../../support/processes.ts'

const Counter = GenServer.define({
  init: (start: number) => start,
  call: {
    add: (n, by: number) => reply(n + by, n + by),
    ':addLater': (n, by: number) => reply('later', n + by),
    scale: (n, by: number) => reply(n * by, n * by),
  },
  cast: {
    add: (n, by: number) => noreply(n + by),
    scale: (n, by: number, again: number) => noreply(n * by * again),
  },
  handleCall: (request: Term, from, n) =>
    match(
      request,
      on([1, _.number], ([, by]) => reply(by, n + by)),
      on('later', () => {
        from.reply('answered')
        return noreply(n)
      }),
      on(_, () => reply(n, n)),
    ),
  handleCast: (message: Term) => noreply(Number(message)),
})

const run = <T>(fn: () => Promise<T>): Promise<T> => inProcess(new LocalKernel(), fn)

test('one name is a call and a cast', () =>
  run(async () => {
    const pid = (await Counter.start(1)) as never
    GenServer.cast(pid, Counter.add(2))
    const sum = await GenServer.call(pid, Counter.add(3))
    expectTypeOf(sum).toEqualTypeOf<number>()
    expect(sum).toBe(6)
    GenServer.cast(pid, Counter.scale(2, 5))
    expect(await GenServer.call(pid, Counter.scale(2))).toBe(120)
    expectTypeOf(Counter.add).parameters.toEqualTypeOf<[by: number]>()
    expectTypeOf(Counter.add).returns.toExtend<Cast & Call<number>>()
    const bad = (): unknown[] => [
      // @ts-expect-error a text is not a number
      Counter.add('2'),
      // @ts-expect-error the call has one argument
      GenServer.call(pid, Counter.scale(2, 5)),
      // @ts-expect-error the cast has two arguments
      GenServer.cast(pid, Counter.scale(2)),
    ]
    expectTypeOf(bad).toBeFunction()
  }))

test('a name with a colon is the atom as it is written', () =>
  run(async () => {
    const pid = (await Counter.start(1)) as never
    expect(Counter[':addLater'](2)).toEqual(tuple(atom('addLater'), 2))
    expect(await GenServer.call(pid, Counter[':addLater'](2))).toBe('later')
    expect(await GenServer.at<typeof Counter>(pid).call(':addLater', 2)).toBe('later')
    expect(await GenServer.call(pid, Counter.add(0))).toBe(5)
  }))

test('requests without a name are handled by handleCall and handleCast', () =>
  run(async () => {
    const pid = (await Counter.start(1)) as never
    expect(await GenServer.call(pid, tuple(1, 2))).toBe(2)
    expect(await GenServer.call(pid, 'later')).toBe('answered')
    expect(await GenServer.call(pid, { __struct__: atom('Elixir.Point'), x: 1 })).toBe(3)
    // A name that is known, with arguments that no handler takes.
    expect(await GenServer.call(pid, tuple(atom('add'), 1, 2, 3))).toBe(3)
    GenServer.cast(pid, 7)
    expect(await GenServer.call(pid, Counter.add(0))).toBe(7)
  }))

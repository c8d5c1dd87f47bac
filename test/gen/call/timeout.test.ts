import { describe, expect, expectTypeOf, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import { Agent, DynamicSupervisor, GenServer, Registry, reply, sys, Task } from '../../../src/gen/index.ts'
import { LocalKernel } from '../../../src/process/index.ts'
import { atom, ExitError, formatExit, type Pid } from '../../../src/term/index.ts'
import { inProcess, settled } from '../../support/processes.ts'
import { failure } from '../office.ts'

const Slow = GenServer.define({
  init: () => 0,
  call: {
    never: (n): Promise<ReturnType<typeof reply<string, number>>> => new Promise(() => void n),
    get: (n) => reply(n, n),
  },
})

type Wait = (timeout: never) => unknown

/** Each function that waits, given its last argument. */
async function waits(): Promise<Record<string, Wait>> {
  const pid = await Slow.start(undefined)
  const agent = await Agent.start(() => 1)
  const task = Task.async(() => new Promise(() => {}))
  await Registry.start({ keys: 'unique', name: 'Locks' })
  return {
    'GenServer.call': (timeout) => GenServer.call(pid, Slow.get(), timeout),
    'GenServer.at': (timeout) => GenServer.at<typeof Slow>(pid, timeout).call('get'),
    'GenServer.stop': (timeout) => GenServer.stop(pid, 'normal', timeout),
    'GenServer.multiCall': (timeout) => GenServer.multiCall('slow', Slow.get(), timeout),
    'Agent.get': (timeout) => Agent.get(agent, (n) => n, timeout),
    'Agent.update': (timeout) => Agent.update(agent, (n) => n, timeout),
    'Agent.getAndUpdate': (timeout) => Agent.getAndUpdate(agent, (n) => [n, n], timeout),
    'Agent.stop': (timeout) => Agent.stop(agent, 'normal', timeout),
    'DynamicSupervisor.stop': (timeout) => DynamicSupervisor.stop(pid, 'normal', timeout),
    'Task.await': (timeout) => Task.await(task, timeout),
    'Task.awaitMany': (timeout) => Task.awaitMany([task], timeout),
    'Task.yield': (timeout) => Task.yield(task, timeout),
    'Task.yieldMany': (timeout) => Task.yieldMany([task], timeout),
    'Task.shutdown': (timeout) => Task.shutdown(task, timeout),
    'Registry.lock': (timeout) => Registry.lock('Locks', 1, () => 1, timeout),
    'sys.getState': (timeout) => sys.getState(pid, timeout),
    'sys.suspend': (timeout) => sys.suspend(pid, timeout),
  }
}

const names = [
  'GenServer.call',
  'GenServer.at',
  'GenServer.stop',
  'GenServer.multiCall',
  'Agent.get',
  'Agent.update',
  'Agent.getAndUpdate',
  'Agent.stop',
  'DynamicSupervisor.stop',
  'Task.await',
  'Task.awaitMany',
  'Task.yield',
  'Task.yieldMany',
  'Task.shutdown',
  'Registry.lock',
  'sys.getState',
  'sys.suspend',
]

describe.each(names)('%s', (name) => {
  test.each([
    ['5s', "got: '5s'"],
    [null, 'got: null'],
    [[100], 'got: [ 100 ]'],
    [true, 'got: true'],
    [{ timeuot: 5 }, "unknown option 'timeuot'. The options are: "],
    [{ timeout: '5s' }, "timeout is a number of milliseconds, Infinity or 'infinity', got: '5s'"],
    [{ timeout: null }, 'got: null'],
    [-1, "a timeout is 0 or more milliseconds, Infinity or 'infinity', got: -1"],
    [{ timeout: -1 }, 'got: -1'],
    [Number.NaN, 'got: NaN'],
    [{ timeout: Number.NaN }, 'got: NaN'],
  ])('refuses %o and says what to write', (given, message) =>
    inProcess(new LocalKernel(), async () => {
      const wait = (await waits())[name]!
      const thrown = await Promise.resolve()
        .then(() => wait(given as never))
        .then(
          () => undefined,
          (error: unknown) => error as Error,
        )
      expect(thrown).toBeInstanceOf(Error)
      expect(thrown).not.toBeInstanceOf(ExitError)
      expect(thrown!.message).toContain(`${name}: `)
      expect(thrown!.message).toContain(message)
    }),
  )

  test.each([
    ['a number', 50],
    ['options', { timeout: 50 }],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['infinity as a string', 'infinity'],
    ['infinity as an atom', atom('infinity')],
    ['options with infinity', { timeout: 'infinity' }],
  ])('takes %s', (_what, given) =>
    inProcess(new LocalKernel(), async () => {
      const wait = (await waits())[name]!
      const result = Promise.resolve(wait(given as never)).then(
        () => undefined,
        (error: unknown) => error,
      )
      // An argument that is refused is refused at once. A wait may take until its timeout.
      const thrown = await Promise.race([result, settled()])
      if (thrown !== undefined) expect(thrown).toBeInstanceOf(ExitError)
    }),
  )
})

test('a timeout that is a number is in milliseconds, and the error shows it', async () => {
  const clock = new SimulatedClock()
  await inProcess(new LocalKernel({ clock }), async () => {
    const pid = await Slow.start(undefined)
    const task = Task.async(() => new Promise(() => {}))
    const errors = Promise.all([
      failure(GenServer.call(pid, Slow.never(), 20)),
      failure(GenServer.call(pid, Slow.never(), { timeout: 21 })),
      failure(Task.await(task, 22)),
      failure(Agent.get(pid, (n) => n, 23)),
      failure(sys.getState(pid, 24)),
    ])
    await clock.advance(24)
    const texts = (await errors).map(({ reason }) => formatExit(reason).split('\n')[0])
    expect(texts.map((text) => /(\d+)\)$/.exec(text!)?.[1])).toEqual(['20', '21', '22', '23', '24'])
  })
})

test('a signal of another type is refused', () =>
  inProcess(new LocalKernel(), async () => {
    const pid = await Slow.start(undefined)
    expect(() => GenServer.call(pid, Slow.get(), { signal: 'now' as never })).toThrow(
      'GenServer.call: signal is an AbortSignal',
    )
    const { signal } = new AbortController()
    expect(await GenServer.call(pid, Slow.get(), { signal, timeout: 'infinity' })).toBe(0)
  }))

test('an unknown option of a start or of a stream is refused', () =>
  inProcess(new LocalKernel(), async () => {
    expect(() => Slow.start(undefined, { nmae: 'x' } as never)).toThrow(
      "GenServer.start: unknown option 'nmae'. The options are: name, timeout, debug",
    )
    expect(() => Agent.start(() => 1, { timeout: -1 })).toThrow('Agent.start: a timeout is 0 or more')
    expect(() => Task.asyncStream([1], (n) => n, { maxConcurency: 2 } as never)).toThrow(
      "Task.asyncStream: unknown option 'maxConcurency'",
    )
  }))

test('types: a timeout is a number, infinity, or an option; nothing else', () => {
  // Only compiled.
  const types = async (pid: Pid): Promise<unknown> => {
    expectTypeOf(GenServer.call(pid, Slow.get(), 5_000)).toEqualTypeOf<Promise<number>>()
    await GenServer.call(pid, Slow.get(), 'infinity')
    await GenServer.call(pid, Slow.get(), atom('infinity'))
    await GenServer.call(pid, Slow.get(), { timeout: 'infinity' })
    await GenServer.call(pid, atom('get'), 5_000)
    await GenServer.stop(pid, 'normal', { timeout: 5_000 })
    await Agent.get(pid, (n: number) => n, { timeout: 5_000 })
    await sys.getState(pid, 5_000)
    await Task.shutdown(
      Task.async(() => 1),
      { timeout: 5 },
    )
    // @ts-expect-error a text is not a timeout
    await GenServer.call(pid, Slow.get(), '5s')
    // @ts-expect-error there is no such option
    await GenServer.call(pid, Slow.get(), { timeuot: 5 })
    // @ts-expect-error a timeout is not text
    await GenServer.call(pid, atom('get'), { timeout: '5s' })
    // @ts-expect-error a text is not a timeout
    await GenServer.stop(pid, 'normal', '5s')
    // @ts-expect-error a text is not a timeout
    await Agent.update(pid, (n: number) => n, '5s')
    const task = Task.async(() => 1)
    // @ts-expect-error there is no such option
    await Task.await(task, { signal: 1 })
    // @ts-expect-error a text is not a timeout
    await sys.getState(pid, 'soon')
    return undefined
  }
  expect(types).toBeTypeOf('function')
})

import { describe, expect, test } from 'vitest'
import { type Clock, SimulatedClock } from '../../src/clock/index.ts'
import { GenServer, reply, Task } from '../../src/gen/index.ts'
import {
  type Kernel,
  LocalKernel,
  monitor,
  Process,
  receive,
  self,
  send,
  sleep,
} from '../../src/process/index.ts'
import { atom, kill, type Pid, tuple } from '../../src/term/index.ts'
import { Idle, inProcess, settled } from '../support/processes.ts'

const forever = new Promise<never>(() => {})
const Librarian = GenServer.define({
  init: () => 0,
  call: {
    find: async (n, _book: string) => reply(await forever, n),
    wait: async (n) => {
      await sleep(60_000)
      return reply('waited', n)
    },
    count: (n) => reply(n, n),
  },
})

function node(): {
  kernel: Kernel
  clock: SimulatedClock
  hung(ms: number): ReturnType<typeof Process.hung>
} {
  const clock = new SimulatedClock()
  const kernel = new LocalKernel({ clock })
  const asking = new Idle(kernel)
  return { kernel, clock, hung: (ms) => asking.as(() => Process.hung(ms)) }
}

describe('a server whose callback does not return', () => {
  test('is hung, and so is its caller: Process.hung gives the time, the message and the process information', async () => {
    const { kernel, clock, hung } = node()
    const pid = await inProcess(kernel, () => Librarian.start(undefined, { name: 'Librarian' }))
    const reader = kernel.spawn(async () => {
      monitor(pid)
      Process.sendAfter(pid, 'closing', 3_600_000)
      await GenServer.call(pid, Librarian.find('Momo'), { timeout: Number.POSITIVE_INFINITY })
    })
    await settled()
    kernel.process(pid)!.links.link(reader.pid)
    expect(hung(5_000)).toEqual([])
    await clock.advance(5_001)
    kernel.send(reader.pid, pid, 'next')
    const [found, ...others] = hung(5_000)
    expect(others.map(({ pid }) => pid)).toEqual([reader.pid])
    expect(found).toMatchObject({
      pid,
      registeredName: atom('Elixir.Librarian'),
      status: 'running',
      label: 'GenServer',
      messages: ['next'],
      messageQueueLen: 1,
      links: [reader.pid],
      monitors: [],
      monitoredBy: [reader.pid],
      timers: 1,
    })
    expect(found!.currentActivity.ms).toBe(5_001)
    expect(found!.currentActivity.message).toMatchObject({
      elements: [atom('$gen_call'), expect.anything(), tuple(atom('find'), 'Momo')],
    })
    expect(await inProcess(kernel, () => Process.info(pid)!.currentActivity!.ms)).toBe(5_001)
  })

  test('is hung also while it sleeps, and no longer after its reply', async () => {
    const { kernel, clock, hung } = node()
    const pid = await inProcess(kernel, () => Librarian.start(undefined))
    const answer = inProcess(kernel, () => GenServer.call(pid, Librarian.wait(), { timeout: 100_000 }))
    await clock.advance(59_000)
    expect(hung(1_000).map(({ pid, currentActivity }) => [pid, currentActivity.ms])).toEqual([[pid, 59_000]])
    await clock.advance(1_000)
    expect(await answer).toBe('waited')
    expect(hung(0)).toEqual([])
    expect(await inProcess(kernel, () => Process.info(pid)!.currentActivity)).toBeUndefined()
  })

  test('is a zombie and not hung after it was killed', async () => {
    const { kernel, clock, hung } = node()
    const pid = await inProcess(kernel, () => Librarian.start(undefined))
    void inProcess(kernel, () => GenServer.call(pid, Librarian.find('Momo'))).catch(() => {})
    await clock.advance(2_000)
    expect(hung(1_000).map(({ pid }) => pid)).toContain(pid)
    kernel.process(pid)!.exit(kill)
    expect(hung(0).map(({ pid }) => pid)).not.toContain(pid)
    expect(kernel.zombies.list().map(({ pid }) => pid)).toEqual([pid])
  })

  test('is a zombie also when it is killed at a message that arrived before its start', async () => {
    const { kernel } = node()
    const Late = GenServer.define({
      init: async () => {
        await settled(1)
      },
      info: () => forever,
    })
    const started = inProcess(kernel, () => Late.start(undefined, { name: 'Late' }))
    await until(() => kernel.whereis(atom('Elixir.Late') as never) !== undefined)
    const server = kernel.whereis(atom('Elixir.Late') as never)!
    server.deliver('at once')
    await started
    await settled()
    server.exit(kill)
    expect(kernel.zombies.list().map(({ pid }) => pid)).toEqual([server.pid])
  })
})

describe('a function that waits for something outside of Moebi', () => {
  test('is hung since the first call of Process.hung, the longest first', async () => {
    const { kernel, clock, hung } = node()
    const first = kernel.spawn(() => forever, { label: 'first' })
    await settled()
    expect(hung(0)).toEqual([])
    await clock.advance(1_000)
    // The normal exit of its owner does not end a task.
    const second = (await inProcess(kernel, async () => Task.async(() => forever).pid)) as Pid
    await settled()
    expect(hung(0).map(({ pid }) => pid)).toEqual([first.pid])
    await clock.advance(500)
    expect(hung(0).map(({ pid, currentActivity }) => [pid, currentActivity])).toEqual([
      [first.pid, { ms: 1_500 }],
      [second, { ms: 500 }],
    ])
  })

  test('starts again with every message and every sleep, and is not hung while it waits for them', async () => {
    const { kernel, clock, hung } = node()
    let come: () => void = () => {}
    const worker = kernel.spawn(async () => {
      for (;;) {
        await receive()
        await new Promise<void>((resolve) => {
          come = resolve
        })
        await sleep(10_000)
      }
    })
    const labels = (): number[] => hung(1_000).map(({ currentActivity }) => currentActivity.ms)
    await clock.advance(60_000)
    expect(labels()).toEqual([])
    worker.deliver('go')
    await settled()
    expect(labels()).toEqual([])
    await clock.advance(2_000)
    expect(labels()).toEqual([2_000])
    come()
    await clock.advance(9_000)
    expect(labels()).toEqual([])
    await clock.advance(60_000)
    expect(labels()).toEqual([])
    worker.deliver('go')
    await settled()
    expect(labels()).toEqual([])
    await clock.advance(1_001)
    expect(labels()).toEqual([1_001])
  })

  test('does not include the process that calls Process.hung', async () => {
    const { kernel, clock } = node()
    const asked = inProcess(kernel, async () => {
      await settled()
      Process.info(self())
      void clock.advance(1_000)
      await settled()
      return [Process.hung(0), Process.info(self())!.currentActivity]
    })
    expect(await asked).toEqual([[], { ms: 1_000 }])
  })
})

test('the clock is read for a callback that returns a promise, and otherwise once in dozens of messages', async () => {
  let asked = 0
  const clock: Clock = { now: () => ++asked, schedule: () => () => {} }
  const kernel = new LocalKernel({ clock })
  const pid = await inProcess(kernel, async () => {
    const pid = await Librarian.start(undefined)
    for (let n = 0; n < 100; n++) {
      await GenServer.call(pid, Librarian.count())
      send(self(), n)
      await receive()
    }
    return pid
  })
  expect(asked).toBeLessThan(10)
  const before = asked
  void inProcess(kernel, () => GenServer.call(pid, Librarian.wait()))
  await settled()
  expect(asked).toBe(before + 1)
})

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !holds(); turn++) await settled(1)
  expect(holds()).toBe(true)
}

import { describe, expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import { encode } from '../../../src/etf/index.ts'
import {
  LocalKernel,
  Process,
  receive,
  self,
  send,
  signal,
  sleep,
  spawn,
} from '../../../src/process/index.ts'
import { atom, equals, normal, Reference } from '../../../src/term/index.ts'
import { Idle, inProcess, settled } from '../../support/processes.ts'
import { twoKernels } from '../../support/two-kernels.ts'

const copyOf = (ref: Reference): Reference => new Reference(ref.node, ref.creation, [...ref.words])

describe('names', () => {
  test('a process is found by its name until it ends', async () => {
    const kernel = new LocalKernel()
    const other = new Idle(kernel)
    await inProcess(kernel, () => {
      Process.register(other.pid, 'kate')
      expect(Process.whereis('kate')).toBe(other.pid)
      expect(Process.registered()).toEqual([atom('kate')])
      send('kate', 'hi')
    })
    await settled()
    expect(other.messages).toEqual(['hi'])
    other.process.exit(normal)
    expect(kernel.whereis(atom('kate'))).toBeUndefined()
    expect(kernel.registered()).toEqual([])
  })

  test('a name that begins with a capital is an Elixir alias, and :Name is not', async () => {
    const kernel = new LocalKernel()
    await inProcess(kernel, () => {
      Process.register(self(), 'Chat')
      expect(Process.registered()).toEqual([atom('Elixir.Chat')])
      expect(Process.whereis('Elixir.Chat')).toBe(self())
      Process.unregister('Chat')
      Process.register(self(), ':Chat')
      expect(Process.registered()).toEqual([atom('Chat')])
    })
  })

  test('a name belongs to one process, and a process has one name; the error names both and says what to do', async () => {
    const kernel = new LocalKernel()
    const other = new Idle(kernel)
    await inProcess(kernel, () => {
      Process.register(self(), 'kate')
      expect(() => Process.register(other.pid, 'kate')).toThrow(/the name is taken by .*Choose another name/)
      expect(() => Process.register(self(), 'katie')).toThrow(/registered as .* already/)
      other.process.exit(normal)
      expect(() => Process.register(other.pid, 'dead')).toThrow(/not alive/)
      expect(() => Process.unregister('nobody')).toThrow(/no process has that name/)
    })
  })
})

describe('timers', () => {
  test('a timer message that cannot be encoded ends its sender, and no other process', async () => {
    const clock = new SimulatedClock()
    const { a, b } = twoKernels({ clock })
    const { router } = a
    a.router = {
      route(signal) {
        if (signal.type === 'message') encode(signal.message)
        router.route(signal)
      },
    }
    const [sender, other, receiver] = [new Idle(a), new Idle(a), new Idle(b)]
    const unsayable = (() => {}) as never
    sender.as(() => Process.sendAfter(receiver.pid, unsayable, 10))
    other.as(() => Process.sendAfter(receiver.pid, 'hi', 20))
    await clock.advance(20)
    expect(sender.process.alive).toBe(false)
    expect(other.process.alive).toBe(true)
    expect(receiver.messages).toEqual(['hi'])
  })

  test('sendAfter sends the message after its time', async () => {
    const clock = new SimulatedClock()
    const kernel = new LocalKernel({ clock })
    const other = new Idle(kernel)
    other.as(() => {
      Process.sendAfter(self(), 'second', 20)
      Process.sendAfter(self(), 'first', 10)
    })
    await clock.advance(10)
    expect(other.messages).toEqual(['first'])
    await clock.advance(10)
    expect(other.messages).toEqual(['first', 'second'])
    expect(clock.pending).toBe(0)
  })

  test('cancelling a timer returns the time that was left, and no message is sent', async () => {
    const clock = new SimulatedClock()
    const kernel = new LocalKernel({ clock })
    const other = new Idle(kernel)
    const timer = other.as(() => Process.sendAfter(self(), 'never', 100))
    await clock.advance(40)
    other.as(() => {
      expect(Process.readTimer(timer)).toBe(60)
      // A reference that comes back from another node is another object.
      expect(Process.cancelTimer(copyOf(timer))).toBe(60)
      expect(Process.cancelTimer(timer)).toBe(false)
      expect(Process.readTimer(timer)).toBe(false)
    })
    await clock.advance(100)
    expect(other.messages).toEqual([])
  })

  test('a timer outlives the process that started it, and ends with its receiver', async () => {
    const clock = new SimulatedClock()
    const kernel = new LocalKernel({ clock })
    const [starter, receiver] = [new Idle(kernel), new Idle(kernel)]
    starter.as(() => Process.sendAfter(receiver.pid, 'on time', 10))
    starter.process.exit(normal)
    await clock.advance(10)
    expect(receiver.messages).toEqual(['on time'])
    receiver.as(() => Process.sendAfter(receiver.pid, 'too late', 10))
    receiver.process.exit(normal)
    expect(clock.pending).toBe(0)
  })

  test('a registered name is looked up when the timer fires', async () => {
    const clock = new SimulatedClock()
    const kernel = new LocalKernel({ clock })
    const other = new Idle(kernel)
    other.as(() => Process.sendAfter('kate', 'hi', 10))
    other.as(() => Process.register(self(), 'kate'))
    await clock.advance(10)
    expect(other.messages).toEqual(['hi'])
  })

  test('a negative or invalid time is an error', async () => {
    const other = new Idle()
    expect(() => other.as(() => Process.sendAfter(self(), 1, -1))).toThrow(/got -1/)
    expect(() => other.as(() => Process.sendAfter(self(), 1, Number.NaN))).toThrow(/got NaN/)
  })

  test('sleep waits for its time, and never settles for a process that was killed', async () => {
    const clock = new SimulatedClock()
    const kernel = new LocalKernel({ clock })
    const woke: string[] = []
    const sleeper = (name: string) => async () => {
      await sleep(100)
      woke.push(name)
    }
    kernel.spawn(sleeper('first'))
    const killed = kernel.spawn(sleeper('killed'))
    kernel.spawn(() => sleep(Number.POSITIVE_INFINITY))
    await settled()
    expect(clock.pending).toBe(2)
    killed.exit(normal)
    expect(clock.pending).toBe(1)
    await clock.advance(100)
    expect(woke).toEqual(['first'])
  })
})

test('the AbortSignal of a process is aborted when the process ends', async () => {
  const kernel = new LocalKernel()
  let mine: AbortSignal | undefined
  const process = kernel.spawn(async () => {
    mine = signal()
    await receive()
  })
  await settled()
  expect(mine!.aborted).toBe(false)
  process.exit(atom('boom'))
  expect(mine!.aborted).toBe(true)
  expect(mine!.reason).toMatchObject({ reason: atom('boom') })
})

test('Process.info returns information about a live process', async () => {
  const kernel = new LocalKernel()
  const other = new Idle(kernel)
  await inProcess(kernel, async () => {
    const pid = spawn(async function waiter() {
      await receive()
    })
    Process.register(pid, 'waiter')
    await settled()
    expect(Process.info(pid)).toMatchObject({
      registeredName: atom('waiter'),
      status: 'waiting',
      messageQueueLen: 0,
      links: [],
      monitors: [],
      trapExit: false,
      label: 'waiter',
    })
    expect(Process.alive(pid)).toBe(true)
    expect(Process.list()).toContain(pid)
    send(pid, 'go')
    await settled()
    expect(Process.info(pid)).toBeUndefined()
    expect(Process.alive(pid)).toBe(false)
  })
  const elsewhere = new LocalKernel({ name: atom('kate@localhost'), creation: 3 }).create().pid
  expect(() => other.as(() => Process.alive(elsewhere))).toThrow(
    /process of kate@localhost, expected one of this node/,
  )
  expect(() => other.as(() => Process.info(elsewhere))).toThrow(TypeError)
})

test('references are unique, also when a great many are made', () => {
  const kernel = new LocalKernel()
  const seen = new Set<unknown>()
  let last = kernel.makeRef()
  for (let n = 0; n < 300_000; n++) {
    last = kernel.makeRef()
    seen.add(last.key)
  }
  expect(seen.size).toBe(300_000)
  expect(last.words[0]).toBeLessThan(2 ** 18)
  expect(equals(last, copyOf(last))).toBe(true)
  expect(seen.has(new LocalKernel().makeRef().key)).toBe(false)
})

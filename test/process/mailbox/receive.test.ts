import { expect, expectTypeOf, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import {
  drain,
  LocalKernel,
  messages,
  Process,
  receive,
  self,
  send,
  setDefaultKernel,
  sleep,
  spawn,
} from '../../../src/process/index.ts'
import { _, after, atom, on, type Pid, tuple } from '../../../src/term/index.ts'
import { inProcess, settled, until } from '../../support/processes.ts'

test('receive without clauses takes the messages in the order in which they were sent', async () => {
  const taken = await inProcess(new LocalKernel(), async () => {
    send(self(), 1)
    send(self(), 'two')
    send(self(), tuple(atom('three'), 3))
    return [await receive(), await receive(), await receive()]
  })
  expect(taken).toEqual([1, 'two', tuple(atom('three'), 3)])
})

test('receive takes the first message that a pattern matches, and leaves the others in the mailbox', async () => {
  const taken = await inProcess(new LocalKernel(), async () => {
    for (const message of [1, tuple(atom('hi'), 2), 3, tuple(atom('hi'), 4)]) send(self(), message)
    const hi = on([atom('hi'), _.number], ([, n]) => n)
    return [await receive(hi), await receive(hi), drain()]
  })
  expect(taken).toEqual([2, 4, [1, 3]])
})

test('receive takes the oldest message that any clause matches, not the one of the first clause', async () => {
  const taken = await inProcess(new LocalKernel(), async () => {
    send(self(), 'text')
    send(self(), 5)
    return receive(
      on(_.number, (n) => n + 1),
      on(_.string, (text) => text.length),
    )
  })
  expect(taken).toBe(4)
})

test('a message that no clause matched is taken by a later receive, before newer ones', async () => {
  const kernel = new LocalKernel()
  const got: unknown[] = []
  const { pid } = kernel.spawn(async () => {
    got.push(await receive(on(atom('go'), () => 'go')))
    got.push(await receive(on(_.number, (n) => n)))
    got.push(await receive())
  })
  for (const message of [1, 2, atom('go')]) kernel.send(kernel.user, pid, message)
  await until('the three messages', () => got.length === 3)
  expect(got).toEqual(['go', 1, 2])
})

test('the type of the result of receive is the type of its handlers', async () => {
  await inProcess(new LocalKernel(), async () => {
    send(self(), 1)
    const result = await receive(
      on(_.number, (n) => n),
      on([atom('hi'), _.pid], ([, pid]) => pid),
      after(0, () => 'late' as const),
    )
    expectTypeOf(result).toEqualTypeOf<number | Pid | 'late'>()
  })
})

test('after runs when no message has matched in its time, and not before', async () => {
  const clock = new SimulatedClock()
  const kernel = new LocalKernel({ clock })
  let result: unknown
  kernel.spawn(async () => {
    send(self(), 'not this')
    result = await receive(
      on(_.number, (n) => n),
      after(1_000, () => 'late'),
    )
  })
  await clock.advance(999)
  expect(result).toBeUndefined()
  await clock.advance(1)
  expect(result).toBe('late')
})

test('a message in time cancels the timer of after', async () => {
  const clock = new SimulatedClock()
  const kernel = new LocalKernel({ clock })
  let result: unknown
  const { pid } = kernel.spawn(async () => {
    result = await receive(
      on(_.number, (n) => n),
      after(1_000, () => 'late'),
    )
  })
  await clock.advance(500)
  kernel.send(kernel.user, pid, 7)
  await settled()
  expect(result).toBe(7)
  expect(clock.pending).toBe(0)
})

test('after(0) checks the messages in the mailbox and does not wait', async () => {
  const result = await inProcess(new LocalKernel(), async () => {
    const poll = (): Promise<unknown> =>
      receive(
        on(_.number, (n) => n),
        after(0, () => 'none'),
      )
    const empty = await poll()
    send(self(), 'no number')
    const other = await poll()
    send(self(), 1)
    return [empty, other, await poll()]
  })
  expect(result).toEqual(['none', 'none', 1])
})

test('after(Infinity) waits without end', async () => {
  const clock = new SimulatedClock()
  const kernel = new LocalKernel({ clock })
  kernel.spawn(() =>
    receive(
      on(1, () => 1),
      after(Number.POSITIVE_INFINITY, () => 2),
    ),
  )
  await settled()
  expect(clock.pending).toBe(0)
})

test('a second receive while one waits is an error, and the first one still waits', async () => {
  const result = await inProcess(new LocalKernel(), async () => {
    const first = receive()
    await expect(receive()).rejects.toThrow('takes one message at a time')
    send(self(), 'for the first')
    return first
  })
  expect(result).toBe('for the first')
})

test('removing a message from the middle does not hide another from a receive that waits', async () => {
  const kernel = new LocalKernel()
  const process = kernel.create()
  const monitored = kernel.create()
  const ref = process.monitors.monitor(monitored.pid)
  const hit = process.mailbox.receive([on('wanted', () => 'wanted')])
  monitored.exit(atom('normal'))
  process.deliver('other')
  await settled()
  process.mailbox.flushDown(ref)
  process.deliver('wanted')
  await expect(hit).resolves.toBe('wanted')
})

test('an error of a handler or a guard rejects the receive, and the process can continue', async () => {
  const result = await inProcess(new LocalKernel(), async () => {
    const fail = (): never => {
      throw new Error('thrown')
    }
    const caught: unknown[] = []
    for (const clause of [on(1, fail), on(_.number, fail, () => {})]) {
      const later = receive(clause).catch((error: Error) => caught.push(error.message))
      send(self(), 1)
      await later
    }
    await receive(after(0, fail)).catch((error: Error) => caught.push(error.message))
    return [...caught, ...drain()]
  })
  // The message on which the guard threw is still in the mailbox.
  expect(result).toEqual(['thrown', 'thrown', 'thrown', 1])
})

test('handlers and guards run as code of the process, whenever they run', async () => {
  const clock = new SimulatedClock()
  const kernel = new LocalKernel({ clock })
  const seen: unknown[] = []
  const process = kernel.spawn(async () => {
    const note = (): boolean => seen.push(self()) > 0
    await receive(on(1, note, note))
    await receive(after(10, note))
    note()
  })
  await settled()
  kernel.send(kernel.user, process.pid, 1)
  await clock.advance(10)
  expect(seen).toEqual([process.pid, process.pid, process.pid, process.pid])
})

test('a handler does not run when its process is killed after the message has arrived', async () => {
  const kernel = new LocalKernel()
  const ran: unknown[] = []
  const { pid } = kernel.spawn(() => receive(on(_.number, (n) => ran.push(n))))
  await settled()
  kernel.send(kernel.user, pid, 1)
  kernel.process(pid)!.exitSignal(kernel.user, atom('kill'), false)
  await settled()
  expect(ran).toEqual([])
})

test('a pattern that is not valid is an error of the receive that waits, and not of the sender', async () => {
  const kernel = new LocalKernel()
  let error: unknown
  const { pid } = kernel.spawn(async () => {
    await receive(on(tuple(new Date() as never), () => 'matched')).catch(
      (thrown: unknown) => (error = thrown),
    )
  })
  await settled()
  kernel.send(kernel.user, pid, tuple(1))
  await until('the error', () => error !== undefined)
  expect(error).toBeInstanceOf(TypeError)
})

test('a receive that waits compares each message once, and takes the first that matches', async () => {
  const kernel = new LocalKernel()
  let got: unknown
  const wanted = on([atom('wanted'), _], ([, value]) => value)
  let compared = 0
  const counting = {
    pure: true,
    test(message: unknown) {
      compared++
      return wanted.test(message)
    },
    handle: (message: unknown) => wanted.handle(message),
  }
  const { pid } = kernel.spawn(async () => {
    got = await receive(counting)
  })
  await settled()
  for (let n = 0; n < 100; n++) kernel.send(kernel.user, pid, n)
  await settled()
  for (const n of [1, 2]) kernel.send(kernel.user, pid, tuple(atom('wanted'), n))
  await until('the message', () => got !== undefined)
  expect([got, compared, kernel.process(pid)]).toEqual([1, 101, undefined])
})

test('messages() yields the messages of the mailbox', async () => {
  const sum = await inProcess(new LocalKernel(), async () => {
    for (const n of [1, 2, 3]) send(self(), n)
    let total = 0
    for await (const message of messages()) {
      total += message as number
      if (message === 3) break
    }
    return total
  })
  expect(sum).toBe(6)
})

test('drain empties the mailbox', async () => {
  const kernel = new LocalKernel()
  const taken = await inProcess(kernel, async () => {
    for (const n of [1, 2]) send(self(), n)
    return [drain(), drain(), Process.info(self())!.messageQueueLen]
  })
  expect(taken).toEqual([[1, 2], [], 0])
})

test('the error of receive outside of a process says what to do', async () => {
  await expect(receive()).rejects.toThrow(/receive\(\) was called outside of a process.*node\.run/)
  expect(() => self()).toThrow(/outside of a process/)
})

test('code outside of processes may send and spawn', async () => {
  const kernel = new LocalKernel()
  setDefaultKernel(kernel)
  try {
    let got: unknown
    const pid = spawn(async () => {
      got = await receive()
    })
    send(pid, 'from outside')
    await until('the message', () => got === 'from outside')
  } finally {
    setDefaultKernel(undefined)
  }
})

test('a hundred thousand messages are taken in order, also when an earlier receive skipped them', async () => {
  const kernel = new LocalKernel()
  const count = 100_000
  const last = await inProcess(kernel, async () => {
    for (let n = 0; n < count; n++) send(self(), n)
    send(self(), 'stop')
    await receive(on('stop', () => {}))
    for (let n = 0; n < count; n++) if ((await receive()) !== n) return n
    return 'in order'
  })
  expect(last).toBe('in order')
})

test('a message queue keeps its order when messages are pushed, shifted and removed from the middle', async () => {
  await sleep(0)
  const fc = await import('fast-check')
  const { MessageQueue } = await import('../../../src/process/mailbox/message-queue.ts')
  void fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 40 }), { maxLength: 300 }), (steps) => {
      const mailbox = new MessageQueue()
      const model: number[] = []
      let next = 0
      for (const step of steps) {
        if (step < 0 || model.length === 0) {
          for (let n = 0; n < 1 - step; n++) {
            mailbox.push(next)
            model.push(next++)
          }
        } else {
          const at = step % model.length
          expect(mailbox.remove(at)).toBe(model.splice(at, 1)[0])
        }
        expect(mailbox.toArray()).toEqual(model)
      }
    }),
  )
})

import { expect, test } from 'vitest'
import { atom, GenServer, MailboxFullError, Process, reply, send, sleep, tuple } from '../../../src/index.ts'
import { LocalKernel, type Report, reports } from '../../../src/process/index.ts'
import type { Pid } from '../../../src/term/index.ts'
import { inProcess, settled } from '../../support/processes.ts'

const kernel = new LocalKernel()

/** A process that takes no messages, with this limit. */
async function busy(action: 'warn' | 'drop' | 'exit' | 'refuse', size = 3): Promise<Pid> {
  const pid = kernel.spawn(async () => {
    expect(Process.maxQueue({ size, action })).toBe(undefined)
    await sleep(Number.POSITIVE_INFINITY)
  }).pid
  await settled(1)
  return pid as Pid
}

/** Does something and returns the texts of what was reported meanwhile. */
async function reported(fn: () => Promise<unknown>): Promise<string[]> {
  const texts: string[] = []
  const listen = (report: unknown): void => {
    texts.push((report as Report).text)
  }
  reports.subscribe(listen)
  try {
    await fn()
  } finally {
    reports.unsubscribe(listen)
  }
  return texts
}

const lengthOf = (pid: Pid): number => kernel.process(pid)!.mailbox.length
const sendTimes = (pid: Pid, times: number): Promise<void> =>
  inProcess(kernel, () => {
    for (let n = 0; n < times; n++) send(pid, n as never)
  })

test('warn accepts every message and reports each doubling', async () => {
  const pid = await busy('warn')
  const texts = await reported(() => sendTimes(pid, 13))
  expect(lengthOf(pid)).toBe(13)
  expect(texts).toEqual([
    `Process ${kernel.inspect(pid)}: 3 messages wait in its mailbox.`,
    `Process ${kernel.inspect(pid)}: 6 messages wait in its mailbox.`,
    `Process ${kernel.inspect(pid)}: 12 messages wait in its mailbox.`,
  ])
})

test('drop keeps the first messages and reports each doubling of what was dropped', async () => {
  const pid = await busy('drop')
  const texts = await reported(() => sendTimes(pid, 8))
  expect(kernel.process(pid)!.mailbox.toArray()).toEqual([0, 1, 2])
  expect(texts.map((text) => text.match(/; (\d) more were dropped so far\.$/)?.[1])).toEqual(['1', '2', '4'])
})

test('exit ends the receiver with the limit as the reason', async () => {
  const pid = await busy('exit')
  const process = kernel.process(pid)!
  const texts = await reported(() => sendTimes(pid, 5))
  expect(process.alive).toBe(false)
  expect(process.reason).toEqual(tuple(atom('max_queue'), 3))
  expect(texts).toEqual([
    `Process ${kernel.inspect(pid)}: it ends, since 3 messages wait in its mailbox, its limit.`,
  ])
})

test('refuse gives the sender an error; a message of another node is dropped', async () => {
  const pid = await busy('refuse')
  await expect(sendTimes(pid, 4)).rejects.toThrow(MailboxFullError)
  await expect(sendTimes(pid, 1)).rejects.toThrow(
    /^a message to #PID<.*> was not accepted: 3 messages wait there/,
  )
  const from = new LocalKernel({ name: atom('kate@localhost') as never, creation: 1 }).unusedPid()
  kernel.deliver({ type: 'message', from, to: pid, message: 'far' })
  expect(lengthOf(pid)).toBe(3)
})

test('a call of a server that refuses fails with the limit as the reason', async () => {
  const Slow = GenServer.define({
    init: () => {
      Process.maxQueue({ size: 2, action: 'refuse' })
      return 0
    },
    call: {
      wait: async (n) => {
        await sleep(50)
        return reply(n, n + 1)
      },
    },
  })
  await inProcess(kernel, async () => {
    const pid = await Slow.start(undefined)
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => GenServer.call(pid, Slow.wait())))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    expect((results[3] as PromiseRejectedResult).reason.reason.elements[0]).toEqual(
      tuple(atom('max_queue'), 2),
    )
  })
})

test('exit signals and DOWN messages enter a full mailbox', async () => {
  const owner = kernel.spawn(async () => {
    Process.maxQueue({ size: 1, action: 'drop' })
    Process.flag('trapExit', true)
    await sleep(Number.POSITIVE_INFINITY)
  })
  await settled(1)
  await sendTimes(owner.pid as Pid, 2)
  await inProcess(kernel, () => Process.exit(owner.pid, 'shutdown'))
  expect(owner.mailbox.length).toBe(2)
})

test('an invalid limit is refused, and undefined removes a limit', async () => {
  await inProcess(kernel, () => {
    const limit = { size: 5, action: 'warn' } as const
    for (const bad of [
      { size: 0, action: 'drop' },
      { size: 3, action: 'block' },
    ])
      expect(() => Process.maxQueue(bad as never)).toThrow(/^Process\.maxQueue: the limit is /)
    expect(Process.maxQueue(limit)).toBe(undefined)
    expect(Process.maxQueue(undefined)).toBe(limit)
  })
})

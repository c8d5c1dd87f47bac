import { expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import {
  type Kernel,
  LocalKernel,
  type LocalProcess,
  receive,
  runInProcess,
  self,
  send,
  spawn,
} from '../../../src/process/index.ts'
import { _, after, on, type Pid } from '../../../src/term/index.ts'
import { inProcess, settled } from '../../support/processes.ts'

/** Returns the median CPU time of this program during a 1 ms timeout, in ms. Other programs do not count. */
async function usualWait(): Promise<number> {
  const waits: number[] = []
  for (let n = 0; n < 21; n++) {
    const start = process.cpuUsage()
    await new Promise((resolve) => setTimeout(resolve, 1))
    const { user, system } = process.cpuUsage(start)
    waits.push((user + system) / 1_000)
  }
  return waits.sort((a, b) => a - b)[10]!
}

// A loop that lets no timer run would reach the time limit of the test. It is the median, since a garbage collection may delay
// any single timer for longer than that.
const LATE = 250

async function expectTimelyTimers(kernel: Kernel, processes: readonly LocalProcess[]): Promise<void> {
  try {
    expect(await usualWait()).toBeLessThan(LATE)
    for (const process of processes) expect(process.alive).toBe(true)
  } finally {
    for (const process of kernel.processes()) process.exit('enough')
    await settled()
  }
}

test('two processes that play ping-pong without end do not make timers late', async () => {
  const kernel = new LocalKernel()
  const player = async (): Promise<void> => {
    for (;;) send(await receive(on(_.pid, (pid) => pid)), self() as Pid)
  }
  const [one, two] = [kernel.spawn(player), kernel.spawn(player)] as const
  kernel.send(two.pid, one.pid, two.pid)
  await expectTimelyTimers(kernel, [one, two])
})

test('two callback processes that play ping-pong do not make timers late', async () => {
  const kernel = new LocalKernel()
  const [one, two] = [kernel.create(), kernel.create()] as const
  one.handle(() => kernel.send(one.pid, two.pid, 'ping'))
  two.handle(() => kernel.send(two.pid, one.pid, 'pong'))
  kernel.send(one.pid, two.pid, 'ping')
  await expectTimelyTimers(kernel, [one, two])
})

test('a process that always finds a message in its mailbox does not make timers late', async () => {
  const kernel = new LocalKernel()
  const one = kernel.spawn(async () => {
    for (;;) {
      send(self(), 1)
      await receive()
    }
  })
  await expectTimelyTimers(kernel, [one])
})

test('a process that polls an empty mailbox does not make timers late', async () => {
  const kernel = new LocalKernel()
  const one = kernel.spawn(async () => {
    for (;;)
      await receive(
        on(1, () => 1),
        after(0, () => 0),
      )
  })
  await expectTimelyTimers(kernel, [one])
})

test('processes that start each other without end do not make timers late', async () => {
  const kernel = new LocalKernel()
  const start = (): void => void spawn(start)
  kernel.spawn(start)
  await expectTimelyTimers(kernel, [])
})

test('callbacks that take long do not make timers late', async () => {
  const kernel = new LocalKernel()
  const one = kernel.create()
  one.handle(() => {
    const end = performance.now() + 0.5
    while (performance.now() < end);
    kernel.send(one.pid, one.pid, 'again')
  })
  kernel.send(one.pid, one.pid, 'first')
  await expectTimelyTimers(kernel, [one])
})

test('simulated time does not overtake processes when the machine stalls', async () => {
  const clock = new SimulatedClock()
  const kernel = new LocalKernel({ clock })
  let at = 0
  const [one, two] = [kernel.create(), kernel.create()] as const
  const stall = (): void => {
    const end = performance.now() + 2
    while (performance.now() < end);
  }
  one.handle((message) => {
    stall()
    kernel.send(one.pid, two.pid, message)
  })
  two.handle((message) => {
    stall()
    if (message === 10) at = clock.now()
    else kernel.send(two.pid, one.pid, Number(message) + 1)
  })
  for (let n = 0; n < 20; n++) {
    kernel.send(one.pid, one.pid, 0)
    await clock.advance(1_000)
    expect(at).toBe(n * 1_000)
  }
})

test('a process with a long mailbox does not delay the others', async () => {
  const kernel = new LocalKernel()
  let handled = 0
  const busy = kernel.create()
  busy.handle(() => {
    handled++
  })
  const order: number[] = []
  for (let n = 0; n < 50_000; n++) kernel.send(busy.pid, busy.pid, n)
  await inProcess(kernel, () => {
    order.push(handled)
  })
  expect(order[0]).toBeLessThan(1_000)
  while (handled < 50_000) await settled(1)
})

test('a callback that returns a promise delays the next message of its process, and no other process', async () => {
  const kernel = new LocalKernel()
  const log: string[] = []
  let open = (): void => {}
  const slow = kernel.create()
  slow.handle((message) => {
    log.push(`begin ${message}`)
    return new Promise<void>((resolve) => {
      open = resolve
    }).then(() => void log.push(`end ${message}`))
  })
  const quick = kernel.create()
  quick.handle((message) => void log.push(`quick ${message}`))
  kernel.send(slow.pid, slow.pid, 1)
  kernel.send(slow.pid, slow.pid, 2)
  kernel.send(slow.pid, quick.pid, 3)
  await settled()
  expect(log).toEqual(['begin 1', 'quick 3'])
  open()
  await settled()
  expect(log).toEqual(['begin 1', 'quick 3', 'end 1', 'begin 2'])
  runInProcess(slow, () => slow.exit('done'))
  open()
  await settled()
  expect(slow.alive).toBe(false)
})

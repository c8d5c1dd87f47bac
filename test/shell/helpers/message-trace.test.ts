import { expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import { GenServer, reply } from '../../../src/index.ts'
import { type Kernel, LocalKernel, type LocalProcess } from '../../../src/process/index.ts'
import { MessageTraces } from '../../../src/shell/helpers/message-trace.ts'
import { inProcess } from '../../support/processes.ts'

function traces(kernel: Kernel) {
  const printed: string[] = []
  let endShell = (): void => {}
  const all = new MessageTraces({
    kernel,
    print: (text) => printed.push(text.replaceAll(/#PID<[\d.]+>/g, '#PID<…>').trimEnd()),
    show: (value) => kernel.inspect(value as never),
    onEnd: (fn) => (endShell = fn),
  })
  return { all, printed, endShell: () => endShell() }
}

function server(kernel: Kernel, received: unknown[]): LocalProcess {
  const process = kernel.create({})
  process.handle((message) => {
    received.push(message)
  })
  return process
}

test('a trace ends after a minute, and the process receives as before', async () => {
  const clock = new SimulatedClock()
  const kernel = new LocalKernel({ clock })
  const { all, printed } = traces(kernel)
  const received: unknown[] = []
  const target = server(kernel, received)
  all.start(target, 10)
  target.deliver('one')
  target.deliverPriority('first')
  await clock.advance(59_999)
  expect(printed.slice(1)).toEqual(['#PID<…> received "one"', '#PID<…> received "first"'])
  await clock.advance(1)
  expect(printed.at(-1)).toBe('The trace of #PID<…> has ended: a minute has passed.')
  expect(Object.hasOwn(target, 'deliver')).toBe(false)
  target.deliver('two')
  await clock.advance(1)
  expect(printed).toHaveLength(4)
  expect(received).toEqual(['first', 'one', 'two'])
  expect(clock.pending).toBe(0)
})

test('the end of the shell ends its traces, and another shell can trace the process', () => {
  const kernel = new LocalKernel({ clock: new SimulatedClock() })
  const first = traces(kernel)
  const second = traces(kernel)
  const target = server(kernel, [])
  first.all.start(target, 10)
  expect(() => second.all.start(target, 10)).toThrow(/is traced already/)
  first.endShell()
  expect(first.printed.at(-1)).toBe('The trace of #PID<…> has ended: the shell has ended.')
  second.all.start(target, 10)
  second.all.stop()
  expect(second.printed.at(-1)).toBe('The trace of #PID<…> has ended: trace() was called.')
})

test('the calls of a server are traced, also those that need no message otherwise', async () => {
  const kernel = new LocalKernel()
  const { all, printed } = traces(kernel)
  const Echo = GenServer.define({ init: () => 0, call: { say: (n, text: string) => reply(text, n) } })
  await inProcess(kernel, async () => {
    const pid = await Echo.start(undefined)
    all.start(kernel.process(pid)!, 1)
    expect(await GenServer.call(pid, Echo.say('hi'))).toBe('hi')
    expect(await GenServer.call(pid, Echo.say('ho'))).toBe('ho')
  })
  expect(printed.filter((line) => line.includes('received'))).toEqual([
    expect.stringMatching(/received \{:"\$gen_call", [\s\S]*,\s+\{:say, "hi"\}\}$/),
  ])
})

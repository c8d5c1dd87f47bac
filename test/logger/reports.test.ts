import { expect, onTestFinished, test } from 'vitest'
import { formatLogEvent, Logger, logReports, startLoggerProxy } from '../../src/logger/index.ts'
import {
  type Kernel,
  LocalKernel,
  type Report,
  receive,
  report,
  reportOf,
  type Signal,
} from '../../src/process/index.ts'
import { atom, charlist, inspect, internPid, tuple } from '../../src/term/index.ts'

function logging(kernel: Kernel): string[] {
  const printed: string[] = []
  onTestFinished(logReports(kernel, (text) => printed.push(text)))
  return printed
}

test('reports of the kernel at the level or above are printed, those of other kernels are not', () => {
  const kernel = new LocalKernel()
  const printed = logging(kernel)
  report({ kernel, level: 'warning', text: 'mine' })
  report({ kernel: new LocalKernel(), level: 'error', text: "another's" })
  report({ kernel, level: 'debug', text: 'too small' })
  expect(printed).toEqual([expect.stringMatching(/^\n\d\d:\d\d:\d\d\.\d{3} \[warning\] mine\n$/)])
})

test('the report of a process that throws contains the exception', async () => {
  const kernel = new LocalKernel({ name: atom('alex@localhost') })
  const printed = logging(kernel)
  kernel.spawn(() => {
    throw new Error('oops')
  })
  await expect
    .poll(() => printed.join(''))
    .toMatch(/\[error\] Process #PID<0\.\d+\.0> raised an exception\n\*\* \(RuntimeError\) oops\n/)
})

test('the crash of a process that another node has spawned is sent there, in the words of the BEAM', async () => {
  const kernel = new LocalKernel({ name: atom('alex@localhost'), creation: 1 })
  const printed = logging(kernel)
  const sent: Signal[] = []
  kernel.router = { route: (signal) => void sent.push(signal) }
  const groupLeader = internPid(atom('kate@localhost'), 70, 0, 1)
  const { pid } = kernel.spawn(
    () => {
      throw new Error('oops')
    },
    { groupLeader },
  )
  await expect.poll(() => sent).toHaveLength(1)
  const [signal] = sent
  if (signal?.type !== 'message') throw new Error('expected a message')
  expect(signal.to).toEqual({ name: atom('logger_proxy'), node: atom('kate@localhost') })
  expect(signal.message).toMatchObject({
    elements: [
      atom('log'),
      atom('error'),
      charlist('Error in process ~p on node ~p with exit value:~n~p~n'),
      [pid, atom('alex@localhost'), expect.anything()],
      { gl: groupLeader, pid, error_logger: { emulator: true, tag: atom('error') } },
    ],
  })
  expect(formatLogEvent(signal.message, atom('kate@localhost'))?.text).toMatch(
    /^Process #PID<.*> on node :alex@localhost raised an exception\n\*\* \(RuntimeError\) oops/,
  )
  expect(printed).toEqual([])
})

test('log events that other nodes send are printed here', async () => {
  const kernel = new LocalKernel({ name: atom('alex@localhost') })
  const printed: string[] = []
  const proxy = startLoggerProxy(kernel, (text) => printed.push(text))
  expect(kernel.whereis(atom('logger_proxy'))).toBe(proxy)
  kernel.send(kernel.user, proxy.pid, 'nonsense')
  kernel.send(
    kernel.user,
    proxy.pid,
    tuple(atom('log'), atom('warning'), tuple(atom('string'), 'from afar'), {}),
  )
  await expect.poll(() => printed).toHaveLength(1)
  expect(printed[0]).toMatch(/\[warning\] from afar\n$/)
})

test('a log entry of a process is printed at its node, and is a report with metadata', async () => {
  const kernel = new LocalKernel()
  const printed = logging(kernel)
  const told: Report[] = []
  onTestFinished(Logger.addHandler((report) => told.push(report), { level: 'warning' }))
  const process = kernel.spawn(() => {
    Logger.info('all is well')
    Logger.debug(() => 'for nobody')
    Logger.warning(() => 'not so well', { user: 7 })
  })
  await expect.poll(() => told).toHaveLength(1)
  expect(told[0]).toMatchObject({
    level: 'warning',
    text: 'not so well',
    pid: process.pid,
    metadata: { user: 7 },
  })
  expect(printed.map((line) => line.slice(14))).toEqual(['[info] all is well\n', '[warning] not so well\n'])
})

test('a handler that throws is removed, and the other handlers receive a report of it; the caller is not affected', async () => {
  const kernel = new LocalKernel()
  const told: string[] = []
  let calls = 0
  Logger.addHandler(() => {
    calls++
    throw new Error('no disk')
  })
  onTestFinished(Logger.addHandler(({ text }) => told.push(text)))
  const process = kernel.spawn(async () => {
    Logger.error('one')
    Logger.error('two')
    await receive()
  })
  await expect.poll(() => told).toHaveLength(3)
  expect(told).toEqual(
    expect.arrayContaining(['A log handler was removed because it threw: Error: no disk', 'one', 'two']),
  )
  expect({ calls, alive: process.alive }).toEqual({ calls: 1, alive: true })
})

test('a log entry of a process with a remote group leader is sent to that node, values that are not terms as text', async () => {
  const kernel = new LocalKernel({ name: atom('alex@localhost'), creation: 1 })
  const printed = logging(kernel)
  const sent: Signal[] = []
  kernel.router = {
    route: (signal) => {
      if (signal.type === 'message' && inspect(signal.message).includes('1970')) throw new Error('no term')
      sent.push(signal)
    },
  }
  const groupLeader = internPid(atom('kate@localhost'), 70, 0, 1)
  const process = kernel.spawn(() => Logger.warning('careful'), { groupLeader })
  await expect.poll(() => sent).toHaveLength(1)
  reportOf(process, 'error', { text: 'with a date', event: { label: atom('x'), at: new Date(0) as never } })
  expect(
    sent.map((signal) => signal.type === 'message' && formatLogEvent(signal.message, kernel.name)),
  ).toEqual([
    { level: 'warning', text: 'careful' },
    { level: 'error', text: 'with a date' },
  ])
  expect(printed).toEqual([])
})

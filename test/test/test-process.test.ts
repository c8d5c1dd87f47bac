import { afterAll, expect, test } from 'vitest'
import {
  Agent,
  atom,
  GenServer,
  IO,
  Logger,
  Process,
  receive,
  self,
  sleep,
  spawn,
  spawnLink,
} from '../../src/index.ts'
import {
  assertReceived,
  captureIO,
  captureLog,
  refuteReceived,
  setupTestFile,
  startSupervised,
  stopSupervised,
  useSimulatedClock,
} from '../../src/test/index.ts'

await setupTestFile()

const ended: string[] = []
const noted = (name: string) =>
  GenServer.define({
    init: () => {
      Process.flag('trapExit', true)
      return name
    },
    terminate: (_reason, state) => void ended.push(state),
  })

test('startSupervised starts processes that end in reverse order with the test', async () => {
  const first = await startSupervised(noted('first').child(undefined, { name: 'First' }))
  await startSupervised(noted('second').child(undefined, { name: 'Second' }))
  await startSupervised(noted('third').child(undefined, { name: 'Third' }))
  expect(Process.whereis('First')).toBe(first)
  await stopSupervised('Third')
  expect(Process.whereis('Third')).toBeUndefined()
  expect(ended).toEqual(['third'])
})

test('they are gone in the next test', () => {
  expect(Process.whereis('First')).toBeUndefined()
  expect(Process.whereis('Third')).toBeUndefined()
})

test('startSupervised and stopSupervised fail with the sentences of ExUnit', async () => {
  const failing = Agent.child(() => {
    throw new Error('no')
  })
  await expect(startSupervised(failing)).rejects.toThrow(
    /^failed to start child with the spec %\{.*\}\.\nReason: an exception was raised:/s,
  )
  await expect(stopSupervised('nope')).rejects.toThrow(
    'could not stop child ID :nope because it was not found',
  )
})

test('captureIO returns what is printed, and gives input', async () => {
  expect(await captureIO(() => IO.puts('hello'))).toBe('hello\n')
  expect(await captureIO('Kate\n', async () => IO.inspect(await IO.gets('name? ')))).toBe('name? "Kate\\n"\n')
})

test('captureLog returns what is logged at a level or above', async () => {
  const log = await captureLog({ level: 'warning' }, () => {
    Logger.error('broken')
    Logger.info('fine')
  })
  expect(log).toMatch(/^\n\d\d:\d\d:\d\d\.\d{3} \[error\] broken\n$/)
})

test('a simulated clock moves timers, sleeping processes and timeouts', async () => {
  const clock = useSimulatedClock()
  Process.sendAfter(self(), atom('reminder'), 3_600_000)
  let woken = false
  spawn(async () => {
    await sleep(1_000)
    woken = true
  })
  await clock.advance(999)
  expect(woken).toBe(false)
  await clock.advance(1)
  expect(woken).toBe(true)
  refuteReceived(atom('reminder'))
  await clock.advance(3_600_000)
  assertReceived(atom('reminder'))
})

test('time is real again after a simulation', async () => {
  await sleep(1)
})

let left = self as unknown
test.fails('a linked process that fails ends the test', async () => {
  left = spawnLink(async () => {
    await receive()
  })
  spawnLink(() => {
    throw new Error('boom')
  })
  await receive()
})

test('processes that are linked to a test end with it', () => {
  expect(Process.alive(left as never)).toBe(false)
})

afterAll(() => {
  expect(ended).toEqual(['third', 'second', 'first'])
})

import { expect, expectTypeOf, test } from 'vitest'
import { _, atom, type Pid, self, send, spawnLink, tuple } from '../../src/index.ts'
import {
  assertReceive,
  assertReceived,
  refuteReceive,
  refuteReceived,
  setupTestFile,
} from '../../src/test/index.ts'

await setupTestFile()

const hi = atom('hi')
const failureOf = async (assertion: () => unknown): Promise<string> => {
  try {
    await assertion()
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing was thrown'
}

test('a test is a process, and assertReceive returns the message with the type of the pattern', async () => {
  send(self(), tuple(atom('other'), 1))
  spawnLink((test: Pid) => send(test, tuple(hi, 'Kate')), self() as Pid)
  const [tag, name] = await assertReceive([hi, _.string])
  expectTypeOf(name).toEqualTypeOf<string>()
  expect([tag, name]).toEqual([hi, 'Kate'])
  expect(assertReceived([atom('other'), _])).toEqual(tuple(atom('other'), 1))
  await refuteReceive(_, 1)
})

// The sentences are those of ExUnit 1.14.
test('assertReceive fails with the sentences of ExUnit', async () => {
  expect(await failureOf(() => assertReceive([hi, _]))).toBe(
    'Assertion failed, no matching message after 100ms\nThe process mailbox is empty.',
  )
  send(self(), tuple(atom('hello'), 1))
  expect(await failureOf(() => assertReceive([hi, _.string], 1))).toBe(
    'Assertion failed, no matching message after 1ms\nShowing 1 of 1 message in the mailbox\nmailbox:\n' +
      '  pattern: {:hi, _.string}\n  value:   {:hello, 1}',
  )
  for (let i = 2; i <= 12; i++) send(self(), tuple(atom('hello'), i))
  const failure = await failureOf(() => assertReceived([hi, _]))
  expect(failure).toContain('no matching message after 0ms\nShowing 10 of 12 messages in the mailbox')
  expect(failure).toContain('value:   {:hello, 3}\n\n')
  expect(failure).not.toContain('{:hello, 2}')
})

test('refuteReceive fails when the message arrives', async () => {
  send(self(), tuple(hi, 1))
  expect(await failureOf(() => refuteReceive([hi, _]))).toBe(
    'Unexpectedly received message {:hi, 1} (which matched {:hi, _})',
  )
  send(self(), hi)
  expect(await failureOf(() => refuteReceived(hi))).toBe(
    'Unexpectedly received message :hi (which matched :hi)',
  )
  refuteReceived(_)
})

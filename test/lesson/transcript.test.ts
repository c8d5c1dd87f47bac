import { expect, test } from 'vitest'
import { shows, showsInAnyOrder, silence } from './script.ts'
import { matches, promptCount, promptNumber, readPane, withoutAside, withoutTyped } from './transcript.ts'

const defined = ['defmodule Kate do', 'def name, do: :kate', 'end', '{:module, Kate}']

test('a definition has the same lines in the terminals of Elixir 1.14, Elixir 1.20 and Moebi', () => {
  const older = `iex(kate@localhost)1> defmodule Kate do
...(kate@localhost)1>   def name, do: :kate
...(kate@localhost)1> end
{:module, Kate,
 <<70, 79, 82, 49, 0, 0, 5, 136, 66, 69, 65, 77, 65, 116, 85, 56, 0, 0, 0, 186,
   95, 105, 110, 102, 111, 95, 95, 10, 97, ...>>, {:name, 0}}
iex(kate@localhost)2>`
  const newer = `iex(kate@localhost)1> defmodule Kate do
                        def name, do: :kate
                      end
{:module, Kate,
 <<70, 79, 82, 49, 45, 95, ...>>, ...}
iex(kate@localhost)2>`
  expect(readPane(older)).toEqual(defined)
  expect(readPane(newer)).toEqual(defined)
  expect(
    readPane('moebi(kate@localhost)1> defmodule(…)\n{:module, Kate}\nmoebi(kate@localhost)2>').at(-1),
  ).toBe(defined.at(-1))
})

test('an output line is the same after a prompt, above it, and with a time', () => {
  const behind = 'iex(kate@localhost)1> hi\nNode.self()\n:kate@localhost\niex(kate@localhost)2>'
  const above = 'hi\niex(kate@localhost)1> Node.self()\n:kate@localhost\niex(kate@localhost)2>'
  expect(readPane(behind)).toEqual(readPane(above))
  expect(readPane('iex(kate@localhost)1>\n07:41:21.831 [error] no\n')).toEqual(['[error] no'])
})

test('of a pid remains whether its process is local or remote', () => {
  expect(readPane('{#PID<0.106.0>, #PID<11956.129.0>}')).toEqual(['{#PID<local>, #PID<remote>}'])
})

test('the prompt number is that of the lowest prompt', () => {
  expect(promptNumber('')).toBe(0)
  expect(promptNumber('moebi(a@localhost)1> 1\n1\nmoebi(a@localhost)2> hi\nthere')).toBe(2)
})

test('a definition of several lines counts as one prompt', () => {
  expect(promptCount('iex(a@localhost)1> f do\n...(a@localhost)1> end\n1\niex(a@localhost)2> hi')).toBe(2)
})

test('stack frames are left out, error messages are not', () => {
  const error = `** (exit) exited in: Task.await(task, 5000)
    ** (EXIT) an exception was raised:
        ** (RuntimeError) boom
            iex:3: Trouble.boom/0
            (stdlib 4.2) proc_lib.erl:240: :proc_lib.init_p_do_apply/3
    (elixir 1.20.4) lib/task.ex:890: Task.await_receive/3
    iex:107: (file)
    Args: [1]

Interactive Elixir (1.14.0) - press Ctrl+C to exit (type h() ENTER for help)`
  expect(readPane(error)).toEqual([
    '** (exit) exited in: Task.await(task, 5000)',
    '** (EXIT) an exception was raised:',
    '** (RuntimeError) boom',
    'Args: [1]',
  ])
})

test('a pattern removes only the first line that it matches', () => {
  expect(withoutAside(['x', 'a', 'x'], [/^x/, /^y/])).toEqual(['a', 'x'])
})

test('typed lines are removed once, in their order, and must be present', () => {
  expect(withoutTyped(['x', 'pid', 'pid'], ['pid'])).toEqual(['x', 'pid'])
  expect(withoutTyped(['a do', 'hi', 'end', ':ok'], ['a do', 'end'])).toEqual(['hi', ':ok'])
  expect(withoutTyped(['end', 'a do'], ['a do', 'end'])).toBeUndefined()
})

test('a pane with an additional, a missing or a different line does not match', () => {
  expect(matches(['a', 'b'], shows('a', 'b'))).toBe(true)
  expect(matches(['a', 'b', 'c'], shows('a', 'b'))).toBe(false)
  expect(matches(['a'], shows('a', 'b'))).toBe(false)
  expect(matches(['b', 'a'], shows('a', 'b'))).toBe(false)
  expect(matches(['b', 'a'], showsInAnyOrder('a', 'b'))).toBe(true)
  expect(matches(['a', 'a'], showsInAnyOrder('a', 'b'))).toBe(false)
  expect(matches(['a'], silence)).toBe(false)
})

test('a pattern matches one line, and an optional line matches one or none', () => {
  expect(matches(['refused: cookie'], shows(/cookie/))).toBe(true)
  expect(matches([], shows(/cookie/))).toBe(false)
  expect(matches([], shows({ maybe: 'x' }))).toBe(true)
  expect(matches(['x'], shows({ maybe: 'x' }))).toBe(true)
  expect(matches(['y'], shows({ maybe: 'x' }))).toBe(false)
  expect(matches(['x', 'x'], shows({ maybe: /x/ }))).toBe(false)
  expect(matches(['x', 'no'], showsInAnyOrder({ maybe: /x/ }, 'no'))).toBe(true)
})

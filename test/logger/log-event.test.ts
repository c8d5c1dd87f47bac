import { describe, expect, test } from 'vitest'
import { formatLine, formatLogEvent } from '../../src/logger/index.ts'
import { type Atom, atom, charlist, ElixirError, internPid, type Term, tuple } from '../../src/term/index.ts'

const alex: Atom = atom('alex@localhost')
const kate: Atom = atom('kate@localhost')
const pid = internPid(kate, 174, 0, 1)
const oops = new ElixirError('RuntimeError', { message: 'oops' })
const stack = [
  tuple(atom('erl_eval'), atom('do_apply'), 7, [
    tuple(atom('file'), charlist('erl_eval.erl')),
    tuple(atom('line'), 742),
  ]),
]
const crash = charlist('Error in process ~p on node ~p with exit value:~n~p~n')

const event = (...rest: Term[]): Term => tuple(atom('log'), atom('error'), ...rest, {})

test('an entry has a time, a level and a text, with an empty line before it', () => {
  const time = new Date(2026, 10, 22, 7, 38, 4, 59)
  expect(formatLine('error', 'text', time)).toBe('\n07:38:04.059 [error] text\n')
})

describe("the crash of a process is formatted in Elixir's words", () => {
  test('with the exception and its stack', () => {
    const logged = formatLogEvent(event(crash, [pid, kate, tuple(oops, stack)]), alex)
    expect(logged?.level).toBe('error')
    expect(logged?.text).toMatch(
      /^Process #PID<9\d+\.174\.0> on node :kate@localhost raised an exception\n\*\* \(RuntimeError\) oops\n {4}erl_eval\.erl:742: :erl_eval\.do_apply\/7$/,
    )
  })

  test('without the node where it is the own one', () => {
    const own = internPid(alex, 7, 0, 1)
    expect(formatLogEvent(event(crash, [own, alex, tuple(oops, [])]), alex)?.text).toMatch(
      /^Process #PID<0\.7\.0> raised an exception\n\*\* \(RuntimeError\) oops$/,
    )
  })
})

test('another format is formatted as in Erlang', () => {
  expect(formatLogEvent(event(charlist('~p of ~ts~n'), [tuple(1), 'ü']), alex)?.text).toBe('{1} of ü')
})

test('a format that does not match its arguments is shown unformatted', () => {
  expect(formatLogEvent(event(charlist('~p ~p'), [1]), alex)?.text).toContain('[1]')
})

test('messages may be strings, reports, and formats in one term', () => {
  const text = (message: Term): string | undefined => formatLogEvent(event(message), alex)?.text
  expect(text(tuple(atom('string'), ['a', 'b']))).toBe('ab')
  expect(text(tuple(atom('report'), { label: atom('up'), count: 1 }))).toBe('label: :up count: 1')
  expect(text(tuple(atom('report'), [tuple(atom('a'), 'b')]))).toBe('a: "b"')
  expect(text(tuple(charlist('~p!'), [5]))).toBe('5!')
})

test('a term that is not a log event has no text', () => {
  for (const term of [1, tuple(), tuple(atom('log'), 1, 2, 3), tuple(atom('other'), atom('error'), 'x', {})])
    expect(formatLogEvent(term, alex)).toBeUndefined()
})

import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import {
  _,
  atom,
  ElixirError,
  ErlangError,
  ExitError,
  error,
  errorToReason,
  formatExit,
  formatStacktrace,
  internPid,
  is,
  listOf,
  noproc,
  normal,
  type Term,
  text,
  tuple,
} from '../../../src/term/index.ts'

function chatter(): never {
  throw new Error('oops')
}

class Dog {
  bark(): never {
    return chatter()
  }
}

function thrown(by: () => unknown): unknown {
  try {
    by()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

const partsOf = (reason: Term): readonly [Term, Term] => {
  if (is(reason, [_, _.list])) return reason.elements
  throw new Error('not {reason, stack}')
}

describe('the exit reason of a process that threw', () => {
  test('an exit is its reason', () => {
    expect(errorToReason(new ExitError(normal))).toBe(normal)
  })

  test('an Error is a RuntimeError, with the functions of the user on its stack', () => {
    const [exception, stack] = partsOf(errorToReason(thrown(() => new Dog().bark())))
    expect(exception).toBeInstanceOf(ElixirError)
    expect((exception as ElixirError).fields.message).toBe('oops')
    const lines = formatStacktrace(stack).split('\n')
    expect(lines[0]).toMatch(/^ {4}test\/term\/exit\/exit\.test\.ts:\d+: ExitTest\.chatter\/0$/)
    expect(lines[1]).toMatch(/^ {4}test\/term\/exit\/exit\.test\.ts:\d+: ExitTest\.bark\/0$/)
    expect(lines[2]).toMatch(/^ {4}test\/term\/exit\/exit\.test\.ts:\d+: \(file\)$/)
    expect(lines.join()).not.toContain('node:')
    expect(is(stack, listOf([_.atom, _.atom, _.integer, _.list]))).toBe(true)
  })

  test('other classes of Error have their name in the message', () => {
    const [exception] = partsOf(errorToReason(thrown(() => (undefined as unknown as Dog).bark())))
    expect((exception as ElixirError).fields.message).toMatch(
      /^TypeError: Cannot read properties of undefined/,
    )
  })

  test('an Elixir exception is the reason itself, an error of Erlang is its reason', () => {
    const keyError = new ElixirError('KeyError', { key: 1, term: {} })
    expect(partsOf(errorToReason(keyError))[0]).toBe(keyError)
    expect(partsOf(errorToReason(new ErlangError(atom('badarg'))))[0]).toBe(atom('badarg'))
  })

  test('a term is {:nocatch, term}, and a value that is not a term is its text', () => {
    expect(errorToReason(tuple(error, 1))).toEqual(tuple(tuple(atom('nocatch'), tuple(error, 1)), []))
    expect(errorToReason(undefined)).toEqual(tuple(tuple(atom('nocatch'), undefined), []))
    const [nocatch] = partsOf(errorToReason(new Date(0)))
    expect(nocatch).toEqual(tuple(atom('nocatch'), '1970-01-01T00:00:00.000Z'))
  })

  test('evaluated code has its own name, and a path has no folders outside of the working directory', () => {
    const made = new Error('x')
    made.stack = [
      'Error: x',
      '    at eval (eval at run (file:///srv/app/main.ts:1:2), REPL7:3:9)',
      '    at async Promise.all (index 0)',
      '    at async Module.sendMessage (file:///srv/app/chat-server.ts:12:5)',
      '    at new Kate (/srv/app/kate.js:4:1)',
      '    at Object.go [as run] (/srv/app/1.js:5:1)',
      '    at pick (/srv/app/node_modules/dice/lib/string.js:6:1)',
      `    at bark (${process.cwd()}/examples/dog.ts:7:1)`,
      '    at node:internal/main:1:1',
      '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
    ].join('\n')
    const [, stack] = partsOf(errorToReason(made))
    expect(formatStacktrace(stack).split('\n')).toEqual([
      '    REPL7:3: (file)',
      '    chat-server.ts:12: ChatServer.sendMessage/0',
      '    kate.js:4: Kate."Kate"/0',
      '    1.js:5: JavaScript.go/0',
      '    dice/lib/string.js:6: JavaScript.String.pick/0',
      '    examples/dog.ts:7: Dog.bark/0',
    ])
  })

  test('frames of this package are shown with MOEBI_STACKTRACE=full only', () => {
    const made = new Error('x')
    const own = fileURLToPath(new URL('../../../src/gen/call/call.ts', import.meta.url))
    made.stack = ['Error: x', `    at callServer (${own}:12:5)`, '    at go (/srv/app/a.js:5:1)'].join('\n')
    const lines = () => formatStacktrace(partsOf(errorToReason(made))[1]).split('\n')
    expect(lines()).toEqual(['    a.js:5: A.go/0'])
    process.env.MOEBI_STACKTRACE = 'full'
    try {
      expect(lines()).toEqual([`    ${own}:12: Call.callServer/0`, '    /srv/app/a.js:5: A.go/0'])
    } finally {
      delete process.env.MOEBI_STACKTRACE
    }
    made.stack = `Error: x\n    at callServer (${own}:12:5)`
    expect(partsOf(errorToReason(made))[1]).toEqual([])
  })
})

describe('the errors', () => {
  test('have the sentence and a code', () => {
    const exit = new ExitError(
      tuple(noproc, tuple(atom('Elixir.GenServer'), atom('call'), [atom('Elixir.Chat'), 'hi', 5000])),
    )
    expect(exit.message).toBe(
      'exited in: GenServer.call(Chat, "hi", 5000)\n    ** (EXIT) no process: the process is not alive or ' +
        "there's no process currently associated with the given name, possibly because its application isn't started",
    )
    expect(exit).toMatchObject({ name: 'ExitError', code: 'MOEBI_EXIT' })
    expect(String(new ErlangError(tuple(atom('badmatch'), 1)))).toBe(
      'ErlangError: (MatchError) no match of right hand side value: 1',
    )
  })

  test('show pids as the node whose name is given sees them', () => {
    const self = atom('a@localhost')
    const reason = tuple(atom('already_started'), internPid(self, 7, 0, 1))
    expect(formatExit(reason, { self })).toBe('already started: #PID<0.7.0>')
    expect(formatExit(reason)).toBe('already started: #PID<a@localhost.7.0>')
  })

  test('are formatted whatever the reason holds, at any depth', () => {
    let reason: Term = 1
    for (let depth = 0; depth < 50_000; depth++) reason = tuple(reason, tuple(atom('m'), atom('f'), []))
    expect(formatExit(reason)).toContain('exited in: :m.f()')
    expect(text(formatExit(new Date() as unknown as Term))).toMatch(/\d/)
  })
})

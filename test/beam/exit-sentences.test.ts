import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encode } from '../../src/etf/index.ts'
import {
  Atom,
  atom,
  badarg,
  charlist,
  ElixirError,
  ExportFun,
  errorToReason,
  formatException,
  formatExit,
  formatStacktrace,
  infinity,
  kill,
  killed,
  noconnection,
  noproc,
  normal,
  shutdown,
  type Term,
  TermMap,
  timeout,
  tuple,
  undef,
} from '../../src/term/index.ts'

/** Returns the result of an Elixir expression of the variable `term`, for each term. */
function askElixir(expression: string, terms: readonly Term[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'moebi-exit-'))
  try {
    const file = join(folder, 'terms')
    writeFileSync(file, terms.map((term) => `${Buffer.from(encode(term)).toString('base64')}\n`).join(''))
    const program = `
      for line <- File.stream!(${JSON.stringify(file)}) do
        term = line |> String.trim() |> Base.decode64!() |> :erlang.binary_to_term()
        IO.puts(Base.encode64(${expression}))
      end`
    const output = execFileSync('elixir', ['-e', program], { encoding: 'utf8', timeout: 30_000 })
    return output
      .trimEnd()
      .split('\n')
      .map((answer) => Buffer.from(answer, 'base64').toString())
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const alias = (name: string): Atom => Atom.intern(`Elixir.${name}`)
const place = (file: string, line: number): Term => [
  tuple(atom('file'), charlist(file)),
  tuple(atom('line'), line),
]
const frame = (module: Atom, name: string, arity: Term, location: Term = []): Term =>
  tuple(module, atom(name), arity, location)
const struct = (name: string, fields: { [key: string]: Term }): Term => ({
  __struct__: alias(name),
  __exception__: true,
  ...fields,
})

const M = alias('M')
const stack: Term = [frame(M, 'f', 1)]
const frames: Term[] = [
  frame(alias('Foo'), 'bar', 1, place('src/foo.ts', 3)),
  frame(atom('m'), '-f/2-fun-0-', 1, place('m.erl', 0)),
  frame(alias('Foo'), '__MODULE__', 0),
  frame(alias('Foo'), '__MODULE__', 1, place('x.ts', 2)),
  frame(alias('Foo'), '__FILE__', 1, place('x.ts', 2)),
  frame(alias('Foo'), 'sayName', [1, 'x', atom('y')]),
  frame(alias('Foo'), 'say name', 0, place('a b.ts', 1)),
  tuple(new ExportFun(M, atom('f'), 2), 2, []),
]
const call = (...args: Term[]): Term => tuple(alias('GenServer'), atom('call'), args)
const where: Term = tuple(alias('Chat.TaskSupervisor'), atom('moebi@localhost'))
const oops = new ElixirError('RuntimeError', { message: 'oops' })

test('exit reasons are formatted as in Elixir', () => {
  const fault = (kind: string, ...faults: string[]): Term[] =>
    faults.map((name) => tuple(atom(kind), tuple(atom(name), tuple(1, 2))))
  const failed = (cause: Term): Term =>
    tuple(shutdown, tuple(atom('failed_to_start_child'), alias('Foo'), cause))
  const reasons: Term[] = [
    ...[
      normal,
      shutdown,
      kill,
      killed,
      timeout,
      noproc,
      noconnection,
      badarg,
      atom('calling_self'),
      null,
      true,
    ],
    ...['text', 1, tuple(1, 2), tuple(), [], { a: 1 }],
    tuple(shutdown, atom('x')),
    tuple(shutdown, tuple(1, 2, 3)),
    tuple(atom('nodedown'), atom('kate@localhost')),
    tuple(atom('nodedown'), 'kate'),
    ...['already_started', 'bad_return_value', 'bad_call', 'bad_cast', 'bad_start_spec'].map((name) =>
      tuple(atom(name), ['x']),
    ),
    tuple(atom('bad_return'), tuple(M, atom('init'), 1)),
    tuple(atom('bad_return'), tuple(M, atom('init'), [1])),
    tuple(atom('bad_return'), 1),
    ...fault('start_spec', 'invalid_child_spec', 'invalid_mfa', 'invalid_restart_type', 'invalid_shutdown'),
    ...fault('start_spec', 'invalid_child_type', 'invalid_modules', 'unheard_of'),
    ...fault('supervisor_data', 'invalid_type', 'invalid_strategy', 'invalid_intensity', 'invalid_period'),
    ...fault('supervisor_data', 'invalid_max_children', 'invalid_extra_arguments', 'unheard_of'),
    tuple(noproc, call(alias('Foo'), 1, 5000)),
    tuple(
      tuple(atom('nodedown'), atom('moebi@localhost')),
      call(where, tuple(atom('start_task'), [], null), infinity),
    ),
    tuple(tuple(timeout, call(1)), tuple(M, atom('f'), 1)),
    tuple(tuple(tuple(timeout, call(1)), call(2)), call(3)),
    tuple(atom('x'), tuple(1, 2, 3)),
    tuple(oops, frames),
    tuple(undef, [frame(alias('Nope'), 'nope', [1])]),
    tuple(undef, [frame(alias('Nope'), 'nope', 1)]),
    tuple(tuple(oops, stack), call(1)),
    tuple(tuple(tuple(atom('nocatch'), 1), stack), call(1)),
    tuple(tuple(atom('nocatch'), 1), stack),
    tuple(atom('function_clause'), [frame(M, 'f', [1])]),
    tuple(atom('foo'), []),
    tuple(atom('foo'), [1]),
    tuple(atom('foo'), [tuple(1, 2, 3, 4)]),
    failed(atom('bad')),
    failed(tuple(atom('EXIT'), tuple(undef, [frame(M, 'f', [])]))),
    failed(failed(tuple(atom('already_started'), 1))),
    tuple({ a: 'x'.repeat(100) }, call('y'.repeat(100))),
  ]
  const answers = askElixir('Exception.format_exit(term)', reasons)
  expect(reasons.map((reason) => formatExit(reason))).toEqual(answers)
})

test('errors are formatted as in Elixir', () => {
  const f = new ExportFun(M, atom('f'), 1)
  const tagged = (tag: string, ...rest: Term[]): Term => tuple(atom(tag), ...rest)
  const errors: Term[] = [
    ...['badarg', 'badarith', 'system_limit', 'cond_clause', 'undef', 'function_clause', 'foo'].map((name) =>
      atom(name),
    ),
    tagged('badarity', tuple(f, [1, 2])),
    tagged('badarity', tuple(f, [1])),
    tagged('badarity', tuple(f, [])),
    ...[
      'badmatch',
      'case_clause',
      'with_clause',
      'try_clause',
      'badmap',
      'badfun',
      'badkey',
      'badarg',
      'nocatch',
    ].map((tag) => tagged(tag, tuple(1, 'x'))),
    tagged('badfun', f),
    tagged('badstruct', M, {}),
    tagged('badbool', atom('and'), 1),
    tagged('badkey', atom('a'), { b: 1 }),
    tagged('badkey', 'name', new TermMap([['nam', 1]])),
    tagged('unbound_var', atom('x')),
    oops,
    struct('ArgumentError', { message: 'two\nlines' }),
    struct('KeyError', { key: atom('a'), term: {}, message: null }),
    struct('KeyError', { key: atom('a'), term: null, message: null }),
    struct('UndefinedFunctionError', {
      module: M,
      function: atom('f'),
      arity: 1,
      reason: null,
      message: null,
    }),
    struct('UndefinedFunctionError', {
      module: M,
      function: atom('f'),
      arity: 1,
      reason: 'because',
      message: null,
    }),
    struct('UndefinedFunctionError', {
      module: null,
      function: null,
      arity: null,
      reason: null,
      message: null,
    }),
    struct('UndefinedFunctionError', {
      module: M,
      function: atom('f'),
      arity: 1,
      reason: atom('function not exported'),
      message: null,
    }),
    struct('FunctionClauseError', {
      module: M,
      function: atom('f'),
      arity: 2,
      kind: null,
      args: null,
      clauses: null,
    }),
    struct('BadArityError', { function: f, args: [1] }),
    struct('CaseClauseError', { term: 1 }),
    struct('BadBooleanError', { term: 1, operator: atom('or') }),
    struct('ErlangError', { original: atom('x'), reason: null }),
  ]
  const top: Term = [frame(M, 'f', [1, atom('b')])]
  const answers = askElixir(
    `Exception.format(:error, elem(term, 0), elem(term, 1)) |> String.trim_trailing("\\n")`,
    [...errors.map((error) => tuple(error, top)), ...errors.map((error) => tuple(error, []))],
  )
  expect([
    ...errors.map((error) => formatException(error, top)),
    ...errors.map((error) => formatException(error)),
  ]).toEqual(answers)
})

test('stack traces are formatted as in Elixir', () => {
  const [answer] = askElixir(`Exception.format_stacktrace(term) |> String.trim_trailing("\\n")`, [frames])
  expect(formatStacktrace(frames)).toBe(answer)
})

test('an error that TypeScript throws is an exception with its position in the TypeScript source', () => {
  const reason = errorToReason(new TypeError('it is not a dog'))
  const [answer] = askElixir('Exception.format_exit(term)', [reason])
  expect(answer).toBe(formatExit(reason))
  expect(answer).toMatch(
    /^an exception was raised:\n {4}\*\* \(RuntimeError\) TypeError: it is not a dog\n {8}test\/beam\/exit-sentences\.test\.ts:\d+: \(file\)/,
  )
})

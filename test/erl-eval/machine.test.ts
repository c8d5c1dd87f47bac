import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CodeLoaders } from '../../src/erl-eval/code-loaders.ts'
import { decode, encode } from '../../src/etf/index.ts'
import { LocalKernel, type LocalProcess } from '../../src/process/index.ts'
import { atom, ErlangError, type Fun, inspect, type Term, TermMap, tuple } from '../../src/term/index.ts'

// The forms of these funs are made here, and put into the fun that an iex has sent.

const fixtures: Readonly<Record<string, Readonly<Record<string, string>>>> = JSON.parse(
  readFileSync(new URL('../fixtures/funs/typed-into-iex.json', import.meta.url), 'utf8'),
)
const sent = Buffer.from(fixtures['otp25-elixir1.14']!.say_name!, 'base64')
const NONE = atom('none')

const variable = (name: string): Term => tuple(atom('var'), 1, atom(name))
const integer = (value: number | bigint): Term => tuple(atom('integer'), 1, value)
const op = (operator: string, a: Term, b: Term): Term => tuple(atom('op'), 1, atom(operator), a, b)
const clause = (patterns: Term[], guards: Term[], body: Term[]): Term =>
  tuple(atom('clause'), 1, patterns, guards, body)
const call = (fn: Term, ...args: Term[]): Term => tuple(atom('call'), 1, fn, args)
const match = (pattern: Term, value: Term): Term => tuple(atom('match'), 1, pattern, value)
const namedFun = (name: string, ...clauses: Term[]): Term => tuple(atom('named_fun'), 1, atom(name), clauses)

/** A fun without arguments, with these expressions as its body. */
function funOf(...body: Term[]): Fun {
  const data = tuple(1, new TermMap(), NONE, NONE, new TermMap(), [clause([], [], body)])
  const written = encode(data).subarray(1)
  // The free variable of the fun that was sent is its last part: a tuple of six elements that begins with the line 1.
  const head = sent.subarray(1, sent.indexOf(Buffer.from([0x68, 6, 97, 1])))
  const bytes = Buffer.concat([Buffer.from([131]), head, written])
  bytes.writeUInt32BE(bytes.length - 2, 2)
  return decode(bytes) as Fun
}

function run(kernel: LocalKernel, fun: Fun): { process: LocalProcess; result: Promise<string> } {
  const codeLoaders = new CodeLoaders(kernel, false)
  let settle: (shown: string) => void
  const result = new Promise<string>((resolve) => {
    settle = resolve
  })
  const process = kernel.spawn(async () => {
    try {
      settle(inspect(await codeLoaders.call(fun, [])))
    } catch (thrown) {
      settle(`error ${thrown instanceof ErlangError ? inspect(thrown.reason) : String(thrown)}`)
    }
  })
  return { process, result }
}

const loop = (last: Term): Term =>
  namedFun(
    'Loop',
    clause([integer(0), variable('Sum')], [], [variable('Sum')]),
    clause([variable('N'), variable('Sum')], [], [last]),
  )
const again = (...args: Term[]): Term => call(variable('Loop'), ...args)
const next = op('-', variable('N'), integer(1))

test('a tail call does not grow the stack: a loop of 300,000 rounds', async () => {
  const fun = funOf(
    match(variable('F'), loop(again(next, op('+', variable('Sum'), variable('N'))))),
    call(variable('F'), integer(300_000), integer(0)),
  )
  expect(await run(new LocalKernel(), fun).result).toBe('45000150000')
})

test('calls may be nested 100,000 deep, and a recursion without end is a system_limit', async () => {
  const deep = (rounds: number): Fun =>
    funOf(
      match(variable('F'), loop(op('+', integer(1), again(next, variable('Sum'))))),
      call(variable('F'), integer(rounds), integer(0)),
    )
  expect(await run(new LocalKernel(), deep(100_000)).result).toBe('100000')
  expect(await run(new LocalKernel(), deep(1e9)).result).toBe('error :system_limit')
})

test('while a fun loops without end, other processes continue and the fun can be killed', async () => {
  const kernel = new LocalKernel()
  const fun = funOf(
    match(variable('F'), loop(again(variable('N'), variable('Sum')))),
    call(variable('F'), integer(1), integer(0)),
  )
  const { process } = run(kernel, fun)
  let turns = 0
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    turns++
  }
  expect(turns).toBe(20)
  expect(process.alive).toBe(true)
  kernel.signal({ type: 'exit2', from: kernel.user, to: process.pid, reason: atom('kill') })
  expect(process.alive).toBe(false)
})

test('code that is nested too deep is refused', async () => {
  let nested = integer(1)
  for (let i = 0; i < 100_000; i++) nested = tuple(atom('tuple'), 1, [nested])
  expect(await run(new LocalKernel(), funOf(nested)).result).toBe('error :system_limit')
})

test('an assignment in a comprehension (a feature of OTP 29) binds a variable, and fails when it does not match', async () => {
  const list = (...items: Term[]): Term =>
    items.reduceRight<Term>((rest, item) => tuple(atom('cons'), 1, item, rest), tuple(atom('nil'), 1))
  const assigned = (pattern: Term): Term =>
    tuple(atom('lc'), 1, variable('Y'), [
      tuple(atom('generate'), 1, variable('X'), list(integer(1), integer(2))),
      match(pattern, op('*', variable('X'), integer(10))),
      op('>', variable('Y'), integer(10)),
    ])
  expect(await run(new LocalKernel(), funOf(assigned(variable('Y')))).result).toBe('[20]')
  const failing = assigned(tuple(atom('tuple'), 1, [variable('Y')]))
  expect(await run(new LocalKernel(), funOf(failing)).result).toBe('error {:badmatch, 10}')
})

test('a term that is not a form is a badarg', async () => {
  expect(await run(new LocalKernel(), funOf(tuple(atom('nonsense'), 1))).result).toBe('error :badarg')
  expect(await run(new LocalKernel(), funOf(7)).result).toBe('error :badarg')
})

test('the globals of JavaScript are not modules: globalThis is undef', async () => {
  const remote = tuple(
    atom('remote'),
    1,
    tuple(atom('atom'), 1, atom('globalThis')),
    tuple(atom('atom'), 1, atom('eval')),
  )
  expect(await run(new LocalKernel(), funOf(call(remote))).result).toBe('error :undef')
  const inherited = tuple(
    atom('remote'),
    1,
    tuple(atom('atom'), 1, atom('erlang')),
    tuple(atom('atom'), 1, atom('constructor')),
  )
  expect(await run(new LocalKernel(), funOf(call(inherited))).result).toBe('error :undef')
})

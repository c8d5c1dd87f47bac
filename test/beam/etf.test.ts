import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decode, encode } from '../../src/etf/index.ts'
import {
  Atom,
  atom,
  equals,
  type Floats,
  float,
  ImproperList,
  identical,
  type Term,
  TermMap,
  tuple,
} from '../../src/term/index.ts'
import { anyTerm, toErlang } from '../etf/any-term.ts'
import { patience, runs } from '../support/runs.ts'

// Reads frames of {length, source text, our bytes}; answers whether our bytes are `=:=` to the term it makes of the
// text by itself, and both terms as it writes them.
const judge = `
  Port = open_port({fd, 0, 1}, [binary, {packet, 4}]),
  Eval = fun(Source) ->
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Source) ++ "."),
    {ok, Exprs} = erl_parse:parse_exprs(Tokens),
    {value, Term, _} = erl_eval:exprs(Exprs, []),
    Term
  end,
  (fun Loop() ->
    receive
      {Port, {data, <<Size:32, Source:Size/binary, Bytes/binary>>}} ->
        Answer = try
          Wanted = Eval(Source),
          Got = binary_to_term(Bytes),
          Same = case Got =:= Wanted of true -> 1; false -> 0 end,
          First = term_to_binary(Wanted, [{minor_version, 2}]),
          Second = term_to_binary(Got),
          <<Same, (byte_size(First)):32, First/binary, Second/binary>>
        catch Class:Reason ->
          <<2, (unicode:characters_to_binary(io_lib:format("~p:~0tp in ~ts", [Class, Reason, Source])))/binary>>
        end,
        port_command(Port, Answer),
        Loop();
      {'EXIT', Port, _} -> halt()
    end
  end)()`

let erl: ChildProcessByStdio<Writable, Readable, null>
let answers: AsyncGenerator<Buffer>

beforeAll(() => {
  erl = spawn('erl', ['-noshell', '-noinput', '-eval', `process_flag(trap_exit, true), ${judge}.`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  answers = frames(erl.stdout)
})

afterAll(async () => {
  const ended = once(erl, 'exit')
  erl.stdin.end()
  const late = setTimeout(() => erl.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(late)
})

async function* frames(stream: Readable): AsyncGenerator<Buffer> {
  let bytes = Buffer.alloc(0)
  for await (const chunk of stream) {
    bytes = Buffer.concat([bytes, chunk])
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE()) {
      const end = 4 + bytes.readUInt32BE()
      yield bytes.subarray(4, end)
      bytes = bytes.subarray(end)
    }
  }
}

interface Verdict {
  /** Whether the term that the BEAM has read is `=:=` to the expected one. */
  readonly same: boolean
  /** The expected term and the one that was read, both as the BEAM prints them. */
  readonly meant: Uint8Array
  readonly echo: Uint8Array
}

async function ask(source: string, bytes: Uint8Array): Promise<Verdict> {
  const text = Buffer.from(source)
  const header = Buffer.alloc(8)
  header.writeUInt32BE(4 + text.length + bytes.length)
  header.writeUInt32BE(text.length, 4)
  erl.stdin.write(Buffer.concat([header, text, bytes]))
  const { value: answer } = await answers.next()
  if (!answer) throw new Error('erl ended')
  if (answer[0] === 2) throw new Error(`erl: ${answer.toString('utf8', 1)}`)
  const end = 5 + answer.readUInt32BE(1)
  return { same: answer[0] === 1, meant: answer.subarray(5, end), echo: answer.subarray(end) }
}

async function judged(term: Term): Promise<void> {
  const { same, meant, echo } = await ask(toErlang(term), encode(term))
  expect(same, `=:= ${toErlang(term)}`).toBe(true)
  expect(identical(decode(meant), term)).toBe(true)
  expect(identical(decode(echo), term)).toBe(true)
  expect(equals(decode(echo, { floats: 'number' }), term)).toBe(true)
}

test('terms of all types are =:= to those that a BEAM evaluates, and return unchanged', {
  timeout: patience(60_000),
}, async () => {
  await fc.assert(fc.asyncProperty(anyTerm, judged), { numRuns: runs(600), endOnFailure: true })
})

test('terms at the limits of the format are =:= to those that a BEAM evaluates', {
  timeout: 60_000,
}, async () => {
  const edges: Term[] = [
    ...[0, 255, 256, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1],
    ...[Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
    ...[2n ** 53n, 2n ** 64n, -(2n ** 64n), 2n ** 2040n - 1n, 2n ** 2040n, -(2n ** 100_000n)],
    ...[0.1, -1e-300, 5e-324, 1.7976931348623157e308, float(0), float(-0), float(1e22)],
    atom('a'.repeat(255)),
    atom('🐕'.repeat(255)),
    atom('\ufffe\uffff'),
    'x'.repeat(100_000),
    new Uint8Array(100_000).fill(255),
    new Array(65_535).fill(7),
    new Array(65_536).fill(7),
    tuple(...new Array(255).fill(1)),
    tuple(...new Array(256).fill(1)),
    new TermMap(Array.from({ length: 1000 }, (_, i) => [i, `${i}`] as const)),
    Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, i])),
    { true: 1, false: 2, nil: 3, ['__proto__']: 4 },
    new ImproperList([atom('alias')], [1].length),
  ]
  for (const term of edges) await judged(term)
})

test('an integral number is an integer for the BEAM, also -0', async () => {
  for (const [term, source] of [
    [1, '1'],
    [-0, '0'],
    [1e15, '1000000000000000'],
    [2 ** 53, '9007199254740992.0'],
    [undefined, 'nil'],
    [{ a: undefined }, '#{}'],
  ] as const)
    expect(await ask(source, encode(term))).toMatchObject({ same: true })
})

test('bytes that are encoded for a Moebi node are a binary for a BEAM, whose copy decodes as text', async () => {
  const bytes = Uint8Array.from(Buffer.from('text'))
  const { same, echo } = await ask(
    '{<<"text">>, <<>>}',
    encode(tuple(bytes, new Uint8Array(0)), { moebi: true }),
  )
  expect(same).toBe(true)
  expect(equals(decode(echo), tuple('text', ''))).toBe(true)
})

test('a BEAM decodes 100,000 nested lists', async () => {
  let term: Term = []
  for (let level = 0; level < 100_000; level++) term = [term]
  const { same } = await ask('lists:foldl(fun(_, A) -> [A] end, [], lists:seq(1, 100000))', encode(term))
  expect(same).toBe(true)
})

test('terms that change when Moebi decodes and encodes them are those that the documentation lists', async () => {
  const relayed = (term: Term, floats: Floats = 'exact') => encode(decode(encode(term), { floats }))
  expect((await ask('1.0', relayed(float(1)))).same).toBe(true)
  expect((await ask('-0.0', relayed(float(-0)))).same).toBe(true)
  expect((await ask('1.0', relayed(float(1), 'number'))).same).toBe(false)
  expect((await ask('1', relayed(float(1), 'number'))).same).toBe(true)
  expect((await ask('0', relayed(float(-0), 'number'))).same).toBe(true)
  expect((await ask('#{1.0 => 1.0}', relayed(new Map([[float(1), float(1)]])))).same).toBe(true)
  expect((await ask('#{1.0 => 1}', relayed(new Map([[float(1), float(1)]]), 'number'))).same).toBe(true)
  expect((await ask('<<"hi">>', relayed(Uint8Array.of(104, 105)))).same).toBe(true)
})

test('a module name and undefined are atoms for the BEAM', async () => {
  const { same } = await ask("{'Elixir.Chat', undefined}", encode([Atom.intern('Elixir.Chat')]))
  expect(same).toBe(false)
  expect(
    (
      await ask(
        "['Elixir.Chat'|undefined]",
        encode(new ImproperList([atom('Elixir.Chat')], atom('undefined'))),
      )
    ).same,
  ).toBe(true)
})

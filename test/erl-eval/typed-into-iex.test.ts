import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CodeLoaders } from '../../src/erl-eval/code-loaders.ts'
import { decode, encode } from '../../src/etf/index.ts'
import { LocalKernel } from '../../src/process/index.ts'
import { atom, ErlangError, ExportFun, Fun, inspect, type Term, tuple } from '../../src/term/index.ts'

// Funs as iex of two releases has sent them: names, and the bytes of term_to_binary in base64.
const fixtures: Readonly<Record<string, Readonly<Record<string, string>>>> = JSON.parse(
  readFileSync(new URL('../fixtures/funs/typed-into-iex.json', import.meta.url), 'utf8'),
)

/** What a fun gives for some arguments, as Elixir shows it. */
type Expected = readonly [args: readonly Term[], shown: string | RegExp]

const ok = (value: Term): Term => tuple(atom('ok'), value)
const expected: Readonly<Record<string, readonly Expected[]>> = {
  say_name: [[[], '"Kate"']],
  capture_vars: [[[], '{42, "bob"}']],
  io_puts: [[[], ':ok']],
  capture_arg: [[[1], '2']],
  arity2: [[[1, 2], '3']],
  multi_clause: [
    [[0], ':zero'],
    [[7], ':pos'],
    [['x'], ':other'],
  ],
  interp: [[[], '"hi joe"']],
  case_if: [
    [[1], ':small'],
    [[2], ':big'],
  ],
  pipe_enum: [[[], '12']],
  for_comp: [[[], '[1, 4, 9]']],
  map_lit: [[[], '%{a: 1, b: "two"}']],
  try_rescue: [[[], '%RuntimeError{message: "x"}']],
  with_expr: [
    [[ok(1)], '1'],
    [[7], '7'],
  ],
  node_self: [[[], '{:from, :nonode@nohost}']],
  recv_after: [[[], ':timeout']],
  raise: [[[], /^error %RuntimeError\{message: "oops"\}/]],
  import_local: [[[], '7']],
  sigil_kw: [[[], '1']],
  spawn_in: [[[], /^#PID<[^>]+>$/]],
  cond_: [
    [[1], ':one'],
    [[2], ':other'],
  ],
  binary_match: [[['abc'], '{97, "bc"}']],
  list_cons: [[[[1, 2]], '{1, [2]}']],
  charlist: [[[], '~c"abc"']],
  bool_ops: [
    [[true, 1], '1'],
    [[false, 1], 'true'],
  ],
  access: [[[], '2']],
  str_concat: [[['a'], '"ab"']],
  pin: [
    [[1], ':same'],
    [[2], ':diff'],
  ],
  struct_: [[[], /^%URI\{.*host: "h".*\}$/]],
  float_neg: [[[], '-1.5']],
  range_: [[[], '1..10']],
  compiled_closure: [[[1], /^error \{:badfun, #Function<0\.\d+\/1 in Chat>\}$/]],
}

for (const [release, funs] of Object.entries(fixtures)) {
  for (const [name, cases] of Object.entries(expected))
    test.each(cases)(`${release}: ${name} with %j`, async (args, shown) => {
      const result = await outcomeOf(funOf(release, name), args)
      if (typeof shown === 'string') expect(result).toBe(shown)
      else expect(result).toMatch(shown)
    })

  test(`${release}: a fun that waits for a message answers the sender`, async () => {
    const kernel = new LocalKernel()
    const codeLoaders = new CodeLoaders(kernel, false)
    const waiting = kernel.spawn(() => codeLoaders.call(funOf(release, 'receive_hi') as Fun, []))
    const answer = await new Promise<Term>((resolve) => {
      const asking = kernel.create()
      asking.handle((message) => resolve(message))
      kernel.send(asking.pid, waiting.pid, tuple(atom('other'), 1))
      kernel.send(asking.pid, waiting.pid, tuple(atom('hi'), asking.pid))
    })
    expect(answer).toBe(atom('sup?'))
  })

  test(`${release}: a fun that sleeps without end can be killed`, async () => {
    const kernel = new LocalKernel()
    const codeLoaders = new CodeLoaders(kernel, false)
    const sleeping = kernel.spawn(() => codeLoaders.call(funOf(release, 'sleep_inf') as Fun, []))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(sleeping.alive).toBe(true)
    kernel.signal({ type: 'exit2', from: kernel.user, to: sleeping.pid, reason: atom('kill') })
    expect(sleeping.alive).toBe(false)
  })

  test(`${release}: every fun is encoded as the bytes that it was decoded from`, () => {
    for (const name of Object.keys(funs).filter((each) => funOf(release, each) instanceof Fun)) {
      const bytes = Buffer.from(funs[name]!, 'base64')
      expect(Buffer.from(encode(decode(bytes))).toString('hex')).toBe(bytes.toString('hex'))
    }
  })

  test(`${release}: an exported function is a reference`, () => {
    for (const name of ['capture_export', 'capture_local_named', 'import_fun_capture', 'compiled_capture'])
      expect(funOf(release, name)).toBeInstanceOf(ExportFun)
  })
}

test('a fun that a fun returns can be sent, with the values that it captured', async () => {
  const kernel = new LocalKernel()
  const codeLoaders = new CodeLoaders(kernel, false)
  const origin = funOf('otp25-elixir1.14', 'capture_arg') as Fun
  // Identity through a process: the closure comes out as a term, goes over the wire, and is called again.
  const again = decode(encode(origin)) as Fun
  const result = await new Promise((resolve) => {
    kernel.spawn(async () => resolve(await codeLoaders.call(again, [41])))
  })
  expect(result).toBe(42)
})

function funOf(release: string, name: string): unknown {
  return decode(Buffer.from(fixtures[release]![name]!, 'base64'))
}

/** What a call gives, as Elixir shows it; for an error `error` and its reason. */
async function outcomeOf(fun: unknown, args: readonly Term[]): Promise<string> {
  const kernel = new LocalKernel()
  kernel.modules.define('Kate', { sayName: () => 'Kate' })
  const codeLoaders = new CodeLoaders(kernel, false)
  return new Promise((resolve) => {
    kernel.spawn(async () => {
      try {
        resolve(inspect(await codeLoaders.call(fun as Fun, args), { pretty: false }))
      } catch (thrown) {
        resolve(
          `error ${thrown instanceof ErlangError ? inspect(thrown.reason, { pretty: false }) : String(thrown)}`,
        )
      }
    })
  })
}

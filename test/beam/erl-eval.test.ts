import { afterAll, beforeAll, expect, test } from 'vitest'
// Loaded at the first fun of a program; vitest transforms it, which may take longer than a node waits.
import '../../src/erl-eval/code-loaders.ts'
import { serveFuns } from '../../src/erl-eval/index.ts'
import { IO } from '../../src/io/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import * as expressions from './erl-eval-expressions.ts'
import * as releases from './erl-eval-releases.ts'
import { beam, Meeting } from './node-meeting.ts'

// Funs that a real node has evaluated, sent to a Moebi node.

let meeting: Meeting
let kate: TestNode
let alex: BeamNode

beforeAll(async () => {
  meeting = await Meeting.start()
  kate = await meeting.moebi('kate', { closures: serveFuns })
  kate.node.kernel.modules.define('Kate', { sayName: () => 'Kate' })
  alex = await meeting.elixir('alex')
  await alex.evaluate('true = Node.connect(:kate@localhost)')
}, 60_000)
afterAll(async () => {
  await meeting?.[Symbol.asyncDispose]()
})

/** Elixir: evaluates a fun there in a process of its own, and here, and says where the two differ. */
const compare = `
normal = fn
  {:error, {:exception, reason, _stack}} -> {:error, reason}
  {:error, reason} -> {:error, reason}
  {:exit, {:exception, reason}} -> {:exit, reason}
  other -> other
end
here = fn fun -> Task.await(Task.async(fn -> try do {:value, fun.()} catch c, r -> {c, r} end end), 20_000) end
there = fn fun -> try do {:value, :erpc.call(:kate@localhost, fun, 20_000)} catch c, r -> normal.({c, r}) end end
differ = fn sources, make ->
  sources
  |> Enum.map(fn source ->
    fun = try do make.(source) rescue e -> fn -> {:no_code, Exception.message(e)} end end
    {expected, got} = {here.(fun), there.(fun)}
    if expected === got and not match?({:value, {:no_code, _}}, expected), do: nil, else: source <> "\\n  expected " <> inspect(expected, limit: 20) <> "\\n  got      " <> inspect(got, limit: 20)
  end)
  |> Enum.reject(&is_nil/1)
end
`
const makeElixir = `fn source -> elem(Code.eval_string("fn -> " <> source <> " end"), 0) end`
const makeErlang = `fn source ->
  words = fn word -> word in [:maybe, :else] or :erl_scan.reserved_word(word) end
  {:ok, tokens, _} = :erl_scan.string(to_charlist("fun() -> " <> source <> " end."), 1, reserved_word_fun: words)
  {:ok, exprs} = :erl_parse.parse_exprs(tokens)
  {:value, fun, _} = :erl_eval.exprs(exprs, [])
  fun
end`

async function differences(sources: readonly string[], make: string): Promise<string> {
  const list = `[${sources.map((source) => `~S'''\n${source}\n'''`).join(', ')}] |> Enum.map(&String.trim_trailing/1)`
  return alex.evaluate(
    `${compare}\nsources = ${list}\ncase differ.(sources, ${make}) do [] -> :equal; list -> IO.iodata_to_binary(Enum.intersperse(list, "\\n")) end`,
  )
}

const batches = (sources: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(sources.length / 40) }, (_, i) => sources.slice(i * 40, i * 40 + 40))

test('there are at least 400 expressions', () => {
  expect(new Set([...expressions.elixir, ...expressions.erlang]).size).toBeGreaterThanOrEqual(400)
})

test.each(batches(expressions.elixir).map((batch, i) => [i, batch] as const))(
  'Elixir, batch %i: equal values or equal errors',
  async (_, batch) => {
    expect(await differences(batch, makeElixir)).toBe(':equal')
  },
  60_000,
)

test.each(batches(expressions.erlang).map((batch, i) => [i, batch] as const))(
  'Erlang, batch %i: equal values or equal errors',
  async (_, batch) => {
    expect(await differences(batch, makeErlang)).toBe(':equal')
  },
  60_000,
)

test.each(releases.erlangSince.filter(({ otp }) => otp <= beam.version.otp))(
  'Erlang, syntax of OTP $otp: equal values or equal errors',
  async ({ sources }) => {
    expect(await differences(sources, makeErlang)).toBe(':equal')
  },
  60_000,
)

test('the first entry of the stack names the same function as on a BEAM', async () => {
  // The fun catches its own error: a call from another node would change the stack.
  const make = `fn source ->
    fun = (${makeErlang}).(source)
    elem(Code.eval_string("fn ->
      try do fun.() catch class, reason ->
        [{module, name, args, _} | _] = __STACKTRACE__
        {class, reason, module, name, if(is_list(args), do: length(args), else: args)}
      end
    end", fun: fun), 0)
  end`
  expect(await differences(releases.erlangStacks, make)).toBe(':equal')
}, 60_000)

test("the lesson's closures: output goes to the sender, messages go both ways", async () => {
  kate.node.kernel.modules.redefine('Kate', { sayName: () => IO.puts('Kate') }, 'the prompt')
  const said = await alex.evaluate(`
    {:ok, io} = StringIO.open("")
    leader = Process.group_leader()
    Process.group_leader(self(), io)
    Node.spawn_link(:kate@localhost, fn -> Kate.say_name end)
    pid = Node.spawn_link(:kate@localhost, fn ->
      receive do
        {:hi, p} -> send p, :sup?
      end
    end)
    send pid, {:hi, self()}
    answer = receive do x -> x after 5000 -> :nothing end
    Process.sleep(200)
    Process.group_leader(self(), leader)
    {answer, StringIO.contents(io)}`)
  expect(said).toBe('{:sup?, {"", "Kate\\n"}}')
})

test('a recursive module and the protocol of a struct are fetched from files of the sender', async () => {
  const said = await alex.evaluate(`
    dir = Path.join(System.tmp_dir!(), "borrowed" <> to_string(System.unique_integer([:positive])))
    File.mkdir_p!(dir)
    modules = Code.compile_string("""
    defmodule Borrowed.Factorial do
      def of(0), do: 1
      def of(n), do: n * of(n - 1)
    end
    defmodule Borrowed.Dog do
      defstruct [:name]
      defimpl String.Chars do
        def to_string(dog), do: "the dog " <> dog.name
      end
    end
    """)
    for {module, binary} <- modules, do: File.write!(Path.join(dir, Atom.to_string(module) <> ".beam"), binary)
    Code.prepend_path(dir)
    make = fn source -> elem(Code.eval_string(source), 0) end
    shown = :erpc.call(:kate@localhost, make.("fn -> {Borrowed.Factorial.of(25), to_string(struct(Borrowed.Dog, name: ~s(Moebi)))} end"))
    File.rm_rf!(dir)
    shown`)
  expect(said).toBe('{15511210043330985984000000, "the dog Moebi"}')
})

test('a fun that Moebi has made is called on the real node', async () => {
  expect(
    await alex.evaluate(
      'make = :erpc.call(:kate@localhost, elem(Code.eval_string("fn -> x = 3; fn y -> x + y end end"), 0)); make.(4)',
    ),
  ).toBe('7')
})

test('a node without the option closures refuses the fun, and says what to do', async () => {
  await meeting.moebi('bob')
  const said = await alex.evaluate(
    'try do :erpc.call(:bob@localhost, elem(Code.eval_string("fn -> 1 end"), 0)) catch :error, {:exception, {:badfun, text}, _} -> text end',
  )
  expect(said).toContain('Node.spawn_link(node, Kate, :say_name, [])')
})

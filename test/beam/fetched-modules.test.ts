import { afterAll, beforeAll, expect, test } from 'vitest'
// Loaded at the first fun of a program; vitest transforms it, which may take longer than a node waits.
import '../../src/erl-eval/code-loaders.ts'
import { serveFuns } from '../../src/erl-eval/index.ts'
import { type Atom, atom } from '../../src/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { Meeting } from './node-meeting.ts'

// Modules that a Moebi node fetches from the node that has sent a fun.

let meeting: Meeting
let kate: TestNode
let alex: BeamNode
let bob: BeamNode

beforeAll(async () => {
  meeting = await Meeting.start()
  kate = await meeting.moebi('kate', { closures: serveFuns })
  alex = await meeting.elixir('alex')
  bob = await meeting.elixir('bob')
}, 60_000)

afterAll(() => meeting?.[Symbol.asyncDispose]())

/** Elixir: writes compiled modules to files that the code server finds. */
const write = `
  there = fn source -> :erpc.call(:kate@localhost, elem(Code.eval_string(source), 0)) end
  write = fn modules ->
    dir = Path.join(System.tmp_dir!(), "fetched" <> to_string(System.unique_integer([:positive])))
    File.mkdir_p!(dir)
    for {module, binary} <- modules, do: File.write!(Path.join(dir, Atom.to_string(module) <> ".beam"), binary)
    Code.prepend_path(dir)
  end`
const evaluate = (node: BeamNode, code: string): Promise<string> => node.evaluate(`${write}\n${code}`)

test('each node has its own version of a module', async () => {
  const version = (text: string): string => `
    write.(Code.compile_string(~s[defmodule Versioned do def text(n), do: {n, "${text}"} end]))
    there.("fn -> Versioned.text(1) end")`
  expect(await evaluate(alex, version('of alex'))).toBe('{1, "of alex"}')
  expect(await evaluate(bob, version('of bob'))).toBe('{1, "of bob"}')
  expect(await evaluate(alex, 'there.("fn -> Versioned.text(2) end")')).toBe('{2, "of alex"}')
})

test('a module is fetched once for all nodes that have the same code', async () => {
  const compile = 'modules = Code.compile_string("defmodule Shared do def twice(n), do: n * 2 end")'
  expect(await evaluate(alex, `${compile}; write.(modules); there.("fn -> Shared.twice(4) end")`)).toBe('8')
  // The file of the other node has no debug information.
  expect(
    await evaluate(
      bob,
      `${compile}
      write.(for {module, binary} <- modules do
        {:ok, {_, stripped}} = :beam_lib.strip(binary)
        {module, stripped}
      end)
      there.("fn -> Shared.twice(5) end")`,
    ),
  ).toBe('10')
})

test('a module without a file is undef, and the node that fetches logs what to do', async () => {
  const said = await evaluate(
    alex,
    `Code.compile_string("defmodule AtThePrompt do def one, do: 1 end")
    try do there.("fn -> AtThePrompt.one() end") catch :error, {:exception, reason, [entry | _]} -> {reason, entry} end`,
  )
  expect(said).toBe('{:undef, {AtThePrompt, :one, [], []}}')
  expect(kate.screen.log).toContain(
    'kate@localhost cannot fetch the module AtThePrompt of alex@localhost: there is no file of it with debug information. ' +
      'If it was defined at a prompt, write it to a file, and type c("FILE.ex", ".") there.',
  )
  meeting.mayLog.push(/cannot fetch the module AtThePrompt/)
})

test('several processes that need a module at once all get it, and one of them may be killed meanwhile', async () => {
  expect(
    await evaluate(
      alex,
      `write.(Code.compile_string("defmodule Wanted do def value(n), do: n end"))
      me = self()
      make = fn n -> elem(Code.eval_string("fn -> send(me, {n, Wanted.value(n)}) end", me: me, n: n), 0) end
      pids = for n <- 1..20, do: Node.spawn(:kate@localhost, make.(n))
      Process.exit(hd(pids), :kill)
      for n <- 2..20, do: receive(do: ({^n, ^n} -> n), after: (5000 -> :none))`,
    ),
  ).toBe('[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]')
})

test('a node that ends while its module is fetched leaves no process behind', async () => {
  const { kernel } = kate.node
  const carl = await meeting.elixir('carl')
  await evaluate(
    carl,
    `write.(Code.compile_string("defmodule Never do def f, do: 1 end"))
    source = "fn -> Process.register(self(), :waiting); receive do :go -> Never.f() end end"
    Node.spawn(:kate@localhost, elem(Code.eval_string(source), 0))`,
  )
  await eventually('the fun to wait', () => kernel.whereis(atom('waiting') as Atom) !== undefined)
  const waiting = kernel.processes().length
  process.kill(carl.pid, 'SIGSTOP')
  kernel.send(kernel.user, kernel.whereis(atom('waiting') as Atom)!.pid, atom('go'))
  await eventually('the fetch to begin', () => kernel.processes().length > waiting)
  process.kill(carl.pid, 'SIGKILL')
  await eventually('the processes to end', () => kernel.processes().length < waiting)
  expect(kernel.whereis(atom('waiting') as Atom)).toBe(undefined)
  meeting.mayLog.push(/carl/)
}, 30_000)

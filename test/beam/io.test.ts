import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { atom, charlist, error, IO, Process, tuple } from '../../src/index.ts'
import { sendIORequest } from '../../src/io/request.ts'
import { requireProcess } from '../../src/process/index.ts'
import type { Pid, Term } from '../../src/term/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { Meeting } from './node-meeting.ts'

let meeting: Meeting
let alex: TestNode
let kate: BeamNode

beforeAll(async () => {
  meeting = await Meeting.start()
  alex = await meeting.moebi('alex')
  kate = await meeting.elixir('kate')
  expect(await kate.evaluate('Node.connect(:alex@localhost)')).toBe('true')
}, 60_000)

afterEach(async () => {
  await meeting.check()
  meeting.expectedLog.length = 0
  alex.screen.text = alex.screen.log = ''
  alex.screen.input.length = 0
})

afterAll(() => meeting?.[Symbol.asyncDispose]())

describe('a process of a real node with a group leader on Moebi', () => {
  /** Evaluates code on kate, with alex's group leader. */
  const there = (code: string): Promise<string> =>
    kate.evaluate(`Process.group_leader(self(), :erpc.call(:alex@localhost, Alex, :leader, [])); (${code})`)

  beforeAll(() => {
    const { kernel } = alex.node
    kernel.modules.define('Alex', {
      leader: () => kernel.user,
      puts: (text: string) => IO.puts(text),
      inspect: (term: Term) => IO.inspect(term),
      gets: (prompt: string) => IO.gets(prompt),
      getn: (prompt: string, count: number) => IO.getn(prompt, count),
      dead: async () => {
        IO.puts('to nobody')
        await new Promise(() => {})
      },
    })
  })

  const forms: readonly (readonly [code: string, printed: string])[] = [
    ['IO.puts("hello")', 'hello\n'],
    ['IO.write(["a", ?b, ["c" | "ü"]])', 'abcü'],
    ['IO.puts("日本 🐕")', '日本 🐕\n'],
    ['IO.inspect(%{a: [1, 2.5, {:b}]})', '%{a: [1, 2.5, {:b}]}\n'],
    [':io.format("~p and ~s~n", [{:a, "b"}, ~c"c"])', '{a,<<"b">>} and c\n'],
    [':io.format(~c"~w ~4.2f|~5s|~ts~n", [:x, 3.14159, "r", "ü"])', 'x 3.14|    r|ü\n'],
    [':io.fwrite("plain~n")', 'plain\n'],
    [':io.put_chars(:standard_io, ["x", ~c"y"])', 'xy'],
    [':io.write({1, :two})', '{1,two}'],
    [':io.nl()', '\n'],
    [':io.request(:standard_io, {:put_chars, :unicode, :io_lib, :print, [{"a", 1}]})', '{<<"a">>,1}'],
    ['IO.binwrite("bytes")', 'bytes'],
    [':io.requests([{:put_chars, :unicode, "one "}, :nl, {:format, "~p", [2]}])', 'one \n2'],
    ['spawn(fn -> IO.puts("from a child") end); Process.sleep(50)', 'from a child\n'],
  ]

  test.each(forms)('prints on Moebi: %s', async (code, printed) => {
    await there(code)
    await eventually(
      `${JSON.stringify(printed)}, got ${JSON.stringify(alex.screen.text)}`,
      () => alex.screen.text === printed,
    )
  })

  test('reads lines, characters and the end of the input from Moebi', async () => {
    alex.screen.input.push('kate\n', 'ab', 'cd\n')
    expect(
      await there('{IO.gets("name? "), IO.getn("", 3), IO.read(:stdio, :line), IO.gets("more? ")}'),
    ).toBe('{"kate\\n", "abc", "d\\n", :eof}')
    expect(alex.screen.text).toContain('name? ')
    expect(alex.screen.text).toContain('more? ')
    alex.screen.input.push('ü\n')
    expect(await there(':io.get_line(~c"> ")')).toBe('"ü\\n"')
    expect(await there('IO.stream(:stdio, :line) |> Enum.to_list()')).toBe('[]')
  })

  test('gets the width, the height and the options', async () => {
    expect(await there('{:io.columns(), :io.rows()}')).toBe('{{:ok, 80}, {:ok, 24}}')
    expect(await there(':io.getopts() |> Keyword.take([:binary, :encoding]) |> Enum.sort()')).toBe(
      '[binary: true, encoding: :unicode]',
    )
    expect(await there('{:io.setopts(binary: true), :io.setopts(nonsense: 1)}')).toBe(
      '{:ok, {:error, :enotsup}}',
    )
  })

  test('gets an error for an unknown request, and for an argument that is not chardata', async () => {
    const ask = (request: string) =>
      there(
        `ref = make_ref(); send(Process.group_leader(), {:io_request, self(), ref, ${request}}); receive do {:io_reply, ^ref, answer} -> answer end`,
      )
    expect(await ask(':nonsense')).toBe('{:error, :request}')
    expect(await ask('{:put_chars, :klingon, "x"}')).toBe('{:error, :request}')
    expect(await ask('{:put_chars, :unicode, :lists, :reverse, [[1]]}')).toMatch(/^\{:error, /)
    expect(await ask('{:get_until, :unicode, "", :nope, :nope, []}')).toMatch(/^\{:error, /)
    expect(await ask('{:put_chars, :unicode, [:a]}')).toMatch(/^\{:error, /)
    expect(await ask('{:get_password, :unicode}')).toMatch(/^\{:error, /)
    expect(await there('try do IO.puts(<<255>>) rescue e -> e.__struct__ end')).toMatch(
      /ArgumentError|ErlangError|:ok/,
    )
  })
})

describe('a process of Moebi with a group leader on a real node', () => {
  test('prints and reads there, and exits after its output was written', async () => {
    const code = `
      {:ok, io} = StringIO.open("moebi\\nxyz\\n")
      Process.group_leader(self(), io)
      run = fn f, args ->
        {_, ref} = Node.spawn_monitor(:alex@localhost, Alex, f, args)
        receive do {:DOWN, ^ref, _, _, r} -> r end
      end
      results = [run.(:puts, ["ü and 🐕"]), run.(:inspect, [%{a: 1}]), run.(:gets, ["name? "])]
      {results, StringIO.contents(io)}`
    expect(await kate.evaluate(code)).toBe(
      '{[:normal, :normal, :normal], {"xyz\\n", "ü and 🐕\\n%{a: 1}\\n"}}',
    )
    expect(alex.screen.text).toBe('')
  })

  test('gets the replies of a real group leader', async () => {
    const leader = await realLeader('one\ntwo\n')
    const got = await alex.node.run(async () => {
      Process.groupLeader(leader)
      return [await IO.gets('first? '), await IO.getn('', 2), await IO.gets(), await IO.gets()]
    })
    expect(got).toEqual(['one\n', 'tw', 'o\n', atom('eof')])
  })

  test('sends all forms of requests to a real group leader', async () => {
    const leader = await realLeader('')
    const ask = (request: Term): Promise<Term> =>
      alex.node.run(
        () =>
          new Promise<Term>((resolve, reject) =>
            sendIORequest(requireProcess('ask'), leader, request, resolve, (reason) =>
              reject(new Error(String(reason))),
            ),
          ),
      )
    expect(await ask(tuple(atom('put_chars'), atom('unicode'), ['a', charlist('b')]))).toBe(atom('ok'))
    expect(
      await ask(
        tuple(atom('put_chars'), atom('unicode'), atom('io_lib'), atom('format'), [charlist('~p~n'), [1]]),
      ),
    ).toBe(atom('ok'))
    expect(await ask(atom('getopts'))).toBeInstanceOf(Array)
    expect(await ask(tuple(atom('get_geometry'), atom('columns')))).toEqual(tuple(error, atom('enotsup')))
    expect(await ask(tuple(atom('nonsense'), 1))).toEqual(tuple(error, atom('request')))
  })

  test('exits with terminated when it prints to a dead group leader', async () => {
    const code = `
      io = spawn(fn -> :ok end)
      Process.sleep(20)
      Process.group_leader(self(), io)
      {_, ref} = Node.spawn_monitor(:alex@localhost, Alex, :dead, [])
      receive do {:DOWN, ^ref, _, _, r} -> r end`
    expect(await kate.evaluate(code)).toMatch(/^\{:terminated, \[/)
    meeting.expectedLog.push('terminated')
    const gone = await kate.evaluate(
      'io = spawn(fn -> :ok end); Process.sleep(20); Process.group_leader(self(), io); {_, ref} = Node.spawn_monitor(:alex@localhost, Alex, :gets, ["? "]); receive do {:DOWN, ^ref, _, _, r} -> r end',
    )
    expect(gone).toMatch(/^\{:terminated, \[/)
    meeting.expectedLog.push('terminated')
    await eventually('both lines', async () => (await kate.log()).length >= 2)
  })

  /** Starts a StringIO on kate. */
  async function realLeader(input: string): Promise<Pid> {
    const { kernel } = alex.node
    const from = kernel.create()
    kernel.register(from, atom('leaders') as never)
    const leader = new Promise<Pid>((resolve) => from.handle((message) => resolve(message as Pid)))
    await kate.evaluate(
      `spawn(fn ->
        {:ok, io} = StringIO.open(${JSON.stringify(input)})
        send({:leaders, :alex@localhost}, io)
        Process.sleep(60_000)
      end)`,
    )
    const pid = await leader
    from.exit(atom('normal'))
    return pid
  }
})

test('output to a group leader whose node goes down ends the process that prints, and no other', async () => {
  const bob = await meeting.elixir('bob')
  expect(await bob.evaluate('Node.connect(:alex@localhost)')).toBe('true')
  const { kernel } = alex.node
  await bob.evaluate('Node.spawn(:alex@localhost, Alex, :gets, ["? "]); :ok')
  await bob.stop()
  await eventually('bob is gone', () => !alex.node.peers.visible().includes(atom('bob@localhost') as never))
  await eventually(
    'the reader has ended',
    () => !kernel.processes().some(({ label }) => label.includes('gets')),
  )
})

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  _,
  asReason,
  atom,
  exit,
  inspect,
  link,
  monitor,
  Node,
  on,
  Pid,
  Process,
  receive,
  self,
  send,
  spawn,
  type Term,
  tuple,
} from '../../src/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { Meeting } from './node-meeting.ts'

// One program with two processes, one of which runs on either node: its observations must be the same.
const reasons = [':normal', ':shutdown', '{:shutdown, 1}', ':kill', ':killed', ':boom', '{:a, "b"}'] as const
const ways = ['exit2', 'link', 'late link', 'crossed link'] as const

const elixirVictim = `
  defmodule Victim do
    def run(trap, owner) do
      Process.flag(:trap_exit, trap)
      send(owner, {:ready, self()})
      loop(owner)
    end
    defp loop(owner) do
      receive do
        {:EXIT, _, reason} -> send(owner, {:got, reason})
        :ping -> send(owner, :alive)
      end
      loop(owner)
    end
  end
  defmodule Driver do
    def outcome(node, trap, way, reason) do
      victim = Node.spawn(node, Victim, :run, [trap, self()])
      receive do {:ready, ^victim} -> :ok end
      ref = Process.monitor(victim)
      case way do
        "exit2" -> Process.exit(victim, reason)
        "late link" ->
          {dead, down} = spawn_monitor(fn -> :ok end)
          receive do {:DOWN, ^down, _, _, _} -> :ok end
          Process.flag(:trap_exit, true)
          Process.link(victim)
          Process.exit(victim, reason)
          dead
        _ ->
          {_, down} = spawn_monitor(fn ->
            Process.link(victim)
            if way == "crossed link", do: (Process.unlink(victim); Process.link(victim))
            exit(reason)
          end)
          receive do {:DOWN, ^down, _, _, _} -> :ok end
      end
      send(victim, :ping)
      first = receive do
        {:DOWN, ^ref, _, _, r} -> {:down, r}
        {:got, r} -> {:got, r}
        :alive -> :alive
      end
      Process.exit(victim, :kill)
      inspect(first)
    end
  end`

let meeting: Meeting
let alex: TestNode
let kate: BeamNode

beforeAll(async () => {
  meeting = await Meeting.start()
  alex = await meeting.moebi('alex')
  kate = await meeting.elixir('kate')
  alex.node.kernel.modules.define('Victim', {
    run: async (trap: boolean, owner: Pid) => {
      Process.flag('trapExit', trap)
      const tell = (message: Term): void => alex.node.kernel.send(self(), owner, message)
      tell(tuple(atom('ready'), self()))
      for (;;)
        await receive(
          on([atom('EXIT'), _, _], ([, , reason]) => tell(tuple(atom('got'), reason))),
          on(atom('ping'), () => tell(atom('alive'))),
        )
    },
  })
  await kate.evaluate(elixirVictim)
}, 60_000)

afterEach(() => meeting.check())
afterAll(() => meeting?.[Symbol.asyncDispose]())

const cases = ways.flatMap((way) =>
  [true, false].flatMap((trap) => reasons.map((reason) => ({ way, trap, reason }))),
)

test('signals of a real node have the same effects on processes of Moebi and of a real node', async () => {
  for (const { way, trap, reason } of cases) {
    const outcome = (node: string): Promise<string> =>
      kate.evaluate(`Driver.outcome(:${node}@localhost, ${trap}, ${JSON.stringify(way)}, ${reason})`)
    const [theirs, ours] = [await outcome('kate'), await outcome('alex')]
    expect({ way, trap, reason, outcome: ours }).toEqual({ way, trap, reason, outcome: theirs })
  }
})

test('signals of Moebi have the same effects on processes of Moebi and of a real node', async () => {
  for (const { way, trap, reason } of cases.filter(({ way }) => way !== 'late link')) {
    const term = await termOf(reason)
    const outcome = (node: string): Promise<string> => alex.node.run(() => outcomeOf(node, trap, way, term))
    const expected = await kate.evaluate(
      `Driver.outcome(:kate@localhost, ${trap}, ${JSON.stringify(way)}, ${reason})`,
    )
    for (const node of ['alex@localhost', 'kate@localhost'])
      expect({ node, way, trap, reason, outcome: JSON.stringify(await outcome(node)) }).toEqual({
        node,
        way,
        trap,
        reason,
        outcome: expected,
      })
  }
})

test('an exit reason with a value that is not a term reaches a real node, with text in its place', async () => {
  class Thing {
    readonly size = 1
  }
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  const reasons: Readonly<Record<string, unknown>> = {
    date: tuple(atom('shutdown'), new Date(0) as never),
    thing: [new Thing()],
    cycle,
  }
  alex.node.kernel.modules.define('Odd', { leave: (how: string) => exit(asReason(reasons[how] as Term)) })
  await kate.evaluate(
    'Node.connect(:alex@localhost); me = self(); spawn(fn -> Process.register(self(), :watch); Node.monitor(:alex@localhost, true); send(me, :watches); receive do :never -> :ok end end); receive do :watches -> :ok end',
  )
  const told = (how: string): Promise<string> =>
    kate.evaluate(`
      Process.flag(:trap_exit, true)
      ref = :erlang.spawn_request(:alex@localhost, Odd, :leave, ["${how}"], [:link, :monitor])
      receive do {:spawn_reply, ^ref, :ok, pid} ->
        {receive do {:DOWN, ^ref, :process, ^pid, r} -> r end, receive do {:EXIT, ^pid, r} -> r end}
      end`)
  const twice = (reason: string): string => `{${reason}, ${reason}}`
  expect(await told('date')).toBe(twice('{:shutdown, "1970-01-01T00:00:00.000Z"}'))
  expect(await told('thing')).toMatch(/^\{\[("[^"]*Thing[^"]*size[^"]*")\], \[\1\]\}$/)
  expect(await told('cycle')).toMatch(
    /^\{\{:encode_error, "cannot send reason[^"]*it contains itself[^"]*"\}, \{:encode_error, /,
  )
  // The connection is still the same one.
  expect(await kate.evaluate('Process.info(Process.whereis(:watch), :messages)')).toBe('{:messages, []}')
  await kate.evaluate('Process.exit(Process.whereis(:watch), :kill)')
})

test('any exit reason of a process on a real node reaches Moebi', async () => {
  const told = await alex.node.run(async () => {
    const { ref } = await Node.spawnMonitor('kate@localhost', 'Code', 'eval_string', [
      'exit({fn -> 1 end, &String.length/1, hd(Port.list()), make_ref(), <<5::3>>, 2 ** 100, [1 | 2], Enum.reduce(1..5_000, [], &[&2 | [&1]]), %{nil => 1.5}})',
    ])
    return receive(
      on([atom('DOWN'), ref, _, _, _], ([, , , , why]) => inspect(why, { limit: 9, pretty: false })),
    )
  })
  expect(told).toMatch(
    /^\{#Function<.*>, &String\.length\/1, #Port<.*>, #Reference<.*>, <<5::size\(3\)>>, 1267650600228229401496703205376, \[1 \| 2\], /,
  )
})

async function outcomeOf(node: string, trap: boolean, way: string, reason: Term): Promise<string> {
  const victim = await Node.spawn(node, 'Victim', 'run', [trap, self()])
  await receive(on([atom('ready'), victim], () => {}))
  const ref = monitor(victim)
  if (way === 'exit2') Process.exit(victim, asReason(reason))
  else {
    const killer = spawn(() => {
      link(victim)
      if (way === 'crossed link') {
        alex.node.kernel.process(self())!.links.unlink(victim)
        link(victim)
      }
      exit(asReason(reason))
    })
    const gone = monitor(killer)
    await receive(on([atom('DOWN'), gone, _, _, _], () => {}))
  }
  send(victim, atom('ping'))
  const first = await receive(
    on([atom('DOWN'), ref, _, _, _], ([, , , , why]) => tuple(atom('down'), why)),
    on([atom('got'), _], ([, why]) => tuple(atom('got'), why)),
    on(atom('alive'), () => atom('alive')),
  )
  Process.exit(victim, 'kill')
  return inspect(first)
}

/** Returns a term in Elixir's syntax. */
async function termOf(text: string): Promise<Term> {
  return alex.node.run(async () => {
    const found = await Node.spawn('kate@localhost', 'Code', 'eval_string', [
      `send(pid, {:term, ${text}})`,
      [tuple(atom('pid'), self())],
    ])
    expect(found).toBeInstanceOf(Pid)
    return receive(on([atom('term'), _], ([, term]) => term))
  })
}

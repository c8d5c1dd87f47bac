import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  asReason,
  atom,
  demonitor,
  exit,
  link,
  monitor,
  type Pid,
  Process,
  type Reference,
  receive,
  send,
  type Term,
  tuple,
  unlink,
} from '../../src/index.ts'
import { Atom, isTuple } from '../../src/term/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { Meeting } from './node-meeting.ts'

// Random signals between two processes of alex, a real node, and two of another node. The other node is a Moebi node or a real
// one, and every process sees the same. After each signal the processes are asked until nothing is under way.

let meeting: Meeting
let alex: BeamNode
let kate: TestNode
const RUNS = Number(process.env.MOEBI_RANDOM_RUNS ?? 25)

/** A process that does what it is told, and tells what it receives. `MODULE` below is the same in Elixir. */
const Player = {
  play: async (driver: Pid<Term>, name: Term): Promise<never> => {
    const refs = new Map<Term, Reference>()
    for (;;) {
      const message = (await receive()) as Term
      const [kind, first, second, third, fourth] = isTuple(message)
        ? (message.elements as readonly Term[])
        : []
      const tag = kind instanceof Atom ? kind.name : ''
      if (tag === 'command') obey((first as { elements: readonly Term[] }).elements, refs)
      else if (tag === 'ping') send(second as Pid<Term>, tuple(atom('pong'), first))
      else if (tag === 'DOWN') {
        const of = [...refs].find(([, ref]) => ref === first)?.[0]
        send(driver, tuple(atom('log'), name, tuple(atom('DOWN'), of as Term, third as Term, fourth as Term)))
      } else send(driver, tuple(atom('log'), name, message))
    }
  },
}

function obey([command, to, more]: readonly Term[], refs: Map<Term, Reference>): void {
  const pid = to as Pid<Term>
  switch ((command as Atom).name) {
    case 'send':
      return void send(pid, more as Term)
    case 'link':
      return void link(pid)
    case 'unlink':
      return void unlink(pid)
    case 'monitor':
      return void refs.set(more as Term, monitor(pid))
    case 'demonitor':
      return void (refs.has(more as Term) && demonitor(refs.get(more as Term)!))
    case 'exit':
      return void Process.exit(pid, asReason(more as Term))
    case 'trap':
      return void Process.flag('trapExit', more as boolean)
    default:
      return exit(asReason(more as Term))
  }
}

const MODULE = `
defmodule Player do
  def play(driver, name, refs \\\\ %{}) do
    receive do
      {:command, command} -> play(driver, name, obey(command, refs))
      {:ping, ref, from} -> send(from, {:pong, ref}); play(driver, name, refs)
      {:DOWN, ref, :process, pid, reason} ->
        {tag, _} = Enum.find(refs, {nil, nil}, fn {_, known} -> known == ref end)
        send(driver, {:log, name, {:DOWN, tag, pid, reason}})
        play(driver, name, refs)
      other -> send(driver, {:log, name, other}); play(driver, name, refs)
    end
  end
  defp obey({:send, to, message}, refs) do send(to, message); refs end
  # A link to a process of the same node that has ended is an error of the caller on a BEAM, and an exit signal here.
  defp obey({:link, to, _}, refs) do
    try do Process.link(to) catch :error, :noproc -> exit(:noproc) end
    refs
  end
  defp obey({:unlink, to, _}, refs) do Process.unlink(to); refs end
  defp obey({:monitor, to, tag}, refs), do: Map.put(refs, tag, Process.monitor(to))
  defp obey({:demonitor, _, tag}, refs) do if refs[tag], do: Process.demonitor(refs[tag]); refs end
  defp obey({:exit, to, reason}, refs) do Process.exit(to, reason); refs end
  defp obey({:trap, _, on}, refs) do Process.flag(:trap_exit, on); refs end
  defp obey({:stop, _, reason}, _), do: exit(reason)
end
defmodule Driver do
  def run(other, steps) do
    players = for {name, node} <- [a: node(), b: node(), c: other, d: other], into: %{},
      do: {name, Node.spawn(node, Player, :play, [self(), name])}
    names = for {name, pid} <- players, into: %{}, do: {pid, name}
    ends = for {name, pid} <- players, into: %{}, do: {Process.monitor(pid), name}
    {_, log} = Enum.reduce([:begin | steps], {ends, []}, fn step, {ends, log} ->
      with {who, {command, to, more}} <- step, do: send(players[who], {:command, {command, players[to], more}})
      {ends, news} = settle(players, ends, 3, [])
      {ends, log ++ Enum.sort(news)}
    end)
    for pid <- Map.values(players), do: Process.exit(pid, :kill)
    translate(log, names)
  end
  defp settle(_, ends, 0, log), do: {ends, log}
  defp settle(players, ends, rounds, log) do
    # Also when the players of the other node have ended.
    :erpc.call(node(players[:c]), :erlang, :node, [])
    {ends, log} = Enum.reduce(Map.values(ends), {ends, log}, fn name, {ends, log} ->
      ref = make_ref()
      send(players[name], {:ping, ref, self()})
      await(name, ref, ends, log)
    end)
    settle(players, ends, rounds - 1, log)
  end
  defp await(name, ref, ends, log) do
    if name in Map.values(ends) do
      receive do
        {:pong, ^ref} -> {ends, log}
        {:log, who, term} -> await(name, ref, ends, [{who, term} | log])
        {:DOWN, monitor, _, _, reason} when is_map_key(ends, monitor) ->
          {who, ends} = Map.pop(ends, monitor)
          await(name, ref, ends, [{who, {:ended, reason}} | log])
      after 10_000 -> {ends, [{name, :no_answer} | log]}
      end
    else
      {ends, log}
    end
  end
  defp translate(pid, names) when is_pid(pid), do: names[pid]
  defp translate(list, names) when is_list(list), do: Enum.map(list, &translate(&1, names))
  defp translate(tuple, names) when is_tuple(tuple), do: tuple |> Tuple.to_list() |> translate(names) |> List.to_tuple()
  defp translate(other, _), do: other
end`

const player = fc.constantFrom(':a', ':b', ':c', ':d')
const reason = fc.constantFrom(
  ':normal',
  ':kill',
  ':killed',
  ':shutdown',
  ':noproc',
  '{:shutdown, 1}',
  '"text"',
  ':boom',
)
const tag = fc.constantFrom(':x', ':y')
const command = fc.oneof(
  fc.tuple(fc.constantFrom(':link', ':unlink'), player, fc.constant('nil')),
  fc.tuple(fc.constant(':monitor'), player, tag),
  fc.tuple(fc.constant(':demonitor'), player, tag),
  fc.tuple(fc.constant(':exit'), player, reason),
  fc.tuple(
    fc.constant(':send'),
    player,
    fc.constantFrom('1', '{:EXIT, :fake, :boom}', '"hi"', '[1.0, %{a: nil}]'),
  ),
  fc.tuple(fc.constant(':trap'), player, fc.constantFrom('true', 'true', 'false')),
  fc.tuple(fc.constant(':stop'), player, reason),
)
const steps = fc.array(fc.tuple(player, command), { minLength: 5, maxLength: 30 })

beforeAll(async () => {
  meeting = await Meeting.start()
  kate = await meeting.moebi('kate')
  kate.node.kernel.modules.define('Player', Player)
  alex = await meeting.elixir('alex')
  const bob = await meeting.elixir('bob')
  await alex.evaluate(`Code.eval_string(${JSON.stringify(MODULE)})\n:ok`)
  await bob.evaluate(`Code.eval_string(${JSON.stringify(MODULE)})\n:ok`)
}, 60_000)
afterAll(async () => {
  await meeting?.[Symbol.asyncDispose]()
})

test(`${RUNS} random runs of signals: what a Moebi node's processes and their peers see is what they see of a real node`, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (run) => {
      const literal = `[${run.map(([who, parts]) => `{${who}, {${parts.join(', ')}}}`).join(', ')}]`
      const shown = (node: string) =>
        alex.evaluate(`inspect(Driver.run(:${node}@localhost, ${literal}), limit: :infinity)`)
      expect(await shown('kate'), literal).toBe(await shown('bob'))
    }),
    { numRuns: RUNS },
  )
}, 600_000)

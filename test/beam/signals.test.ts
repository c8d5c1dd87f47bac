import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  _,
  after,
  alias,
  asReason,
  atom,
  erpc,
  inspect,
  link,
  monitor,
  NativeRecord,
  Node,
  noconnection,
  ok,
  on,
  Pid,
  Process,
  type Reference,
  receive,
  type SpawnRequestOptions,
  self,
  send,
  sleep,
  type Term,
  tuple,
  unalias,
} from '../../src/index.ts'
import { type BeamNode, findBeam, type Home, startNode } from '../support/beam.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'

const beam = findBeam()!
const since28 = beam.version.otp >= 28

let cluster: Cluster
let kate: BeamNode
let home: Home
let alex: TestNode

beforeAll(async () => {
  cluster = await Cluster.start()
  alex = await cluster.moebi('alex')
  home = await beam.home()
  kate = await startNode(beam, {
    kind: 'elixir',
    name: 'kate@localhost',
    cookie: cluster.cookie,
    epmdPort: cluster.epmdPort,
    home,
  })
  await run(() => Node.connect('kate@localhost'))
  // The first call of a function of the library loads it, and takes longer than the tests wait for messages.
  await kate.evaluate('try do :erpc.call(:alex@localhost, :erlang, :exit, [:bye]) catch _, _ -> :ok end')
}, 30_000)

afterAll(async () => {
  const log = await kate?.log().catch(() => [])
  await kate?.stop()
  await home?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
  expect(log).toEqual([])
})

const run = <T>(fn: () => T) => alex.node.run(fn)
const KATE = 'kate@localhost'
const hi = atom('hi')

/** Evaluates a fun of Elixir on kate, as a process of alex. */
const there = (code: string, ...args: Term[]): Promise<Term> =>
  erpc
    .call(KATE, 'Code', 'eval_string', [code, [tuple(atom('args'), args)]])
    .then((result) => (result as { elements: Term[] }).elements[0])

/** Returns what arrives at the current process until nothing has come for a while. */
async function flushed(): Promise<Term[]> {
  const taken: Term[] = []
  for (;;) {
    const message = await receive(
      on(_, (each) => [each]),
      after(200, () => undefined),
    )
    if (!message) return taken
    taken.push(message[0] as Term)
  }
}

const FLUSH =
  'flush = fn flush, taken -> receive do m -> flush.(flush, [m | taken]) after 200 -> Enum.reverse(taken) end end'

describe('aliases', () => {
  test('an Elixir process sends to an alias of ours, until it ends', async () => {
    await run(async () => {
      const [mine, once] = [alias(), alias({ reply: true })]
      await there('[mine, once] = args; for n <- 1..2, do: (send(mine, n); send(once, n * 10))', mine, once)
      expect(await flushed()).toEqual([1, 10, 2])
      expect([unalias(mine), unalias(once)]).toEqual([true, false])
      await there('send(hd(args), :late)', mine)
      expect(await flushed()).toEqual([])
    })
  })

  test('a process of ours sends to an alias of Elixir, until it ends', async () => {
    await run(async () => {
      const code = `
        [to] = args
        ${FLUSH}
        mine = :erlang.alias()
        once = :erlang.alias([:reply])
        send(to, {mine, once})
        received = flush.(flush, [])
        :erlang.unalias(mine)
        send(to, :ended)
        {received, flush.(flush, [])}`
      const result = there(code, self())
      const [mine, once] = await receive(on([_.ref, _.ref], (refs) => refs))
      for (const n of [1, 2]) {
        send(mine, n)
        send(once, n * 10)
      }
      await receive(on(atom('ended'), () => true))
      send(mine, 3)
      expect(await result).toEqual(tuple([1, 10, 2], []))
    })
  })

  test('the reply to the alias of a monitor ends both', async () => {
    await run(async () => {
      const pid = await Node.spawn(KATE, 'Code', 'eval_string', [
        'receive do {from, ref} -> send(ref, :first); send(ref, :second); send(from, :sent); exit(:bye) end',
      ])
      const ref = monitor(pid, { alias: 'replyDemonitor' })
      send(pid, tuple(self(), ref))
      expect(await flushed()).toEqual([atom('first'), atom('sent')])
      const other = await Node.spawn(KATE, 'Code', 'eval_string', ['receive do reason -> exit(reason) end'])
      const tagged = monitor(other, { alias: 'demonitor', tag: tuple(atom('gone'), 1) })
      send(other, atom('bye'))
      const messages = await flushed()
      expect(messages).toMatchObject([
        { elements: [tuple(atom('gone'), 1), tagged, atom('process'), other, atom('bye')] },
      ])
      expect(unalias(tagged)).toBe(false)
    })
  })

  test.runIf(since28)(
    'priority messages and exit signals of OTP 28 overtake ordinary messages here',
    async () => {
      await run(async () => {
        Process.flag('trapExit', true)
        const [first, plain, once] = [
          alias({ priority: true }),
          alias(),
          alias({ priority: true, reply: true }),
        ]
        const pid = (await there(
          `
        [me, first, plain, once] = args
        send(me, 1)
        :erlang.send(first, 2, [:priority])
        send(first, 3)
        :erlang.send(plain, 4, [:priority])
        :erlang.send(first, 5, [:priority])
        :erlang.send(me, 6, [:priority])
        :erlang.send(once, 7, [:priority])
        :erlang.send(once, 8, [:priority])
        :erlang.exit(first, :late)
        :erlang.exit(first, :early, [:priority])
        :erlang.exit(plain, :later, [:priority])
        self()`,
          self(),
          first,
          plain,
          once,
        )) as Pid
        const exit = (reason: string) => tuple(atom('EXIT'), pid, atom(reason))
        expect(await flushed()).toEqual([2, 5, 7, exit('early'), 1, 3, 4, 6, exit('late'), exit('later')])
      })
    },
  )

  test.runIf(since28)(
    'priority messages and exit signals of ours overtake ordinary messages there',
    async () => {
      await run(async () => {
        const code = `
        [to] = args
        ${FLUSH}
        Process.flag(:trap_exit, true)
        first = :erlang.alias([:priority])
        plain = :erlang.alias()
        Process.register(self(), :urgent)
        send(to, {self(), first, plain})
        receive do :sent -> :ok end
        {:urgent, node()} |> send(:last)
        Enum.map(flush.(flush, []), fn {:EXIT, _, reason} -> reason; m -> m end)`
        const result = there(code, self())
        const [pid, first, plain] = await receive(on([_.pid, _.ref, _.ref], (all) => all))
        send(pid, 1)
        send(first, 2, { priority: true })
        send(first, 3)
        send(plain, 4, { priority: true })
        send(first, 5, { priority: true })
        send(pid, 6, { priority: true })
        send({ name: ':urgent', node: KATE }, 7, { priority: true })
        Process.exit(first, asReason(atom('late')))
        Process.exit(first, asReason(atom('early')), { priority: true })
        Process.exit(pid, asReason(atom('later')), { priority: true })
        send(pid, atom('sent'))
        expect(await result).toEqual([
          2,
          5,
          atom('early'),
          1,
          3,
          4,
          6,
          7,
          atom('late'),
          atom('later'),
          atom('last'),
        ])
      })
    },
  )

  test.runIf(since28)('the ends of links and monitors are priority messages when asked for', async () => {
    await run(async () => {
      Process.flag('trapExit', true)
      const pid = await Node.spawn(KATE, 'Code', 'eval_string', [
        'receive do me -> send(me, :one); exit(:bye) end',
      ])
      const [urgent, ordinary] = [monitor(pid, { priority: true }), monitor(pid)]
      link(pid, { priority: true })
      send(pid, self())
      await sleep(300)
      const messages = (await flushed()) as (Term & { elements: Term[] })[]
      expect(messages[2]).toBe(atom('one'))
      expect(messages[3]).toMatchObject({
        elements: [atom('DOWN'), ordinary, atom('process'), pid, atom('bye')],
      })
      expect(messages.slice(0, 2)).toContainEqual(tuple(atom('EXIT'), pid, atom('bye')))
      expect(messages.slice(0, 2)).toContainEqual(
        tuple(atom('DOWN'), urgent, atom('process'), pid, atom('bye')),
      )
    })
  })

  test.skipIf(since28)('a priority message to an alias of an older release is an ordinary one', async () => {
    await run(async () => {
      const code = `[to] = args; ${FLUSH}; send(to, :erlang.alias()); flush.(flush, [])`
      const result = there(code, self())
      const theirs = await receive(on(_.ref, (ref) => ref))
      send(theirs, 1)
      send(theirs, 2, { priority: true })
      // A node before OTP 28 has no exit signals to aliases: this one is dropped.
      Process.exit(theirs, 'kill')
      expect(await result).toEqual([1, 2])
    })
  })
})

test('signals of a process with a trace token have the effects of other signals', async () => {
  await run(async () => {
    Process.flag('trapExit', true)
    Process.register(self(), ':traced')
    const mine = alias()
    const code = `
      [me, mine] = args
      :seq_trace.set_token(:label, 17)
      send(me, 1)
      send({:traced, :alex@localhost}, 2)
      send(mine, 3)
      Process.exit(me, :exit2)
      pid = spawn(fn -> Process.link(me); exit(:linked) end)
      _ = pid
      ref = :erlang.spawn_request(:alex@localhost, :erlang, :exit, [:bye], [:monitor])
      receive do {:spawn_reply, ^ref, :ok, _} -> :ok end
      receive do {:DOWN, ^ref, :process, _, reason} -> reason end`
    expect(await there(code, self(), mine)).toBe(atom('bye'))
    const reasons = (await flushed()).map((message) =>
      typeof message === 'number' ? message : (message as { elements: Term[] }).elements[2],
    )
    expect(reasons).toEqual([1, 2, 3, atom('exit2'), atom('linked')])
    Process.unregister(':traced')
  })
})

test.runIf(beam.version.otp >= 29)('a native record of OTP 29 comes back as it was sent', async () => {
  const module =
    '-module(rec).\n-export([make/0]).\n-record #point{x = 1, y = 2}.\n-export_record([point]).\nmake() -> #point{x = 7}.\n'
  await run(async () => {
    const code = `
      [me, module] = args
      file = Path.join(System.tmp_dir!(), "rec.erl")
      File.write!(file, module)
      {:ok, :rec, binary} = :compile.file(String.to_charlist(file), [:binary])
      {:module, :rec} = :code.load_binary(:rec, ~c"rec", binary)
      send(me, {self(), :rec.make()})
      receive do back -> back === :rec.make() end`
    const result = there(code, self(), module)
    const [from, record] = await receive(on([_.pid, _], (both) => both))
    expect(record).toBeInstanceOf(NativeRecord)
    expect(inspect(record)).toContain('point')
    send(from, record)
    expect(await result).toBe(true)
  })
})

describe('spawn requests', () => {
  const reply = (tag: Term, ref: Reference, result: Term) =>
    tuple(tag, ref, result instanceof Pid ? ok : atom('error'), result)
  const tag = atom('spawn_reply')

  test('of ours: the reply comes before the signals of the new process', async () => {
    await run(async () => {
      Process.flag('trapExit', true)
      const ref = Node.spawnRequest(KATE, ':erlang', 'exit', [atom('bye')], { link: true, monitor: true })
      const [first, ...rest] = (await flushed()) as { elements: Term[] }[]
      const pid = first!.elements[3] as Pid
      expect(first).toEqual(reply(tag, ref, pid))
      expect(rest).toContainEqual(tuple(atom('EXIT'), pid, atom('bye')))
      expect(rest).toContainEqual(tuple(atom('DOWN'), ref, atom('process'), pid, atom('bye')))
      expect(rest).toHaveLength(2)
      expect(pid.node).toBe(atom(KATE))
    })
  })

  test('of ours: with every option', async () => {
    await run(async () => {
      const request = async (options: SpawnRequestOptions, node = KATE) => {
        const ref = Node.spawnRequest(node, ':erlang', 'node', [], options)
        return { ref, messages: (await flushed()) as { elements: Term[] }[] }
      }
      const tagged = await request({ replyTag: tuple(atom('mine'), 1) })
      expect(tagged.messages[0]!.elements.slice(0, 3)).toEqual([tuple(atom('mine'), 1), tagged.ref, ok])
      expect(tagged.messages).toHaveLength(1)
      expect((await request({ reply: 'no' })).messages).toEqual([])
      expect((await request({ reply: 'error_only' })).messages).toEqual([])
      expect((await request({ reply: 'success_only' })).messages).toHaveLength(1)
      const monitored = await request({ reply: 'no', monitor: { tag: atom('gone'), alias: 'demonitor' } })
      expect(monitored.messages.map(({ elements }) => [elements[0], elements[4]])).toEqual([
        [atom('gone'), atom('normal')],
      ])
      expect(unalias(monitored.ref)).toBe(false)
      const lost = await request({ link: true, monitor: true }, 'nobody@localhost')
      expect(lost.messages).toEqual([reply(tag, lost.ref, noconnection)])
      expect((await request({ reply: 'success_only', link: true }, 'nobody@localhost')).messages).toEqual([])
      expect((await request({ reply: 'error_only' }, 'nobody@localhost')).messages).toHaveLength(1)
      const own = await request({ monitor: true }, 'alex@localhost')
      expect(own.messages.map(({ elements }) => elements[0])).toEqual([tag, atom('DOWN')])
      expect(() => Node.spawnRequest(KATE, ':erlang', 'node', [], { reply: 'maybe' as never })).toThrow(
        "expected 'yes', 'no', 'error_only' or 'success_only'",
      )
    })
  })

  test('of ours: one that is abandoned has no reply, and its linked process ends', async () => {
    await run(async () => {
      const code = 'Process.register(self(), :abandoned_here); Process.sleep(:infinity)'
      const monitor = { alias: 'explicitUnalias' } as const
      const ref = Node.spawnRequest(KATE, 'Code', 'eval_string', [code], { link: true, monitor })
      expect([Node.spawnRequestAbandon(ref), Node.spawnRequestAbandon(ref)]).toEqual([true, false])
      expect(await flushed()).toEqual([])
      expect(await there('Process.whereis(:abandoned_here)')).toBeNull()
      expect(unalias(ref)).toBe(false)
      expect(Process.info(self())?.links).toEqual([])
    })
  })

  test('of a real node: the replies are those of a real node, for every option', async () => {
    const options = [
      '[]',
      '[:link]',
      '[:monitor]',
      '[:link, :monitor]',
      '[{:monitor, [{:tag, :gone}]}]',
      '[{:monitor, [{:alias, :reply_demonitor}]}]',
      '[{:priority, :high}]',
      '[{:priority, :urgent}]',
      '[:priority]',
      '[{:fullsweep_after, 5}]',
      '[{:fullsweep_after, -1}]',
      '[{:min_heap_size, 500}]',
      '[{:min_bin_vheap_size, 500}]',
      '[{:max_heap_size, 100_000}]',
      '[{:max_heap_size, %{size: 100_000, kill: true, error_logger: false}}]',
      '[{:message_queue_data, :off_heap}]',
      '[{:message_queue_data, :nowhere}]',
      ...(beam.version.otp > 25 ? ['[{:async_dist, true}]'] : []),
      '[{:async_dist, 1}]',
      '[{:reply_tag, :mine}]',
      '[{:reply, :no}]',
      '[{:reply, :error_only}]',
      '[{:reply, :success_only}]',
      '[{:reply, :success_only}, :colour]',
      '[:colour]',
      '[{:colour, :red}]',
      '[1]',
      ...(since28 ? ['[{:link, [:priority]}]', '[{:link, []}]', '[{:monitor, [:priority]}]'] : []),
    ]
    const code = `
      Process.flag(:trap_exit, true)
      ${FLUSH}
      shape = fn
        {tag, _, :ok, pid} when is_pid(pid) -> {tag, :ok}
        {tag, _, :error, reason} -> {tag, :error, reason}
        {:EXIT, _, reason} -> {:exit, reason}
        {tag, _, :process, _, reason} -> {tag, :down, reason}
      end
      for options <- [${options.join(', ')}] do
        for node <- [node(), :alex@localhost] do
          try do
            :erlang.spawn_request(node, :erlang, :exit, [:bye], options)
            flush.(flush, []) |> Enum.map(shape) |> Enum.sort()
          rescue
            e -> e.__struct__
          end
        end
      end
      |> Enum.zip([${options.map((each) => JSON.stringify(each)).join(', ')}])
      |> Enum.reject(fn {[theirs, ours], _} -> theirs == ours end)`
    expect(await kate.evaluate(code, { timeout: 60_000 })).toBe('[]')
  }, 60_000)
})

describe('group leaders and lists of processes', () => {
  test('the group leader of a process on another node is set, in both directions', async () => {
    await run(async () => {
      const pid = await Node.spawn(KATE, 'Code', 'eval_string', ['receive do :go -> IO.puts("to alex") end'])
      expect(Process.groupLeader(pid, self())).toBe(true)
      send(pid, atom('go'))
      const request = await receive(
        on([atom('io_request'), _.pid, _, _], ([, from, ref]) => tuple(from, ref)),
      )
      const [from, ref] = request
      send(from as Pid, tuple(atom('io_reply'), ref as Term, ok))
      const mine = Process.groupLeader()
      const leader = (await there('Process.group_leader(hd(args), self()); self()', self())) as Pid
      await sleep(50)
      expect(Process.groupLeader()).toBe(leader)
      Process.groupLeader(mine)
    })
  })

  test('the processes of another node are listed', async () => {
    const here = await run(() => Process.list(KATE))
    expect(here.length).toBeGreaterThan(20)
    expect(here.every((pid) => pid instanceof Pid && pid.node === atom(KATE))).toBe(true)
    expect(await kate.evaluate('length(:erpc.call(:alex@localhost, Process, :list, [])) > 3')).toBe('true')
    await expect(run(() => Process.list('nobody@localhost'))).rejects.toMatchObject({
      reason: tuple(atom('erpc'), noconnection),
    })
  })
})

describe('erpc', () => {
  test('requests of ours run on a real node', async () => {
    await run(async () => {
      const requests = erpc.reqidsNew<Term, string>()
      requests.add(erpc.sendRequest(KATE, ':timer', 'sleep', [150]), 'slow')
      requests.add(erpc.sendRequest(KATE, ':erlang', 'abs', [-7]), 'fast')
      requests.add(erpc.sendRequest(KATE, ':erlang', 'exit', [atom('bye')]), 'exit')
      requests.add(erpc.sendRequest(KATE, ':erlang', 'throw', [atom('ball')]), 'throw')
      requests.add(erpc.sendRequest(KATE, ':erlang', 'binary_to_atom', [1]), 'error')
      const responses = new Map<string, unknown>()
      for (let n = 0; n < 4; n++) {
        const response = await erpc.receiveResponse(requests, 5_000)
        responses.set(response!.label, response!.status === 'fulfilled' ? response!.value : response!.reason)
      }
      expect(responses.get('fast')).toBe(7)
      expect(responses.get('exit')).toMatchObject({ reason: tuple(atom('exception'), atom('bye')) })
      expect(responses.get('throw')).toBe(atom('ball'))
      expect(responses.get('error')).toMatchObject({
        reason: { elements: [atom('exception'), atom('badarg'), expect.any(Array)] },
      })
      expect(await erpc.waitResponse(requests, 5_000)).toMatchObject({ label: 'slow', value: ok })
      const [first, second] = await erpc.multicall([KATE, 'alex@localhost'], ':erlang', 'node', [])
      expect([first, second]).toEqual([
        { status: 'fulfilled', value: atom(KATE) },
        { status: 'fulfilled', value: atom('alex@localhost') },
      ])
      erpc.multicast([KATE], ':erlang', 'send', [self(), hi])
      expect(await receive()).toBe(hi)
    })
  })

  test('requests of a real node run on ours', async () => {
    const code = `
      alex = :alex@localhost
      ids =
        for {f, a} <- [abs: [-7], exit: [:bye], throw: [:ball]], reduce: :erpc.reqids_new() do
          ids -> :erpc.send_request(alex, :erlang, f, a, f, ids)
        end
      receive_all = fn receive_all, ids, taken ->
        {taken, ids} =
          try do
            case :erpc.receive_response(ids, 5000, true) do
              {value, label, ids} -> {[{label, value} | taken], ids}
            end
          catch
            class, {reason, label, ids} -> {[{label, class, reason} | taken], ids}
          end
        if :erpc.reqids_size(ids) == 0, do: taken, else: receive_all.(receive_all, ids, taken)
      end
      {Enum.sort(receive_all.(receive_all, ids, [])),
       :erpc.multicall([alex, node()], :erlang, :node, []),
       :erpc.multicast([alex], :erlang, :send, [self(), :cast]),
       receive do m -> m after 5000 -> :none end}`
    expect(await kate.evaluate(code)).toBe(
      '{[{:abs, 7}, {:exit, :exit, {:exception, :bye}}, {:throw, :throw, :ball}], ' +
        '[ok: :alex@localhost, ok: :kate@localhost], :ok, :cast}',
    )
  })
})

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  _,
  asReason,
  atom,
  type ExitError,
  GenServer,
  inspect,
  Node,
  noreply,
  on,
  Process,
  receive,
  reply,
  Supervisor,
  stop,
  sys,
  type Term,
  tuple,
} from '../../src/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { Meeting } from './node-meeting.ts'

const Counter = GenServer.define({
  init: (start: Term) => start,
  call: {
    add: (n, by: number) => reply(Number(n) + by, Number(n) + by),
    get: (n) => reply(n, n),
    crash: (): never => {
      throw new Error('boom')
    },
    leave: (n, reason: Term) => stop(asReason(reason), n),
    odd: () => 5 as never,
  },
  cast: { set: (_n, to: Term) => noreply(to) },
  codeChange: (version, n: Term) => tuple(version, n),
})

// The same server in Elixir.
const elixirCounter = `
  defmodule Counter do
    use GenServer
    def init(n), do: {:ok, n}
    def handle_call({:add, by}, _, n), do: {:reply, n + by, n + by}
    def handle_call(:get, _, n), do: {:reply, n, n}
    def handle_call(:crash, _, _), do: raise("boom")
    def handle_call({:leave, reason}, _, n), do: {:stop, reason, n}
    def handle_call(:odd, _, _), do: 5
    def handle_cast({:set, to}, _), do: {:noreply, to}
    def double(n), do: n * 2
  end`

let meeting: Meeting
let alex: TestNode
let kate: BeamNode
const there = { name: 'Counter', node: 'kate@localhost' }

beforeAll(async () => {
  meeting = await Meeting.start()
  alex = await meeting.moebi('alex')
  kate = await meeting.elixir('kate')
  alex.node.kernel.modules.define('Counter', { double: (n: number) => n * 2 })
  alex.node.kernel.modules.define('Alex', {
    // The server has the caller's group leader, so that its crash is logged on the caller's node.
    start: (n: Term) => Counter.start(n, { name: 'Far' }),
  })
  await kate.evaluate(elixirCounter)
  await kate.evaluate('Node.connect(:alex@localhost)')
}, 60_000)

afterEach(async () => {
  await meeting.check().finally(() => {
    meeting.expectedLog.length = 0
  })
  alex.screen.text = alex.screen.log = ''
})

afterAll(() => meeting?.[Symbol.asyncDispose]())

const run = <T>(fn: () => T) => alex.node.run(fn)

async function ourCounter<T>(start: Term, fn: () => Promise<T>): Promise<T> {
  const pid = await run(() => Counter.start(start, { name: 'Counter' }))
  try {
    return await fn()
  } finally {
    await run(async () => {
      if (Process.whereis('Counter') === pid) await GenServer.stop('Counter')
    })
  }
}

/** Starts a real server on kate, which is linked to no process. */
async function theirCounter(start: string): Promise<void> {
  await kate.evaluate(
    `{:ok, _} = :erpc.call(node(), fn -> GenServer.start(Counter, ${start}, name: Counter) end); :ok`,
  )
}

test('a real node reads and replaces the state of a server on Moebi with :sys', () =>
  ourCounter(3, async () => {
    const sysOf = (call: string): Promise<string> => kate.evaluate(`s = {Counter, :alex@localhost}; ${call}`)
    expect(await sysOf(':sys.get_state(s)')).toBe('3')
    expect(await sysOf(':sys.replace_state(s, &Counter.double/1)')).toBe('6')
    expect(
      await sysOf(
        'try do :sys.replace_state(s, fn n -> n end) catch :error, {:callback_failed, m, {:error, {:badfun, why}}} -> {m, why =~ "does not run functions"} end',
      ),
    ).toBe('{{:gen_server, :system_replace_state}, true}')
    expect(
      await sysOf(
        '{:status, pid, m, [_, state, parent, [], misc]} = :sys.get_status(s); {pid == parent, m, state, misc[:header], for({:data, d} <- misc, do: d)}',
      ),
    ).toMatch(
      /^\{true, \{:module, :gen_server\}, :running, ~?c?['"]Status for generic server Elixir\.Counter['"], \[\[\{.*Status.*, :running\}, .*Parent.*, \{.*Logged events.*, \[\]\}\], \[\{.*State.*, 6\}\]\]\}$/,
    )
    expect(
      await sysOf(
        ':ok = :sys.suspend(s); r = try do GenServer.call(s, :get, 50) catch :exit, {e, _} -> e end; c = :sys.change_code(s, Counter, 2, []); :ok = :sys.resume(s); {r, c, GenServer.call(s, :get)}',
      ),
    ).toBe('{:timeout, :ok, {2, 6}}')
    expect(
      await sysOf(
        'GenServer.cast(s, {:set, 1}); :ok = :sys.statistics(s, true); :ok = :sys.log(s, true); GenServer.call(s, {:add, 1}); {:ok, stats} = :sys.statistics(s, :get); {:ok, log} = :sys.log(s, :get); {stats[:messages_in], stats[:messages_out], for(e <- log, do: elem(e, 0))}',
      ),
    ).toBe('{1, 1, [:in, :out]}')
    expect(await sysOf(':sys.no_debug(s)')).toBe(':ok')
    expect(await sysOf(':ok = :sys.trace(s, true); GenServer.call(s, :get); :sys.trace(s, false)')).toBe(
      ':ok',
    )
    await eventually('the trace', () => alex.screen.text.includes('new state 2'))
    expect(alex.screen.text).toMatch(
      /^\*DBG\* Counter got call :get from #PID<[\d.]+>\n\*DBG\* Counter sent 2 to #PID<[\d.]+>, new state 2\n$/,
    )
    expect(
      await sysOf(
        'ref = Process.monitor(s); :ok = :sys.terminate(s, :shutdown); receive do {:DOWN, ^ref, _, _, r} -> r end',
      ),
    ).toBe(':shutdown')
  }))

test('a state that is not a term is sent as text', () =>
  ourCounter(new Date(0) as never, async () => {
    expect(await kate.evaluate(':sys.get_state({Counter, :alex@localhost})')).toContain('1970-01-01')
    expect(await kate.evaluate('elem(:sys.get_status({Counter, :alex@localhost}), 0)')).toBe(':status')
  }))

test("Moebi's sys reads the state of a real server and of a real supervisor", async () => {
  await theirCounter('3')
  await run(async () => {
    expect(await sys.getState(there)).toBe(3)
    expect(inspect(await sys.getStatus(there))).toMatch(/^\{:status, .*:module, :gen_server/s)
    await sys.suspend(there)
    await expect(GenServer.call(there, atom('get'), { timeout: 20 })).rejects.toThrow('time out')
    await sys.resume(there)
    await sys.statistics(there, true)
    await sys.log(there, true)
    expect(await GenServer.call(there, tuple(atom('add'), 1))).toBe(4)
    expect(await sys.statistics(there, 'get')).toEqual({ messagesIn: 1, messagesOut: 1 })
    expect(await sys.log(there, 'get')).toHaveLength(2)
    await sys.noDebug(there)
    expect(isStatus(await sys.getStatus({ name: ':kernel_sup', node: 'kate@localhost' }))).toBe(true)
    await sys.terminate(there, 'shutdown')
  })
})

test('supervisors and task supervisors of Moebi answer :sys', async () => {
  await run(() =>
    Supervisor.start([Counter.child(1, { name: 'One' })], { strategy: 'one_for_one', name: 'Tree' }),
  )
  expect(await kate.evaluate('elem(:sys.get_status({Tree, :alex@localhost}), 0)')).toBe(':status')
  expect(await kate.evaluate('is_nil(:sys.get_state({Tree, :alex@localhost}))')).toBe('false')
  expect(
    await kate.evaluate('{:sys.suspend({Tree, :alex@localhost}), :sys.resume({Tree, :alex@localhost})}'),
  ).toBe('{:ok, :ok}')
  await run(() => GenServer.stop('Tree'))
})

const failures: readonly [request: Term, elixir: string][] = [
  [atom('crash'), ':crash'],
  [tuple(atom('leave'), atom('because')), '{:leave, :because}'],
  [tuple(atom('leave'), tuple(atom('shutdown'), 1)), '{:leave, {:shutdown, 1}}'],
  [tuple(atom('leave'), atom('normal')), '{:leave, :normal}'],
  [atom('odd'), ':odd'],
]

test('a failed call is the same exit for servers on both nodes', async () => {
  for (const [request, inElixir] of failures) {
    const theirs = await ourCounter(1, () =>
      kate.evaluate(
        `try do GenServer.call({Counter, :alex@localhost}, ${inElixir}) catch :exit, r -> Exception.format_exit(r) end`,
      ),
    )
    await theirCounter('1')
    const ours = await run(() => GenServer.call(there, request).catch((error: ExitError) => error.message))
    // The stack traces differ, since the languages do.
    const plain = (text: string): string =>
      text
        .split('\\n')
        .join('\n')
        .replaceAll(/^"|"$/g, '')
        .replaceAll(/:(alex|kate)@localhost/g, ':node')
        .replaceAll(/\n {12}.*/g, '')
    expect(plain(String(ours))).toBe(plain(theirs))
  }
  for (const reason of ['boom', 'because', 'bad.return.value']) meeting.expectCrash(reason)
})

test('requests and their responses pass between both nodes, in each direction', async () => {
  await theirCounter('10')
  await run(async () => {
    const requests = GenServer.reqidsNew<unknown, string>()
    requests.add(GenServer.sendRequest(there, Counter.add(1)), 'add')
    requests.add(GenServer.sendRequest({ ...there, name: 'Gone' }, Counter.get()), 'gone')
    const responses = [
      await GenServer.receiveResponse(requests, 5_000),
      await GenServer.waitResponse(requests, 5_000),
    ]
    const byLabel = Object.fromEntries(responses.map((response) => [response?.label, response]))
    expect(byLabel.add).toEqual({ label: 'add', status: 'fulfilled', value: 11 })
    expect(byLabel.gone).toMatchObject({ status: 'rejected' })
    expect(inspect((byLabel.gone as unknown as { reason: ExitError }).reason.reason)).toBe(
      '{:noproc, {GenServer, :send_request, [{Gone, :kate@localhost}, :get]}}',
    )
    const message = GenServer.sendRequest(there, Counter.get())
    expect(GenServer.checkResponse(await receive(), message)).toEqual({ response: 11 })
    const leaves = GenServer.sendRequest(there, Counter.leave('bye'))
    const error = await GenServer.receiveResponse(leaves, 5_000).catch((error: ExitError) => error)
    expect(inspect((error as ExitError).reason).replaceAll(/\s+/g, ' ')).toBe(
      '{"bye", {GenServer, :send_request, [{Counter, :kate@localhost}, {:leave, "bye"}]}}',
    )
  })
  await ourCounter(1, async () =>
    expect(
      await kate.evaluate(`
        server = {Counter, :alex@localhost}
        reqs = :gen_server.send_request(server, {:add, 2}, :add, :gen_server.reqids_new())
        {sum, :add, reqs} = :gen_server.receive_response(reqs, 5000, true)
        gone = :gen_server.send_request({Gone, :alex@localhost}, :get)
        {sum, :gen_server.reqids_size(reqs), :gen_server.wait_response(gone, 5000)}`),
    ).toBe('{{:reply, 3}, 0, {:error, {:noproc, {Gone, :alex@localhost}}}}'),
  )
  meeting.expectCrash('bye')
})

test('multi_call and abcast reach servers on both nodes, from each of them', async () => {
  await theirCounter('10')
  await ourCounter(1, async () => {
    const nodes = ['alex@localhost', 'kate@localhost', 'nobody@localhost']
    await run(async () => {
      GenServer.abcast('Counter', Counter.set(5))
      expect(await GenServer.multiCall('Counter', Counter.add(1), { nodes, timeout: 5_000 })).toEqual({
        replies: [
          { node: 'alex@localhost', reply: 6 },
          { node: 'kate@localhost', reply: 6 },
        ],
        badNodes: ['nobody@localhost'],
      })
    })
    expect(
      await kate.evaluate(
        'GenServer.abcast(Counter, {:set, 7}); {r, bad} = GenServer.multi_call([:alex@localhost, :kate@localhost], Counter, :get, 5000); {Enum.sort(r), bad}',
      ),
    ).toBe('{[alex@localhost: 7, kate@localhost: 7], []}')
  })
  await run(() => GenServer.stop(there))
})

test('the crash of a server that a real node has started on Moebi is logged there, as that of its own server', async () => {
  const crash = (start: string, server: string) =>
    kate.evaluate(`
      Process.group_leader(self(), Process.whereis(:user))
      ${start}
      ref = Process.monitor(${server})
      try do GenServer.call(${server}, :crash) catch :exit, _ -> :ok end
      receive do {:DOWN, ^ref, _, _, _} -> :ok end`)
  const before = kate.output().length
  const reported = (): string[] => kate.output().slice(before).split('GenServer Far terminating')
  await crash('{:ok, _} = GenServer.start(Counter, %{a: 1}, name: Far)', 'Far')
  await eventually('its own', () => reported().length === 2)
  await crash(':erpc.call(:alex@localhost, Alex, :start, [%{a: 1}])', '{Far, :alex@localhost}')
  await eventually('ours', () => reported().at(-1)!.includes('is remote on node'))
  const [, theirs = '', ours = ''] = reported()
  const plain = (text: string): string[] =>
    text
      .split('\n')
      .filter((line) => line !== '' && !/^ {4}|^\d\d:|^Client/.test(line))
      .map((line) => line.replaceAll(/#PID<[\d.]+>/g, '#PID<>'))
  expect(plain(ours)).toEqual(plain(theirs))
  expect(plain(ours)).toEqual([
    '** (RuntimeError) boom',
    'Last message (from #PID<>): :crash',
    'State: %{a: 1}',
  ])
  expect(ours).toMatch(/test\/beam\/gen-server\.test\.ts:\d+: GenServerTest\.crash\/0/)
  expect(ours).toMatch(/Client #PID<[\d.]+> is remote on node :kate@localhost/)
  expect(alex.screen.log).toBe('')
  meeting.expectCrash('Far', 'boom')
  // Moebi logs no crash report.
  meeting.expectedLog.push(/Far.*boom/)
})

test('the crash of a server that Moebi has started on a real node is logged on Moebi, in the same words', async () => {
  const said = await run(async () => {
    const { pid, ref } = await Node.spawnMonitor('kate@localhost', 'Code', 'eval_string', [
      '{:ok, pid} = GenServer.start(Counter, %{a: 1}, name: Near); try do GenServer.call(pid, :crash) catch :exit, _ -> :ok end',
    ])
    await receive(on([atom('DOWN'), ref, _, pid, _], () => {}))
    await eventually('the report', () => alex.screen.log.includes('GenServer Near'))
    return alex.screen.log
  })
  expect(said).toMatch(
    /\[error\] GenServer Near terminating\n\*\* \(RuntimeError\) boom\n( {4}.*\n)+Last message \(from #PID<[\d.]+>\): :crash\nState: %\{a: 1\}\nClient #PID<[\d.]+> is alive\n\n {4}/,
  )
  expect(said.match(/\[error\]/g)).toHaveLength(1)
  meeting.expectCrash('Near', 'boom')
})

test('an Elixir node sends requests of every form', async () => {
  const Any = GenServer.define({
    init: (): Term[] => [],
    call: {
      add: (seen, by: Term) => reply(tuple(atom('called'), by), seen),
      ':addLater': (seen) => reply('later', seen),
      seen: (seen) => reply(seen, seen),
    },
    cast: { add: (seen, by: Term) => noreply([...seen, by]) },
    handleCall: (request: Term, from, seen) => {
      from.reply(inspect(request))
      return noreply(seen)
    },
    handleCast: (message: Term, seen) => noreply([...seen, inspect(message)]),
  })
  const pid = await run(() => Any.start(undefined, { name: 'Any' }))
  const code = `
    s = {Any, :alex@localhost}
    answers = Enum.map([{:add, 1}, :addLater, {1, 2}, %URI{host: "h"}.host, 1..2, "text", [], %{1 => 2}], &GenServer.call(s, &1))
    Enum.each([{:add, 1}, {1, 2}, 7, "text"], &GenServer.cast(s, &1))
    {answers, GenServer.call(s, :seen)}`
  expect(await kate.evaluate(code)).toBe(
    '{[{:called, 1}, "later", "{1, 2}", "\\"h\\"", "1..2", "\\"text\\"", "[]", "%{1 => 2}"], [1, "{1, 2}", "7", "\\"text\\""]}',
  )
  await run(() => GenServer.stop(pid as never))
})

function isStatus(term: Term): boolean {
  return inspect(term).startsWith('{:status,')
}

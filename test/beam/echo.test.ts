import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  _,
  Agent,
  atom,
  deferredReply,
  erpc,
  exit,
  type From,
  GenServer,
  link,
  monitor,
  noreply,
  on,
  type Pid,
  Process,
  pg,
  Registry,
  receive,
  reply,
  self,
  send,
  sleep,
  Task,
  type Term,
  tuple,
  Worker,
} from '../../src/index.ts'
import { loaderHooks } from '../../src/loader/index.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { runs } from '../support/runs.ts'
import { Meeting } from './node-meeting.ts'

// A real node sends terms to Moebi on every way on which a term can travel, and compares what returns with `===`, which is
// `=:=` of Erlang. 0.0 and -0.0 are distinct by `=:=` since OTP 27 only, so the terms are also compared as text.

const wrapped = atom('wrapped')
const kept = atom('kept')
const DOWN = atom('DOWN')
const EXIT = atom('EXIT')

const Keeper = GenServer.define({
  init: (): Term => null,
  call: {
    echo: (state: Term, term: Term) => reply(term, state),
    echoLater: deferredReply((state: Term, from: From<Term>, term: Term) => {
      setTimeout(() => from.reply(term), 0)
      return noreply(state)
    }),
    put: (_state: Term, term: Term) => reply(atom('ok'), term),
    get: (state: Term) => reply(state, state),
  },
  cast: {
    relay: (state: Term, to: Pid, term: Term) => {
      send(to, tuple(kept, term))
      return noreply(state)
    },
  },
  info: (message: Term, state: Term) => {
    const [, to, ...rest] = message as readonly [Term, Pid, ...Term[]]
    send(to, tuple(kept, ...rest))
    return noreply(state)
  },
})

const worker = Worker.define(new URL('./echo-worker.ts', import.meta.url), { name: 'echoing' })

const Conf = {
  echo: (term: Term) => term,
  later: async (term: Term) => {
    await sleep(1)
    return term
  },
  throws: (term: Term): never => {
    throw term
  },
  exits: (term: Term): never => exit(tuple(wrapped, term)),
  relay: (to: Pid, term: Term) => send(to, tuple(kept, term)),
  parts: (to: Pid, [first, ...rest]: Term[], { term }: { term: Term }) =>
    send(to, tuple(kept, [first, term, ...rest])),
  watch: async (whom: Pid, to: Pid) => {
    const ref = monitor(whom)
    send(to, atom('ready'))
    await receive(
      on([DOWN, ref, atom('process'), _, [wrapped, _]], ([, , , , [, term]]) => send(to, tuple(kept, term))),
    )
  },
  tie: async (whom: Pid, to: Pid) => {
    Process.flag('trapExit', true)
    link(whom)
    send(to, atom('ready'))
    await receive(on([EXIT, _.pid, [wrapped, _]], ([, , [, term]]) => send(to, tuple(kept, term))))
  },
  trap: async (to: Pid) => {
    Process.flag('trapExit', true)
    send(to, atom('ready'))
    await receive(on([EXIT, _.pid, _], ([, , term]) => send(to, tuple(kept, term))))
  },
  kill: (pid: Pid, term: Term) => Process.exit(pid, tuple(wrapped, term)),
  sendLater: (to: Pid, term: Term) => {
    Process.sendAfter(to, tuple(kept, term), 1)
    return atom('ok')
  },
  replace: (_state: Term, term: Term) => term,
  entry: (term: Term) => {
    const key = tuple(self(), term)
    Registry.register('Entries', key, term)
    const [entry] = Registry.lookup('Entries', key)
    const [found] = Registry.keys('Entries', self())
    return tuple(entry!.value as Term, found)
  },
  keeper: () => Process.whereis('Keeper'),
  join: (term: Term, pid: Pid) => {
    pg.join(term, pid)
    return atom('ok')
  },
  members: (term: Term) => pg.getMembers(term).length,
  name: async (term: Term) => {
    const pid = await Keeper.start(undefined, { name: { via: [':global', tuple(atom('name'), term)] } })
    return pid as Pid
  },
  stop: (server: Pid) => GenServer.stop(server),
  call: (server: Pid, term: Term) => GenServer.call(server, tuple(atom('echo'), term)),
  back: (node: Pid, term: Term) => erpc.call(node.node, ':erlang', 'hd', [[term]]),
  task: async (term: Term) => (await Task.async(() => term)) as Term,
  work: (term: Term) => erpc.call(worker.node, 'Echo', 'echo', [term]),
}

let meeting: Meeting
let alex: TestNode
let kate: BeamNode

beforeAll(async () => {
  loaderHooks.add(new URL('../../dist/loader/typescript-hooks.js', import.meta.url).href)
  meeting = await Meeting.start()
  alex = await meeting.moebi('alex')
  alex.node.kernel.modules.define('Conf', Conf)
  kate = await meeting.elixir('kate')
  await alex.node.run(async () => {
    await Keeper.start(undefined, { name: 'Keeper' })
    await Agent.start((): Term => null, { name: 'Store' })
    await Registry.start({ keys: 'duplicate', name: 'Entries' })
    await Task.Supervisor.start({ name: 'Tasks' })
    await worker.start()
  })
  await kate.evaluate(await readFile(new URL('./echo.ex', import.meta.url), 'utf8'))
  await kate.evaluate(
    '{:ok, _} = GenServer.start(Echoing, nil, name: :echoing); {:ok, _} = :pg.start(:pg); true = Node.connect(:alex@localhost)',
  )
}, 60_000)
afterAll(async () => {
  await using _ = meeting
  await meeting?.check()
})

const ways = [
  ...['erpc', 'erpc_nested', 'erpc_async', 'rpc', 'throw', 'exit', 'spawn', 'parts'],
  ...['call', 'call_later', 'state', 'sys', 'cast', 'message', 'timer', 'task', 'local_task', 'agent'],
  ...[
    'monitor',
    'link',
    'exit_signal',
    'sent_exit',
    'watch',
    'tie',
    'registry',
    'request',
    'call_back',
    'worker',
  ],
  ...['pg', 'pg_of_beam', 'global'],
]

test.each(ways)('terms come back =:= to what was sent: %s', async (way) => {
  const seed = Math.floor(Math.random() * 1e6)
  const terms = `Terms.fixed() ++ Terms.random(${seed}, ${runs(60)})`
  expect(await kate.evaluate(`Ways.differences(:${way}, ${terms})`), `seed ${seed}`).toBe('[]')
})

test('a node with floats: number gets numbers, which return as integers', async () => {
  const bob = await meeting.moebi('bob', { floats: 'number' })
  bob.node.kernel.modules.define('Conf', {
    ...Conf,
    same: (price: number, wanted: number) => price === wanted,
  })
  const echo = (term: string) => kate.evaluate(`:erpc.call(:bob@localhost, Conf, :echo, [${term}])`)
  expect(await echo('%{price: 100.0, tax: 0.5, keys: %{1.0 => -0.0}}')).toBe(
    '%{keys: %{1.0 => 0}, price: 100, tax: 0.5}',
  )
  expect(await kate.evaluate(':erpc.call(:bob@localhost, Conf, :same, [100.0, 100])')).toBe('true')
  expect(await kate.evaluate(':erpc.call(:alex@localhost, Conf, :echo, [%{price: 100.0}])')).toBe(
    '%{price: 100.0}',
  )
})

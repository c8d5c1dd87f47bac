// A Moebi node of the cluster, as a program of its own: node --import HOOKS member.ts NAME PEER,PEER… BEAM,BEAM…
// It takes one command a line from its input, and writes one line of JSON for each.
import { createInterface } from 'node:readline'
import {
  Application,
  type Atom,
  atom,
  ExitError,
  GenServer,
  inspect,
  monitor,
  Node,
  Process,
  type ProcessInfo,
  receive,
  reply,
  Supervisor,
  self,
  send,
  sleep,
  spawn,
  Task,
  type Term,
  tuple,
} from 'moebi'
import { isTuple, Pid } from 'moebi/term'
import type { Ended, MemberStatus, SetMonitor } from './member-status.ts'

const [name = '', peerWords = '', beamWords = ''] = process.argv.slice(2)
const peers = peerWords.split(',').filter((word) => word !== '')
/** Erlang nodes, on which no task supervisor of Elixir runs. */
const beams = new Set(beamWords.split(','))

const NET_TICK_TIME = Number(process.env.MOEBI_FAULTS_TICK ?? 4_000)
/** Pauses of one sender, caller and owner of tasks, in ms. */
const MESSAGE_PAUSE = 10
const CALL_PAUSE = 30
const TASK_PAUSE = 300
/** A `DOWN` message arrives within this time after the end of the connection. */
const DOWN_WITHIN = 2_000

let paused = false
/** The load, by kind. */
const load = { messages: 0, received: 0, calls: 0, tasks: 0, downs: 0 }
/** What a receiver saw of the numbered messages of its senders although no connection had ended. */
const broken: string[] = []
const ends: Record<string, Ended> = {}
/** What waits now, and since when. */
const waiting = new Map<number, { readonly what: string; readonly since: number }>()
let waits = 0
const overdue: string[] = []
const lastSent: Record<string, number> = {}
const lastReceived: Record<string, number> = {}
/** When each monitor of a peer's server was set; without an entry none is set. */
const monitoredSince = new Map<string, number>()

const Echo = GenServer.define({
  init: () => null,
  handleCall: (request: Term, _from: unknown, state: null) => reply(request, state),
})

const Work = {
  work: async (ms: number): Promise<number> => {
    await sleep(ms)
    return ms
  },
}

/** Counts how a wait ended, and for how long it took. */
async function waited<T>(what: string, wait: () => Promise<T>): Promise<T | undefined> {
  const id = waits++
  const since = performance.now()
  waiting.set(id, { what, since })
  let end = 'ok'
  try {
    return await wait()
  } catch (error) {
    end = error instanceof ExitError ? reasonOf(error.reason) : `error ${String(error)}`
    return undefined
  } finally {
    waiting.delete(id)
    count(`${what.split(' ')[0]} ${end}`, performance.now() - since)
  }
}

function count(key: string, ms: number): void {
  const { count: before, longest } = ends[key] ?? { count: 0, longest: 0 }
  ends[key] = { count: before + 1, longest: Math.max(longest, Math.round(ms)) }
}

/** Returns the reason without the call and the names of nodes, so that equal reasons are counted together. */
function reasonOf(reason: Term): string {
  if (!isTuple(reason)) return inspect(reason)
  const [first] = reason as unknown as Term[]
  return isTuple(first) ? reasonOf(first) : inspect(first as Term)
}

async function paces(ms: number, act: () => unknown): Promise<never> {
  for (;;) {
    if (!paused) await act()
    await sleep(ms)
  }
}

const linked = (peer: string): boolean => Node.list().some((node) => node.name === peer)

const node = await Node.start({
  name,
  cookie: 'faults',
  netTickTime: NET_TICK_TIME,
  startEpmd: false,
  allow: 'open',
  log: (line) => void process.stderr.write(line),
})
await node.run(() =>
  Application.start(
    Application.define({
      name: 'faults',
      floats: 'exact',
      modules: { 'Faults.Work': Work },
      start: () =>
        Supervisor.startLink([Task.Supervisor.child({ name: 'Faults.Tasks' })], { strategy: 'one_for_one' }),
    }),
  ),
)
await node.run(async () => {
  await Echo.start(undefined as never, { name: atom('echo') as Atom })
  spawn(receiveNumbers)
  for (const peer of peers) {
    const to = { name: atom('numbers'), node: peer }
    spawn(() =>
      paces(MESSAGE_PAUSE, () => {
        if (!linked(peer)) return
        lastSent[peer] = (lastSent[peer] ?? 0) + 1
        load.messages++
        send(to as never, tuple(atom('n'), atom(name), lastSent[peer]))
      }),
    )
    for (const timeout of [5_000, Number.POSITIVE_INFINITY])
      spawn(() =>
        paces(CALL_PAUSE, () => {
          load.calls++
          return waited(`call ${peer}`, () =>
            GenServer.call({ name: 'echo', node: peer } as never, load.calls, timeout),
          )
        }),
      )
    if (!beams.has(peer))
      spawn(() =>
        paces(TASK_PAUSE, () => {
          load.tasks++
          return waited(`task ${peer}`, () =>
            Task.await(
              Task.Supervisor.asyncNolink({ name: 'Faults.Tasks', node: peer }, Work.work, [200]),
              Number.POSITIVE_INFINITY,
            ),
          )
        }),
      )
    spawn(() => keepMonitor(peer))
  }
})

/** Sets a monitor again after each `DOWN`. */
async function keepMonitor(peer: string): Promise<never> {
  for (;;) {
    const since = performance.now()
    monitor({ name: atom('echo'), node: peer } as never)
    monitoredSince.set(peer, since)
    const [, , , , reason] = (await receive()) as unknown as Term[]
    monitoredSince.delete(peer)
    load.downs++
    count(`monitor ${reasonOf(reason as Term)}`, 0)
    await sleep(200)
  }
}

/**
 * Checks the numbers of each sender. The message `nodedown` comes after the last message of a connection, so a number may be missing
 * only where `nodedown` came before it.
 */
async function receiveNumbers(): Promise<never> {
  Process.register(self(), 'numbers')
  Node.monitorNodes(true)
  const expected = new Map<string, number>()
  for (;;) {
    const [kind, from, number] = (await receive()) as unknown as [Atom, Atom, number]
    const peer = from.name
    if (kind.name === 'n') {
      const next = expected.get(peer)
      if (next !== undefined && next !== number)
        broken.push(`${name} got ${number} from ${peer} and expected ${next}`)
      expected.set(peer, number + 1)
      lastReceived[peer] = number
      load.received++
    } else expected.delete(peer)
  }
}

node.peers.subscribe({ up() {}, down: (peer) => expectDown(peer.name) })

/** Called at the end of a connection: a monitor that is set then ends with it. */
function expectDown(peer: string): void {
  const since = monitoredSince.get(peer)
  if (since === undefined) return
  setTimeout(() => {
    if (monitoredSince.get(peer) === since)
      overdue.push(`${name}: no DOWN from ${peer} after the end of the connection`)
  }, DOWN_WITHIN)
}

function status(): MemberStatus {
  const now = performance.now()
  globalThis.gc?.()
  const resources: Record<string, number> = {}
  for (const resource of process.getActiveResourcesInfo())
    resources[resource] = (resources[resource] ?? 0) + 1
  const processes = node.kernel.processes()
  const infos = processes.map(({ pid }) => Process.info(pid)).filter((info) => info !== undefined)
  return {
    name,
    nodes: node.peers
      .list()
      .map((peer) => peer.name)
      .sort(),
    load: { ...load },
    broken,
    overdue,
    ends,
    lastSent,
    lastReceived,
    monitors: monitoredSince.size,
    waiting: [...waiting.values()].map(({ what, since }) => `${what} for ${Math.round(now - since)} ms`),
    counts: {
      processes: processes.length,
      links: infos.reduce((sum, { links }) => sum + links.length, 0),
      monitors: infos.reduce((sum, { monitors }) => sum + monitors.length, 0),
      names: node.kernel.registered().length,
      messages: infos.reduce((sum, { messageQueueLen }) => sum + messageQueueLen, 0),
      sockets: resources.TCPSocketWrap ?? 0,
      servers: resources.TCPServerWrap ?? 0,
    },
    monitored: infos.flatMap(monitorsOf),
    heapUsed: process.memoryUsage().heapUsed,
    rss: process.memoryUsage().rss,
  }
}

function monitorsOf({ pid, registeredName, label, monitors }: ProcessInfo): SetMonitor[] {
  const owner = registeredName?.name ?? (label === '' ? 'a function' : label)
  return monitors.map((to) => {
    const target = to instanceof Pid ? 'a pid' : to.name.name
    return {
      what: `${owner} monitors ${target} on ${to.node.name}`,
      pid: inspect(pid),
      target: to instanceof Pid ? inspect(to) : `{${to.name.name}, ${to.node.name}}`,
    }
  })
}

const now = Date.now
const commands: Record<string, (word: string) => unknown> = {
  pause: () => {
    paused = true
  },
  resume: () => {
    paused = false
  },
  /** Computes, and handles no events meanwhile. */
  block: (ms) => {
    const until = performance.now() + Number(ms)
    while (performance.now() < until);
  },
  /** Sets the clock of the program, which Moebi's waits must not follow. */
  clock: (ms) => {
    Date.now = () => now() + Number(ms)
  },
  flap: async (words) => {
    const [peer = '', times = ''] = words.split(',')
    let done = 0
    await node.run(async () => {
      for (let i = 0; i < Number(times); i++) {
        Node.disconnect(peer)
        if (await Node.connect(peer)) done++
      }
    })
    return { done }
  },
  connect: async (words) => {
    const found = await node.run(() => Promise.all(words.split(',').map((peer) => Node.connect(peer))))
    return { found }
  },
  crash: () => {
    setImmediate(() => {
      throw new Error('this program ends by an error of its own')
    })
  },
  status,
}

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const [command = '', word = ''] = line.split(' ')
    const answer = await commands[command]!(word)
    process.stdout.write(`${JSON.stringify(answer ?? {})}\n`)
  })
  .on('close', () => process.exit())
process.stdout.write('{"up":true}\n')

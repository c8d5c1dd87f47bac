import { expect, test } from 'vitest'
import { Process, receive, type Signal, self } from '../../../src/process/index.ts'
import {
  atom,
  identical,
  noconnection,
  noproc,
  normal,
  Pid,
  type Term,
  tuple,
} from '../../../src/term/index.ts'
import { Idle, settled } from '../../support/processes.ts'
import { type TwoKernels, twoKernels } from '../../support/two-kernels.ts'

const Kate = atom('Elixir.Kate')
const DOWN = atom('DOWN')
const EXIT = atom('EXIT')
const process = atom('process')

function nodes(exports: Record<string, unknown>): TwoKernels & { readonly mine: Idle } {
  const world = twoKernels()
  world.b.modules.define('Kate', exports)
  return { ...world, mine: new Idle(world.a) }
}

function request(
  { mine, b }: { readonly mine: Idle; readonly b: TwoKernels['b'] },
  name: string,
  args: Term[] = [],
  options: { link?: boolean; monitor?: boolean } = {},
) {
  return mine.process.kernel.requestSpawn(mine.process, b.name, Kate, atom(name) as never, args, options)
}

test('an exported function of another node runs there, with the group leader of this node', async () => {
  const seen: unknown[] = []
  const world = nodes({
    async sayName(greeting: string) {
      seen.push(greeting, self().node, Process.groupLeader())
    },
  })
  const pid = await request(world, 'say_name', ['hi']).result
  await world.settle()
  expect(pid).toBeInstanceOf(Pid)
  expect((pid as Pid).node).toBe(world.b.name)
  expect(seen).toEqual(['hi', world.b.name, world.mine.process.groupLeader])
})

test('the link and the monitor exist before the spawned process runs', async () => {
  const world = nodes({ wait: () => receive() })
  world.mine.as(() => Process.flag('trapExit', true))
  const { ref, result } = request(world, 'wait', [], { link: true, monitor: true })
  const pid = (await result) as Pid
  expect([...world.mine.process.links.pids]).toEqual([pid])
  const there = world.b.process(pid)!
  expect([...there.links.pids]).toEqual([world.mine.pid])
  there.exit(atom('boom'))
  await world.settle()
  expect(world.mine.messages).toEqual([
    tuple(EXIT, pid, atom('boom')),
    tuple(DOWN, ref, process, pid, atom('boom')),
  ])
})

test('a spawned process that ends at once was linked and monitored', async () => {
  const world = nodes({ done: () => 1 })
  world.mine.as(() => Process.flag('trapExit', true))
  const { ref, result } = request(world, 'done', [], { link: true, monitor: true })
  const pid = (await result) as Pid
  await world.settle()
  expect(world.mine.messages).toEqual([tuple(EXIT, pid, normal), tuple(DOWN, ref, process, pid, normal)])
})

test('a spawn request for a function that is not exported starts a process that ends with undef', async () => {
  const world = nodes({ one: (n: number) => n })
  for (const [name, args] of [
    ['nothing', []],
    ['one', []],
    ['one', [1, 2]],
  ] as const) {
    const { ref, result } = request(world, name, [...args], { monitor: true })
    const pid = (await result) as Pid
    await world.settle()
    expect(world.mine.messages.splice(0)).toEqual([
      tuple(DOWN, ref, process, pid, tuple(atom('undef'), [tuple(Kate, atom(name), [...args], [])])),
    ])
  }
})

test('a request with an unknown option is answered with badopt, and nothing is spawned', async () => {
  const world = nodes({ wait: () => receive() })
  const before = world.b.processes().length
  const signal: Signal = {
    type: 'spawnRequest',
    ref: world.a.makeRef(),
    from: world.mine.pid,
    node: world.b.name,
    leader: world.mine.pid,
    module: Kate as never,
    function: atom('wait'),
    args: [],
    options: [atom('link'), tuple(atom('speed'), 9)],
  }
  world.a.signal(signal)
  world.a.signal({ ...signal, options: ['no option'] })
  await world.settle()
  const replies = world.sent.filter(({ from }) => from === world.b).map(({ signal }) => signal)
  expect(replies).toMatchObject([
    { type: 'spawnReply', result: atom('badopt'), link: false, monitor: false },
    { type: 'spawnReply', result: atom('badopt') },
  ])
  expect(world.b.processes()).toHaveLength(before)
})

test('options that tune a BEAM process are accepted and have no effect', async () => {
  const world = nodes({ wait: () => receive() })
  const ref = world.a.makeRef()
  world.a.signal({
    type: 'spawnRequest',
    ref,
    from: world.mine.pid,
    node: world.b.name,
    leader: world.mine.pid,
    module: Kate as never,
    function: atom('wait'),
    args: [],
    options: [
      tuple(atom('monitor'), [tuple(atom('alias'), atom('demonitor'))]),
      tuple(atom('min_heap_size'), 9),
    ],
  })
  await world.settle()
  const reply = world.sent.at(-1)!.signal
  expect(reply).toMatchObject({ type: 'spawnReply', monitor: true, link: false })
  expect(identical((reply as { ref: unknown }).ref, ref)).toBe(true)
})

test('a process that ends before the reply takes the linked process with it', async () => {
  const world = nodes({ wait: () => receive(), alone: () => receive() })
  let settledLate = false
  void request(world, 'wait', [], { link: true }).result.then(() => {
    settledLate = true
  })
  void request(world, 'alone').result
  world.mine.process.exit(normal)
  await world.settle()
  await settled()
  expect(settledLate).toBe(false)
  // The process without a link stays alive, as on the BEAM.
  expect(world.b.processes().map((other) => other.label)).toEqual(['Elixir.Kate.alone/0'])
})

test('a request to a node that is lost before its reply fails with noconnection', async () => {
  const world = nodes({ wait: () => receive() })
  world.hold()
  const { result } = request(world, 'wait', [], { link: true, monitor: true })
  world.cut()
  expect(await result).toBe(noconnection)
  expect(await request(world, 'wait').result).toBe(noconnection)
  expect(world.mine.alive).toBe(true)
  expect(world.mine.process.links.pids.size).toBe(0)
})

test('a reply without a request, or from another node, has no effect', async () => {
  const world = nodes({})
  const stranger = new Idle(world.b)
  world.hold()
  const { ref, result } = request(world, 'wait', [], { link: true })
  const reply: Signal = {
    type: 'spawnReply',
    ref,
    node: atom('eve@localhost'),
    to: world.mine.pid,
    link: true,
    monitor: false,
    result: stranger.pid,
  }
  world.a.deliver(reply)
  world.a.deliver({ ...reply, ref: world.a.makeRef(), node: world.b.name })
  expect(world.mine.process.links.pids.size).toBe(0)
  world.cut()
  expect(await result).toBe(noconnection)
  expect(noproc.name).toBe('noproc')
})

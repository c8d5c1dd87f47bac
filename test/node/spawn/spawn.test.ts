import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  _,
  after,
  atom,
  IO,
  monitor,
  Node,
  noconnection,
  noproc,
  normal,
  on,
  Process,
  receive,
  self,
  send,
  spawn,
  tuple,
  unalias,
} from '../../../src/index.ts'
import type { LocalProcess } from '../../../src/process/index.ts'
import type { Pid, Reference } from '../../../src/term/index.ts'
import { Cluster, type TestNode } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'

const Greeter = {
  greet(name: string): void {
    IO.puts(`Hello, ${name}`)
  },
  wait: () => receive(),
  fail(): never {
    throw new Error('oops')
  },
}

let cluster: Cluster
let alex: TestNode
let kate: TestNode

beforeEach(async () => {
  cluster = await Cluster.start()
  alex = await cluster.moebi('alex')
  kate = await cluster.moebi('kate')
  for (const { node } of [alex, kate]) node.kernel.modules.define('Greeter', Greeter)
})

afterEach(() => cluster[Symbol.asyncDispose]())

const reasonOf = (spawned: () => Promise<{ ref: unknown }>): Promise<unknown> =>
  alex.node.run(async () => {
    const { ref } = await spawned()
    return receive(on([atom('DOWN'), ref as never, _, _, _], ([, , , , reason]) => reason))
  })

describe('a process on another node', () => {
  test('runs an exported function that is given by reference', async () => {
    const reason = await reasonOf(() => Node.spawnMonitor('kate@localhost', Greeter.greet, 'kate'))
    expect(reason).toBe(normal)
    expect(alex.screen.text).toBe('Hello, kate\n')
  })

  test('runs a function that is named, by its name on the wire or as it is written', async () => {
    for (const name of ['greet', atom('greet')])
      expect(
        await reasonOf(() => Node.spawnMonitor('kate@localhost', 'Greeter', name as string, ['you'])),
      ).toBe(normal)
    expect(alex.screen.text).toBe('Hello, you\nHello, you\n')
  })

  test('exits with undef if the function does not exist with this number of arguments', async () => {
    const undef = (args: string[]) =>
      tuple(atom('undef'), [tuple(atom('Elixir.Greeter'), atom('greet'), args, [])])
    expect(await reasonOf(() => Node.spawnMonitor('kate@localhost', 'Greeter', 'greet', []))).toEqual(
      undef([]),
    )
  })

  test('that is linked ends its starter when it ends, and the reverse', async () => {
    const seen = await alex.node.run(async () => {
      Process.flag('trapExit', true)
      const pid = await Node.spawnLink('kate@localhost', Greeter.wait)
      Process.exit(pid, tuple(atom('enough'), 1))
      const [, from, reason] = (await receive()) as unknown as [unknown, Pid, unknown]
      return [from === pid, reason]
    })
    expect(seen).toEqual([true, tuple(atom('enough'), 1)])
    const child = await alex.node.run(() => Node.spawnLink('kate@localhost', Greeter.wait))
    // The starter has exited with normal, which does not end a linked process.
    expect(kate.node.kernel.process(child)?.alive).toBe(true)
    await alex.node.run(async () => {
      const starter = spawn(async () => {
        Process.register(self(), 'starter')
        await Node.spawnLink('kate@localhost', 'Greeter', 'wait', [])
        await receive()
      })
      await eventually('its link', () => alex.node.kernel.process(starter)?.links.pids.size === 1)
      const [linked] = [...alex.node.kernel.process(starter)!.links.pids] as [Pid]
      const ref = monitor(linked)
      Process.exit(starter, 'shutdown')
      expect(await receive(on([atom('DOWN'), ref, _, _, _], ([, , , , reason]) => reason))).toBe(
        atom('shutdown'),
      )
    })
  })

  test('ends when its starter ended before the reply arrived', async () => {
    expect(await alex.node.run(() => Node.connect('kate@localhost'))).toBe(true)
    let knew = false
    let child: LocalProcess | undefined
    // The process ends its starter first, before the reply with its pid arrives.
    kate.node.kernel.modules.define('Early', {
      wait: () => {
        child = kate.node.kernel.process(self() as Pid)
        starter.exit(atom('gone'))
        return receive()
      },
    })
    const starter = alex.node.kernel.spawn(async () => {
      await Node.spawnLink('kate@localhost', 'Early', 'wait', [])
      knew = true
      await receive()
    })
    await eventually('the end of the started process', () => child?.alive === false)
    expect([knew, starter.alive]).toEqual([false, false])
  })
})

describe('a process on this node, by its name', () => {
  test('can run any function', async () => {
    const messages = await alex.node.run(async () => {
      const me = self()
      const { kernel } = alex.node
      await Node.spawn('alex@localhost', () => kernel.send(me, me, 'spawned'))
      Process.flag('trapExit', true)
      const linked = await Node.spawnLink('alex@localhost', Greeter.fail)
      const first = await receive(on(_.string, (text) => text))
      const exit = await receive(on([atom('EXIT'), linked, _], ([, , reason]) => reason))
      const { ref } = await Node.spawnMonitor('alex@localhost', 'Greeter', 'greet', ['me'])
      const down = await receive(on([atom('DOWN'), ref, _, _, _], ([, , , , reason]) => reason))
      return [first, String(alex.node.kernel.inspect(exit)), down]
    })
    expect(messages[0]).toBe('spawned')
    expect(messages[1]).toContain('oops')
    expect(messages[2]).toBe(normal)
  })
})

describe('a function that cannot be sent', () => {
  test('is an error that says what to do, between Moebi nodes that are not shells', async () => {
    await alex.node.run(async () => {
      await expect(Node.spawn('kate@localhost', () => 1)).rejects.toThrow(
        /not exported.*Export it.*or name it/,
      )
    })
  })

  test('with arguments that are not terms is an error with the path, and leaves no process', async () => {
    const before = alex.node.kernel.processes().length
    const spawning = (): Promise<Pid> =>
      alex.node.run(() => Node.spawn('kate@localhost', 'Greeter', 'greet', [new Date(0) as never]))
    await expect(spawning()).rejects.toThrow(/args\[0\].*Date/)
    expect(await alex.node.run(() => Node.connect('kate@localhost'))).toBe(true)
    await expect(spawning()).rejects.toThrow(/args\[0\].*Date/)
    await eventually('nobody more', () => alex.node.kernel.processes().length === before)
  })
})

describe('a node that cannot be reached', () => {
  const starts: readonly (readonly [what: string, start: () => Promise<Pid>])[] = [
    ['named', () => Node.spawnLink('nobody@localhost', 'Greeter', 'greet', ['x'])],
    ['exported', () => Node.spawnLink('nobody@localhost', Greeter.greet, 'x')],
    ['other', () => Node.spawnLink('nobody@localhost', () => 1)],
  ]
  test.each(starts)('gives a dead process, for a %s function', async (_what, start) => {
    const reason = await alex.node.run(async () => {
      Process.flag('trapExit', true)
      const pid = await start()
      return receive(on([atom('EXIT'), pid, _], ([, , reason]) => reason))
    })
    expect(reason).toBe(noconnection)
    expect(alex.screen.log).toMatch(/Can not start .* \(\[:link\]\) on :nobody@localhost/)
  })

  test('gives a dead pid also outside of a process', async () => {
    const pid = await Node.spawn('nobody@localhost', 'Greeter', 'greet', ['x'])
    const kernelOf = [alex, kate].find(({ node }) => node.kernel.isLocal(pid))!
    const reason = await kernelOf.node.run(async () => {
      const ref = monitor(pid)
      return receive(on([atom('DOWN'), ref, _, _, _], ([, , , , reason]) => reason))
    })
    expect(reason).toBe(noproc)
    await expect(Node.spawnLink('nobody@localhost', 'Greeter', 'greet', ['x'])).rejects.toThrow(/node\.run/)
  })
})

test('a spawn request whose argument is not a term leaves no alias behind', async () => {
  const { kernel } = alex.node
  const opened: Reference[] = []
  const alias = vi.spyOn(kernel, 'alias').mockImplementation(function (this: typeof kernel, holder) {
    opened.push(holder.ref)
    alias.mockRestore()
    this.alias(holder)
  })
  await alex.node.run(() => {
    const options = { monitor: { alias: 'explicitUnalias' } } as const
    const args = [new Date(0)] as unknown as string[]
    expect(() => Node.spawnRequest('kate@localhost', 'Greeter', 'greet', args, options)).toThrow('args')
  })
  expect(opened).toHaveLength(1)
  expect(kernel.aliasHolder(opened[0]!)).toBeUndefined()
})

test.each(['explicitUnalias', 'demonitor', 'replyDemonitor'] as const)(
  'a spawn request that is abandoned leaves no alias behind: %s',
  async (alias) => {
    await alex.node.run(async () => {
      const ref = Node.spawnRequest('kate@localhost', 'Greeter', 'wait', [], { monitor: { alias } })
      expect(Node.spawnRequestAbandon(ref)).toBe(true)
      send(ref, 'hi')
      expect(await receive(after(0, () => 'nothing'))).toBe('nothing')
      expect(unalias(ref)).toBe(false)
    })
  },
)

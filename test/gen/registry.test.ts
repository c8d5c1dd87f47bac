import { afterEach, describe, expect, expectTypeOf, test } from 'vitest'
import { Agent, type Entry, GenServer, Registry, reply, Supervisor } from '../../src/gen/index.ts'
import { Kernel, Process, type Report, reports, self, send } from '../../src/process/index.ts'
import {
  _,
  atom,
  ExitError,
  inspect,
  kill,
  listOf,
  type Pid,
  type Term,
  TermMap,
} from '../../src/term/index.ts'
import { Idle, inProcess, settled } from '../support/processes.ts'

const logged: Report[] = []
const listen = (message: unknown): void => void logged.push(message as Report)
reports.subscribe(listen)
afterEach(() => logged.splice(0))

async function start(
  keys: 'unique' | 'duplicate',
  options: Partial<Parameters<typeof Registry.start>[0]> = {},
): Promise<{ kernel: Kernel; registry: Pid; owner: () => Idle }> {
  const kernel = new Kernel()
  const registry = await inProcess(kernel, () => Registry.start({ keys, name: 'Rooms', ...options }))
  return { kernel, registry, owner: () => new Idle(kernel) }
}

describe.each(['unique', 'duplicate'] as const)('a registry of %s keys', (keys) => {
  test('finds who is under a key, until they leave it', async () => {
    const { owner, registry } = await start(keys)
    const a = owner()
    a.as(() => {
      expect(Registry.lookup('Rooms', 'hello')).toEqual([])
      expect(Registry.register('Rooms', 'hello', 'value')).toBe(registry)
      expect(Registry.lookup('Rooms', 'hello')).toEqual([{ pid: a.pid, value: 'value' }])
      expect(Registry.keys('Rooms', self())).toEqual(['hello'])
      expect(Registry.values('Rooms', 'hello', self())).toEqual(['value'])
      expect(Registry.count('Rooms')).toBe(1)
      expect(Process.info(self())!.links).toEqual([registry])
      Registry.unregister('Rooms', 'hello')
      Registry.unregister('Rooms', 'hello')
      expect(Registry.lookup('Rooms', 'hello')).toEqual([])
      expect(Registry.keys('Rooms', self())).toEqual([])
      expect(Registry.count('Rooms')).toBe(0)
      expect(Process.info(self())!.links).toEqual([])
    })
  })

  test('forgets who has ended, at once', async () => {
    const { kernel, owner } = await start(keys)
    const [a, b] = [owner(), owner()]
    a.as(() => {
      Registry.register('Rooms', 1, null)
      Registry.register('Rooms', 2, null)
    })
    b.as(() => Registry.register('Rooms', 3, null))
    a.process.exit(kill)
    b.as(() => {
      expect(Registry.count('Rooms')).toBe(1)
      expect(Registry.lookup('Rooms', 1)).toEqual([])
      expect(Registry.keys('Rooms', a.pid)).toEqual([])
    })
    b.process.exit(kill)
    await settled()
    expect(kernel.processes()).toHaveLength(1)
  })

  test('matches keys as Erlang does, and values by patterns', async () => {
    const { owner } = await start(keys)
    const a = owner()
    a.as(() => {
      Registry.register('Rooms', new TermMap<Term, Term>([[1, 2]]), [atom('on'), 1])
      expect(Registry.lookup('Rooms', new TermMap<Term, Term>([[1, 2]]))).toHaveLength(1)
      Registry.register('Rooms', 'k', [1, 2, 3])
      expect(Registry.match('Rooms', 'k', listOf(_.number))).toHaveLength(1)
      expect(Registry.countMatch('Rooms', 'k', listOf(_.string))).toBe(0)
      Registry.unregisterMatch('Rooms', 'k', listOf(_.string))
      expect(Registry.count('Rooms')).toBe(2)
      Registry.unregisterMatch('Rooms', 'k', _)
      expect(Registry.keys('Rooms', self())).toHaveLength(1)
      expect(Registry.select('Rooms').map(({ pid }) => pid)).toEqual([a.pid])
      expect(Registry.select('Rooms', (key) => key === 1)).toEqual([])
    })
  })

  test('calls a function with those under a key, in the process that asks', async () => {
    const { owner } = await start(keys)
    const [a, b] = [owner(), owner()]
    for (const one of [a, b])
      one.as(() => Registry.register('Rooms', one === a || keys === 'duplicate' ? 'k' : 'l', 1))
    b.as(() => {
      Registry.dispatch('Rooms', 'nobody', () => expect.unreachable())
      Registry.dispatch<number>('Rooms', 'k', (entries) => {
        expect(self()).toBe(b.pid)
        for (const { pid, value } of entries) send(pid, value)
      })
    })
    await settled()
    expect([a.messages, b.messages]).toEqual([[1], keys === 'duplicate' ? [1] : []])
  })

  test('keeps values of its own', async () => {
    const { owner } = await start(keys, { meta: { colour: 'red' } })
    owner().as(() => {
      expect(Registry.meta('Rooms', 'colour')).toBe('red')
      expect(Registry.meta('Rooms', 'size')).toBeUndefined()
      Registry.putMeta('Rooms', 'size', 1)
      expect(Registry.meta('Rooms', 'size')).toBe(1)
      Registry.deleteMeta('Rooms', 'size')
      expect(Registry.meta('Rooms', 'size')).toBeUndefined()
    })
  })

  test('tells its listeners who comes and who leaves', async () => {
    const { kernel, owner } = await start(keys, { listeners: ['listener'] })
    const listener = owner()
    kernel.register(listener.process, atom('listener') as never)
    const a = owner()
    a.as(() => {
      Registry.register('Rooms', 'k', 'v')
      Registry.unregister('Rooms', 'k')
      Registry.unregister('Rooms', 'k')
    })
    await settled()
    expect(listener.messages.map((message) => kernel.inspect(message))).toEqual([
      `{:register, Rooms, "k", ${kernel.inspect(a.pid)}, "v"}`,
      `{:unregister, Rooms, "k", ${kernel.inspect(a.pid)}}`,
    ])
  })

  test('takes its owners along when it ends', async () => {
    const { kernel, registry, owner } = await start(keys)
    const a = owner()
    a.as(() => Registry.register('Rooms', 'k', null))
    kernel.process(registry)!.exit(kill)
    await settled()
    expect(a.alive).toBe(false)
    expect(kernel.processes()).toEqual([])
  })
})

test('under a unique key is one process, and who comes second hears who it is', async () => {
  const { kernel, owner } = await start('unique')
  const [a, b] = [owner(), owner()]
  a.as(() => Registry.register('Rooms', 'k', 1))
  b.as(() => {
    expect(() => Registry.register('Rooms', 'k', 2)).toThrow(ExitError)
    try {
      Registry.register('Rooms', 'k', 2)
    } catch (error) {
      expect(kernel.inspect((error as ExitError).reason)).toBe(
        `{:already_registered, ${kernel.inspect(a.pid)}}`,
      )
    }
    expect(Process.info(self())!.links).toEqual([])
    expect(Registry.updateValue('Rooms', 'k', (n: number) => n + 1)).toBeUndefined()
  })
  a.as(() => {
    expect(() => Registry.register('Rooms', 'k', 2)).toThrow(ExitError)
    expect(Registry.updateValue('Rooms', 'k', (n: number) => n + 1)).toEqual([2, 1])
    expect(Registry.lookup('Rooms', 'k')).toEqual([{ pid: a.pid, value: 2 }])
  })
  a.process.exit(kill)
  b.as(() => Registry.register('Rooms', 'k', 3))
})

test('under a duplicate key are many, and one of them as often as it likes', async () => {
  const { owner } = await start('duplicate')
  const [a, b] = [owner(), owner()]
  a.as(() => {
    Registry.register('Rooms', 'k', 1)
    Registry.register('Rooms', 'k', 2)
    expect(() => Registry.updateValue('Rooms', 'k', (n: number) => n)).toThrow(
      /not supported for duplicate registries/,
    )
    expect(() => Registry.whereisName('Rooms', 'k')).toThrow(/not supported for duplicate registries/)
  })
  b.as(() => Registry.register('Rooms', 'k', 3))
  a.as(() => {
    expect(Registry.lookup<number>('Rooms', 'k').map(({ value }) => value)).toEqual([1, 2, 3])
    expect(Registry.keys('Rooms', self())).toEqual(['k', 'k'])
    expect(Registry.values('Rooms', 'k', self())).toEqual([1, 2])
    Registry.unregisterMatch('Rooms', 'k', 1)
    expect(Registry.keys('Rooms', self())).toEqual(['k'])
    expect(Registry.count('Rooms')).toBe(2)
    Registry.unregister('Rooms', 'k')
  })
  expect(b.as(() => Registry.lookup<number>('Rooms', 'k'))).toEqual([{ pid: b.pid, value: 3 }])
  expectTypeOf(Registry.lookup<number>).returns.toEqualTypeOf<readonly Entry<number>[]>()
})

describe('a name in a registry', () => {
  const Counter = GenServer.define({ init: (n: number) => n, call: { read: (n) => reply(n, n) } })
  const via = (key: Term) => ({ via: [Registry, 'Rooms', key] as const })

  test('is given to a server where it starts, and leads to it', async () => {
    const { kernel, registry } = await start('unique')
    await inProcess(kernel, async () => {
      const pid = await Counter.start(7, { name: via(1) })
      expect(await GenServer.call(via(1), Counter.read())).toBe(7)
      expect(GenServer.whereis).toBeTypeOf('function')
      expect(Registry.whereisName('Rooms', 1)).toBe(pid)
      await expect(Counter.start(8, { name: via(1) })).rejects.toThrow(/already started/)
      await GenServer.stop(via(1))
      await expect(GenServer.call(via(1), Counter.read())).rejects.toThrow(
        /^exited in: GenServer\.call\(\{:via, Registry, \{Rooms, 1\}\}, :read, 5000\)\n {4}\*\* \(EXIT\) no process/,
      )
      GenServer.cast(via(1), 'nobody hears')
      expect(Registry.count('Rooms')).toBe(0)
    })
    await settled()
    expect(kernel.processes().map(({ pid }) => pid)).toEqual([registry])
  })

  test('is that of a child, of an agent and of a supervisor too', async () => {
    const { kernel } = await start('unique')
    await inProcess(kernel, async () => {
      await Supervisor.start(
        [Counter.child(1, { name: via('a') }), Agent.child(() => 2, { name: via('b') })],
        {
          strategy: 'one_for_one',
          name: via('sup'),
        },
      )
      const children = await Supervisor.whichChildren(via('sup'))
      expect(children.map(({ id }) => inspect(id))).toEqual([
        '{:via, Registry, {Rooms, "b"}}',
        '{:via, Registry, {Rooms, "a"}}',
      ])
      expect(await Agent.get(via('b'), (n: number) => n)).toBe(2)
      Process.exit(Registry.whereisName('Rooms', 'a')!, kill)
      await settled()
      expect(await GenServer.call(via('a'), Counter.read())).toBe(1)
      expect(await Supervisor.terminateChild(via('sup'), via('a'))).toBe(true)
      Registry.unregisterName('Rooms', 'b')
      expect(Registry.count('Rooms')).toBe(1)
    })
  })

  test('may be kept by another module of this node, which is named', async () => {
    const kernel = new Kernel()
    const names = new Map<Term, Pid>()
    kernel.modules.define('Names', {
      whereisName: (name: string) => names.get(name),
      registerName: (name: string, pid: Pid) => !names.has(name) && names.set(name, pid) !== undefined,
    })
    await inProcess(kernel, async () => {
      const pid = await Counter.start(1, { name: { via: ['Names', 'one'] } })
      expect(names).toEqual(new Map([['one', pid]]))
      expect(await GenServer.call({ via: ['Names', 'one'] }, Counter.read())).toBe(1)
      await expect(Counter.start(1, { name: { via: ['Nothing', 'one'] } })).rejects.toThrow(
        /Nothing keeps no names/,
      )
    })
  })
})

test('what makes no sense is said before anything starts', async () => {
  const kernel = new Kernel()
  await inProcess(kernel, async () => {
    expect(() => Registry.start({ name: 'Rooms' } as never)).toThrow(
      "expected keys to be given and be one of 'unique' or 'duplicate', got: undefined",
    )
    expect(() => Registry.start({ keys: 'unique' } as never)).toThrow('expected name option to be present')
    expect(() => Registry.lookup('Nowhere', 1)).toThrow(
      /^unknown registry: Nowhere\. Either the registry name is invalid or the registry is not running, possibly because/,
    )
    await Registry.start({ keys: 'unique', name: 'Rooms' })
    await expect(Registry.start({ keys: 'unique', name: 'Rooms' })).rejects.toThrow(/already started/)
    expect(Registry.count('Rooms')).toBe(0)
  })
})

test('a supervisor starts a registry, and again an empty one', async () => {
  const kernel = new Kernel()
  await inProcess(kernel, async () => {
    const child = Registry.child({ keys: 'unique', name: 'Rooms' })
    expect(child).toMatchObject({ id: 'Rooms', type: 'supervisor' })
    await Supervisor.start([child], { strategy: 'one_for_one' })
    const owner = new Idle(kernel)
    owner.as(() => Registry.register('Rooms', 1, null))
    Process.exit(Process.whereis('Rooms')!, kill)
    await settled()
    expect(owner.alive).toBe(false)
    expect(Registry.count('Rooms')).toBe(0)
  })
})

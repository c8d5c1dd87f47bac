import { afterEach, describe, expect, expectTypeOf, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import { Agent, type Entry, GenServer, Registry, reply, Supervisor, sys } from '../../../src/gen/index.ts'
import {
  type Kernel,
  LocalKernel,
  Process,
  type Report,
  reports,
  self,
  send,
} from '../../../src/process/index.ts'
import {
  _,
  atom,
  ExitError,
  float,
  inspect,
  kill,
  listOf,
  type Pid,
  type Term,
  TermMap,
  tuple,
} from '../../../src/term/index.ts'
import { Idle, inProcess, settled } from '../../support/processes.ts'

const logged: Report[] = []
const listen = (message: unknown): void => void logged.push(message as Report)
reports.subscribe(listen)
afterEach(() => logged.splice(0))

async function start(
  keys: 'unique' | 'duplicate',
  options: Partial<Parameters<typeof Registry.start>[0]> = {},
): Promise<{ kernel: Kernel; registry: Pid; owner: () => Idle }> {
  const kernel = new LocalKernel()
  const registry = await inProcess(kernel, () => Registry.start({ keys, name: 'Rooms', ...options }))
  return { kernel, registry, owner: () => new Idle(kernel) }
}

describe.each(['unique', 'duplicate'] as const)('a registry of %s keys', (keys) => {
  test('finds the processes under a key until they unregister', async () => {
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

  test('is linked to a process as long as it has a key', async () => {
    const { owner, registry } = await start(keys)
    owner().as(() => {
      Registry.unregister('Rooms', 'a')
      Registry.register('Rooms', 'a', 1)
      Registry.register('Rooms', 'b', 2)
      expect(Registry.count('Rooms')).toBe(2)
      Registry.unregister('Rooms', 'a')
      expect(Registry.keys('Rooms', self())).toEqual(['b'])
      expect(Process.info(self())!.links).toEqual([registry])
      Registry.unregister('Rooms', 'b')
      expect(Process.info(self())!.links).toEqual([])
    })
  })

  test('compares keys by value, never as patterns; 1 and 1.0 differ', async () => {
    const { owner } = await start(keys)
    owner().as(() => {
      const all: Term[] = [
        1,
        float(1),
        atom('_'),
        tuple(atom('_'), 'topic'),
        tuple('other', 'topic'),
        [atom('$1')],
        { b: 'b' },
        { a: 'a', b: 'b' },
      ]
      for (const [value, key] of all.entries()) Registry.register('Rooms', key, value)
      for (const [value, key] of all.entries()) {
        expect(Registry.values('Rooms', key, self())).toEqual([value])
        expect(Registry.countMatch('Rooms', key, _)).toBe(1)
      }
      expect(Registry.match('Rooms', _ as never, _)).toEqual([])
      for (const [value, key] of all.entries()) {
        if (value % 2 === 0) Registry.unregister('Rooms', key)
        else Registry.unregisterMatch('Rooms', key, value)
        expect(Registry.count('Rooms')).toBe(all.length - value - 1)
      }
    })
  })

  test('matches values by patterns, and removes and counts the entries that match', async () => {
    const { owner } = await start(keys)
    owner().as(() => {
      Registry.register('Rooms', 'k', tuple(1, atom('on'), 2))
      Registry.register('Rooms', 'map', { a: 'a', b: 'b' })
      const found = (...pattern: unknown[]): number => {
        const count = Registry.countMatch('Rooms', 'k', pattern)
        expect(Registry.match('Rooms', 'k', pattern)).toHaveLength(count)
        return count
      }
      expect(found(1, _, _)).toBe(1)
      expect(found(float(1.5), _, _)).toBe(0)
      expect(found(_, _.atom, _)).toBe(1)
      expect(found(_, _)).toBe(0)
      expect(Registry.countMatch('Rooms', 'map', { b: 'b' })).toBe(1)
      expect(Registry.countMatch('Rooms', 'nobody', _)).toBe(0)
      Registry.unregisterMatch('Rooms', 'k', [2, _, _])
      Registry.unregisterMatch('Rooms', 'map', { b: 'c' })
      expect(Registry.count('Rooms')).toBe(2)
      Registry.unregisterMatch('Rooms', 'k', [_, atom('on'), _])
      Registry.unregisterMatch('Rooms', 'map', { b: 'b' })
      expect(Registry.count('Rooms')).toBe(0)
    })
  })

  test('selects entries by key, owner and value', async () => {
    const { owner } = await start(keys)
    const [a, b] = [owner(), owner()]
    a.as(() => Registry.register('Rooms', 'hello', 1))
    b.as(() => {
      Registry.register('Rooms', 'world', 2)
      const chosen = (wanted?: (key: Term, pid: Pid, value: number) => boolean): Term[] =>
        Registry.select<number>('Rooms', wanted).map(({ key }) => key)
      expect(Registry.select('Rooms')).toEqual([
        { key: 'hello', pid: a.pid, value: 1 },
        { key: 'world', pid: b.pid, value: 2 },
      ])
      expect(chosen((key) => key === 'hello' || key === 'world')).toEqual(['hello', 'world'])
      expect(chosen((_key, pid) => pid === self())).toEqual(['world'])
      expect(chosen((_key, _pid, value) => value > 2)).toEqual([])
    })
  })

  test('releases a key at once at the exit of its process, even while the registry is suspended', async () => {
    const { kernel, registry, owner } = await start(keys)
    const [a, b] = [owner(), owner()]
    a.as(() => Registry.register('Rooms', 'k', 'old'))
    await inProcess(kernel, () => sys.suspend(registry))
    a.process.exit(kill)
    b.as(() => {
      Registry.register('Rooms', 'k', 'new')
      expect(Registry.lookup('Rooms', 'k')).toEqual([{ pid: b.pid, value: 'new' }])
    })
  })

  test('removes a process at once at its exit', async () => {
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

  test('calls a function with the entries under a key, in the calling process', async () => {
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

  test('keeps metadata', async () => {
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

  test('sends its listeners each entry and each removal', async () => {
    const { kernel, owner } = await start(keys, { listeners: ['listener'] })
    const listener = owner()
    kernel.register(listener.process, atom('listener') as never)
    const [a, b] = [owner(), owner()]
    b.as(() => Registry.register('Rooms', 'b', 1))
    a.as(() => {
      Registry.register('Rooms', 'k', 'v')
      Registry.unregister('Rooms', 'k')
      Registry.unregister('Rooms', 'k')
    })
    await settled()
    expect(listener.messages.map((message) => kernel.inspect(message))).toEqual([
      `{:register, Rooms, "b", ${kernel.inspect(b.pid)}, 1}`,
      `{:register, Rooms, "k", ${kernel.inspect(a.pid)}, "v"}`,
      `{:unregister, Rooms, "k", ${kernel.inspect(a.pid)}}`,
    ])
  })

  test('ends its registered processes when it ends', async () => {
    const { kernel, registry, owner } = await start(keys)
    const a = owner()
    a.as(() => Registry.register('Rooms', 'k', null))
    kernel.process(registry)!.exit(kill)
    await settled()
    expect(a.alive).toBe(false)
    expect(kernel.processes()).toEqual([])
  })
})

test('has one process under a unique key, and a second one gets its pid in the error', async () => {
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
    expect(Registry.keys('Rooms', self())).toEqual([])
    expect(Registry.count('Rooms')).toBe(1)
    expect(Registry.updateValue('Rooms', 'k', (n: number) => n + 1)).toBeUndefined()
  })
  a.as(() => {
    expect(() => Registry.register('Rooms', 'k', 2)).toThrow(ExitError)
    expect(Registry.keys('Rooms', self())).toEqual(['k'])
    expect(Registry.updateValue('Rooms', 'k', (n: number) => n + 1)).toEqual([2, 1])
    expect(Registry.lookup('Rooms', 'k')).toEqual([{ pid: a.pid, value: 2 }])
  })
  a.process.exit(kill)
  b.as(() => Registry.register('Rooms', 'k', 3))
})

test('has many processes under a duplicate key, and one process several times', async () => {
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

describe.each(['unique', 'duplicate'] as const)('a lock in a registry of %s keys', (keys) => {
  /** What happened, and processes that say so: each wants the key, and has it until it is told to let go. */
  async function locking(key: (id: string) => Term = () => 'k') {
    const clock = new SimulatedClock()
    const kernel = new LocalKernel({ clock })
    const registry = await inProcess(kernel, () => Registry.start({ keys, name: 'Rooms' }))
    const happened: string[] = []
    /** What came back, to those whose process did not end. */
    const results: string[] = []
    const wants = (id: string, timeout?: number) => {
      let letGo = (_how: unknown): void => {}
      const process = kernel.spawn(async () => {
        const options = timeout === undefined ? {} : { timeout }
        const held = async (): Promise<string> => {
          happened.push(`${id} has it`)
          const how = await new Promise((resolve) => {
            letGo = resolve
          })
          happened.push(`${id} lets go`)
          if (how instanceof Error) throw how
          return id
        }
        await Registry.lock('Rooms', key(id), held, options).then(
          (result) => results.push(result),
          (error: Error) => results.push(error.message),
        )
      })
      return {
        pid: process.pid,
        letGo: async (how?: Error) => {
          letGo(how)
          await settled()
        },
        kill: async () => {
          process.exit(kill)
          await settled()
        },
      }
    }
    return { clock, kernel, registry, happened, results, wants }
  }

  test('is held by one call at a time, in the order of the calls', async () => {
    const { happened, results, wants } = await locking()
    const [a, b, c] = [wants('a'), wants('b'), wants('c')]
    await settled()
    expect(happened).toEqual(['a has it'])
    await a.letGo()
    expect(happened).toEqual(['a has it', 'a lets go', 'b has it'])
    const d = wants('d')
    await settled()
    await b.letGo()
    await c.letGo()
    expect(happened.slice(3)).toEqual(['b lets go', 'c has it', 'c lets go', 'd has it'])
    await d.letGo()
    expect(results).toEqual(['a', 'b', 'c', 'd'])
    const e = wants('e')
    await settled()
    expect(happened.at(-1)).toBe('e has it')
    await e.letGo()
  })

  test('does not block other keys, which are compared as in Erlang', async () => {
    const { happened, results, wants } = await locking((id) =>
      tuple(id.length, id === 'third' ? float(1) : 1),
    )
    const all = [wants('first'), wants('other'), wants('third'), wants('second')]
    await settled()
    expect(happened).toEqual(['first has it', 'third has it', 'second has it'])
    for (const one of [...all, all[1]!]) await one.letGo()
    expect(results.sort()).toEqual(['first', 'other', 'second', 'third'])
  })

  test('is independent of the entries under the key', async () => {
    const { kernel, happened, wants } = await locking()
    const owner = new Idle(kernel)
    owner.as(() => Registry.register('Rooms', 'k', null))
    const a = wants('a')
    await settled()
    expect(happened).toEqual(['a has it'])
    expect(owner.as(() => Registry.count('Rooms'))).toBe(1)
    await a.letGo()
  })

  test('is released when the function throws, and its error is thrown', async () => {
    const { happened, results, wants } = await locking()
    const [a, b] = [wants('a'), wants('b')]
    await settled()
    await a.letGo(new Error('oops'))
    expect(happened).toEqual(['a has it', 'a lets go', 'b has it'])
    expect(results).toEqual(['oops'])
    await b.letGo()
  })

  test('is released at the exit of its process, whose code does not continue', async () => {
    const { happened, wants } = await locking()
    const [a, b] = [wants('a'), wants('b')]
    await settled()
    await a.kill()
    expect(happened).toEqual(['a has it', 'b has it'])
    // What it was running comes to its end, and takes the key from nobody.
    wants('c')
    await a.letGo()
    expect(happened).not.toContain('c has it')
    await b.letGo()
    expect(happened).toContain('c has it')
  })

  test('skips a process that ended while it waited', async () => {
    const { happened, wants } = await locking()
    const [a, b, c, d] = [wants('a'), wants('b'), wants('c'), wants('d')]
    await settled()
    await b.kill()
    // Its turn comes, and it ends before it can begin.
    await Promise.all([a.kill(), c.kill()])
    expect(happened).toEqual(['a has it', 'd has it'])
    await d.letGo()
  })

  test('has a timeout for the wait', async () => {
    const { clock, happened, results, wants } = await locking()
    const a = wants('a')
    wants('b')
    wants('c', 100)
    wants('d', Number.POSITIVE_INFINITY)
    await settled()
    await clock.advance(100)
    expect(results).toEqual(['exited in: Registry.lock(Rooms, "k", 100)\n    ** (EXIT) time out'])
    await clock.advance(4_900)
    expect(results.slice(1)).toEqual(['exited in: Registry.lock(Rooms, "k", 5000)\n    ** (EXIT) time out'])
    await a.letGo()
    expect(happened).toEqual(['a has it', 'a lets go', 'd has it'])
    expect(clock.pending).toBe(0)
  })

  test('fails all waiting calls when the registry ends, but not its holder', async () => {
    const { kernel, registry, results, wants } = await locking()
    const a = wants('a')
    wants('b')
    wants('c')
    await settled()
    kernel.process(registry)!.exit(atom('boom'))
    await settled()
    const ended = 'exited in: Registry.lock(Rooms, "k", 5000)\n    ** (EXIT) :boom'
    expect(results).toEqual([ended, ended])
    await a.letGo()
    expect(results.at(-1)).toBe('a')
    wants('d')
    await settled()
    expect(results.at(-1)).toMatch(/^unknown registry: Rooms/)
    expect(kernel.processes()).toEqual([])
  })

  test('returns the result of the function, and needs a process', async () => {
    const { kernel } = await locking()
    await inProcess(kernel, async () => {
      const sum = Registry.lock('Rooms', 'k', () => 1 + 1)
      expectTypeOf(sum).toEqualTypeOf<Promise<number>>()
      expect(await sum).toBe(2)
      expect(await Registry.lock('Rooms', 'k', async () => self())).toBe(self())
    })
    await expect(Registry.lock('Rooms', 'k', () => 1)).rejects.toThrow(/called outside of a process/)
  })
})

describe('a name in a registry', () => {
  const Counter = GenServer.define({ init: (n: number) => n, call: { read: (n) => reply(n, n) } })
  const via = (key: Term) => ({ via: [Registry, 'Rooms', key] as const })

  test('is registered at the start of a server, and finds it', async () => {
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

  test('can have a value, and is an error with duplicate keys', async () => {
    const { kernel } = await start('unique')
    await inProcess(kernel, async () => {
      const pid = await Counter.start(7, { name: { via: [Registry, 'Rooms', 'k', 'value'] } })
      expect(Registry.lookup('Rooms', 'k')).toEqual([{ pid, value: 'value' }])
      await Registry.start({ keys: 'duplicate', name: 'Topics' })
      await expect(Agent.start(() => 0, { name: { via: [Registry, 'Topics', 'k'] } })).rejects.toThrow(
        /^\{ via: \[Registry, …\] \} is not supported for duplicate registries/,
      )
      expect(Registry.count('Topics')).toBe(0)
    })
  })

  test('can name a child, an agent and a supervisor', async () => {
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

  test('can be registered with another module of this node', async () => {
    const kernel = new LocalKernel()
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
        /Nothing is not a registry of names/,
      )
    })
  })
})

test('invalid options are an error before anything starts', async () => {
  const kernel = new LocalKernel()
  await inProcess(kernel, async () => {
    expect(() => Registry.start({ name: 'Rooms' } as never)).toThrow(
      "expected keys to be given and be one of 'unique' or 'duplicate', got: undefined",
    )
    expect(() => Registry.start({ keys: 'some', name: 'Rooms' } as never)).toThrow(/one of .* got: some$/)
    expect(() => Registry.start({ keys: 'unique' } as never)).toThrow('expected name option to be present')
    expect(() => Registry.start({ keys: 'unique', name: 'Rooms', listener: [] } as never)).toThrow(
      "Registry.start: unknown option 'listener'. The options are: keys, name, meta, listeners",
    )
    for (const ask of [() => Registry.register('Nowhere', 1, 1), () => Registry.whereisName('Nowhere', 1)])
      expect(ask).toThrow(/^unknown registry: Nowhere/)
    expect(() => Registry.lookup('Nowhere', 1)).toThrow(
      /^unknown registry: Nowhere\. Either the registry name is invalid or the registry is not running, possibly because/,
    )
    await Registry.start({ keys: 'unique', name: 'Rooms' })
    await expect(Registry.start({ keys: 'unique', name: 'Rooms' })).rejects.toThrow(/already started/)
    expect(Registry.count('Rooms')).toBe(0)
  })
})

test('a supervisor starts a registry, and restarts an empty one', async () => {
  const kernel = new LocalKernel()
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

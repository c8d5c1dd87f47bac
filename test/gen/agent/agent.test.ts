import { describe, expect, expectTypeOf, test } from 'vitest'
import { Agent, type AgentPid, Supervisor } from '../../../src/gen/index.ts'
import { LocalKernel, Process } from '../../../src/process/index.ts'
import { atom, ExitError, inspect, kill, type Term, tuple } from '../../../src/term/index.ts'
import { inProcess, settled } from '../../support/processes.ts'
import { places } from '../places.ts'

test('an agent keeps a value that is read, changed, and read and changed in one step', async () => {
  const kernel = new LocalKernel()
  await inProcess(kernel, async () => {
    const agent = await Agent.startLink(() => new Map<string, number>())
    expect(await Agent.update(agent, (map) => new Map(map).set('hello', 1))).toBeUndefined()
    expect(await Agent.get(agent, (map) => map.get('hello'))).toBe(1)
    expect(await Agent.getAndUpdate(agent, (map) => [map.get('hello'), new Map()])).toBe(1)
    expect(await Agent.get(agent, (map) => map.size)).toBe(0)
    Agent.cast(agent, () => new Map([['cast', 2]]))
    expect(await Agent.get(agent, (map) => map.get('cast'))).toBe(2)
    await Agent.stop(agent)
    expect(Process.alive(agent)).toBe(false)
  })
  await settled()
  expect(kernel.processes()).toEqual([])
})

test('a function may be async; the next one waits for it', async () => {
  const kernel = new LocalKernel()
  await inProcess(kernel, async () => {
    const agent = await Agent.start(async () => 1, { name: 'slow' })
    const slow = Agent.update('slow', async (n: number) => {
      await settled(3)
      return n + 1
    })
    const next = Agent.get('slow', (n: number) => n)
    await slow
    expect(await next).toBe(2)
    expect(
      await Agent.getAndUpdate(agent, async (n) => tuple(n, n * 10) as unknown as readonly [number, number]),
    ).toBe(2)
    expect(await Agent.get(agent, (n) => n)).toBe(20)
    await Agent.stop(agent, 'shutdown')
  })
})

test('the functions have the type of the state', () => {
  const agent = {} as AgentPid<number>
  const types = (): unknown[] => [
    expectTypeOf(Agent.get(agent, (n) => String(n))).toEqualTypeOf<Promise<string>>(),
    expectTypeOf(Agent.getAndUpdate(agent, (n) => ['was', n + 1])).toEqualTypeOf<Promise<string>>(),
    expectTypeOf(Agent.get('name', (n: number) => n > 1)).toEqualTypeOf<Promise<boolean>>(),
    expectTypeOf(Agent.get('name', 'Counters', 'total', [])).toEqualTypeOf<Promise<Term>>(),
    // @ts-expect-error a number stays one
    Agent.update(agent, (n) => String(n)),
    // @ts-expect-error a pair of an answer and a state
    Agent.getAndUpdate(agent, (n) => n),
  ]
  expect(types).toBeTypeOf('function')
})

describe('an agent ends', () => {
  test('with the error of a function, and so does the call', async () => {
    const kernel = new LocalKernel()
    await inProcess(kernel, async () => {
      const agent = await Agent.start(() => 0)
      const error = await Agent.get(agent, () => {
        throw new Error('oops')
      }).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(ExitError)
      expect((error as ExitError).message).toMatch(
        /^exited in: GenServer\.call\(#PID<.*\n.*an exception was raised/,
      )
      expect(Process.alive(agent)).toBe(false)
    })
  })

  test('when getAndUpdate returns no pair', async () => {
    const kernel = new LocalKernel()
    await inProcess(kernel, async () => {
      const agent = await Agent.start(() => 0)
      await expect(Agent.getAndUpdate(agent, (() => 42) as never)).rejects.toThrow(/bad return value: 42/)
    })
  })

  test('and does not start when its first function throws', async () => {
    const kernel = new LocalKernel()
    await inProcess(kernel, async () => {
      await expect(
        Agent.start((): number => {
          throw new Error('no state')
        }),
      ).rejects.toThrow(/no state/)
    })
    await settled()
    expect(kernel.processes()).toEqual([])
  })
})

test('a supervisor starts an agent, again with its first state', async () => {
  const kernel = new LocalKernel()
  await inProcess(kernel, async () => {
    await Supervisor.start([Agent.child(() => 7, { name: 'Seven' })], { strategy: 'one_for_one' })
    await Agent.update('Seven', (n: number) => n + 1)
    Process.exit(Process.whereis('Seven')!, kill)
    await settled()
    expect(await Agent.get('Seven', (n: number) => n)).toBe(7)
    await expect(Agent.start(() => 1, { name: 'Seven' })).rejects.toThrow(/already started/)
    const [child] = await Supervisor.whichChildren(
      await Supervisor.start([Agent.child(() => 1)], { strategy: 'one_for_one' }),
    )
    expect(inspect(child!.id)).toBe('Agent')
  })
})

describe.each(places)('an agent $where', ({ meet }) => {
  test('runs functions by module, name and arguments, and exported functions', async () => {
    const { here, there } = meet()
    const Counters = { plus: (n: number, by: number) => n + by, total: (n: number) => n }
    there.modules.define('Counters', Counters)
    here.modules.define('Counters', Counters)
    there.modules.define('Start', { pair: (n: number) => tuple(atom('was'), n * 2) })
    await inProcess(there, () => Agent.start(() => 1, { name: 'counter' }))
    await inProcess(here, async () => {
      const agent = { name: 'counter', node: there.name }
      await Agent.update(agent, 'Counters', 'plus', [4])
      Agent.cast(agent, 'Counters', 'plus', [5])
      expect(await Agent.get(agent, 'Counters', 'total', [])).toBe(10)
      expect(await Agent.getAndUpdate(agent, 'Start', 'pair', [])).toBe(atom('was'))
      expect(await Agent.get(agent, Counters.total)).toBe(20)
      if (here === there) expect(await Agent.get(agent, (n: number) => n)).toBe(20)
      else
        await expect(Agent.get(agent, (n: number) => n)).rejects.toThrow(
          /the function \(an arrow\) is to run in an agent on .*, but it is not exported by any module/,
        )
      await expect(Agent.get(agent, 'Counters', 'nothing', [])).rejects.toThrow(
        /Counters\.nothing\/1 is undefined/,
      )
    })
  })
})

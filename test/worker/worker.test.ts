import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import {
  _,
  type Atom,
  atom,
  type ExitError,
  formatExit,
  GenServer,
  Logger,
  monitor,
  Node,
  on,
  type Pid,
  Process,
  receive,
  Supervisor,
  sleep,
  Task,
  type Term,
  tuple,
  Worker,
} from '../../src/index.ts'
import { loaderHooks } from '../../src/loader/index.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { Counter, colour, forever, greet, leave, sum, sumUntil, uncaught } from './crunch.ts'

const CRUNCH = atom('crunch@localhost')
const crunch = Worker.define(new URL('./crunch.ts', import.meta.url), { name: 'crunch' })
const tasks = { name: 'Crunch.Tasks', node: CRUNCH }
let cluster: Cluster
let alex: TestNode
let names = 0

beforeAll(async () => {
  loaderHooks.add(new URL('../../dist/loader/typescript-hooks.js', import.meta.url).href)
  cluster = await Cluster.start()
})
afterAll(() => cluster[Symbol.asyncDispose]())
beforeEach(async () => {
  alex = await cluster.moebi(`alex${++names}`)
})
afterEach(() => alex.node.stop())

const run = <T>(fn: () => T): Promise<Awaited<T>> => alex.node.run(fn)

/** Returns the exit reason of a process when it has ended. */
function end(pid: Pid): Promise<Term> {
  const ref = monitor(pid)
  return receive(on([atom('DOWN'), ref, atom('process'), _, _], ([, , , , reason]) => reason))
}

describe('one worker', () => {
  let owner: TestNode
  let supervisor: Pid

  beforeAll(async () => {
    owner = await cluster.moebi('owner')
    supervisor = await owner.node.run(() => Supervisor.start([crunch.child()], { strategy: 'one_for_one' }))
  })
  afterAll(async () => {
    await owner.node.run(() => GenServer.stop(supervisor))
    await owner.node.stop()
  })

  test('a task on a worker computes while this node continues to run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'moebi-worker-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await owner.node.run(async () => {
      expect(await Task.Supervisor.async(tasks, sum, [1e6])).toBe(500_000_500_000)
      const [begun, enough] = [join(folder, 'begun'), join(folder, 'enough')] as const
      const task = Task.Supervisor.async(tasks, sumUntil, [begun, enough])
      await eventually('the computation to begin', () => existsSync(begun))
      for (let turns = 0; turns < 10; turns++) await sleep(1)
      await writeFile(enough, '')
      expect(await Task.await(task, Number.POSITIVE_INFINITY)).toBeGreaterThan(0)
    })
  })

  test('servers of a worker are called as on any node, and its output comes to this node', async () => {
    await owner.node.run(async () => {
      expect(await GenServer.call({ name: 'Counter', node: CRUNCH }, Counter.add(2))).toBe(2)
      expect(await GenServer.call({ name: 'Counter', node: CRUNCH }, Counter.add(40))).toBe(42)
      await Task.Supervisor.async(tasks, greet, ['alex'])
      await eventually('its text', () => owner.screen.text.includes('hello alex\n'))
    })
  })

  test('a worker is a hidden node of this one', async () => {
    await owner.node.run(async () => {
      expect(Node.list()).toEqual([])
      expect(Node.list('hidden')).toEqual([CRUNCH])
      expect(crunch.node).toBe(CRUNCH)
      expect(await Node.ping(CRUNCH)).toBe(atom('pong'))
    })
  })

  test('an uncaught error in a worker ends its process only', async () => {
    await owner.node.run(async () => {
      const { pid } = await Node.spawnMonitor(CRUNCH, uncaught)
      const reason = await receive(on([atom('DOWN'), _, _, pid, _], ([, , , , reason]) => reason))
      expect(formatExit(reason)).toContain('nobody catches this')
      expect(await Task.Supervisor.async(tasks, sum, [4])).toBe(10)
    })
  })

  test('two workers cannot have the same name', async () => {
    await owner.node.run(async () => {
      await expect(crunch.start()).rejects.toThrow('already started')
      expect(await Task.Supervisor.async(tasks, sum, [4])).toBe(10)
    })
  })
})

test('a worker has the configuration of its program, functions too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'moebi-worker-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'config'))
  await writeFile(join(folder, 'config/config.js'), "export default { crunch: { colour: () => 'blue' } }")
  await loadConfig(folder)
  onTestFinished(async () => void (await loadConfig(join(folder, 'config'))))
  await run(async () => {
    await crunch.start()
    expect(await Task.Supervisor.async(tasks, colour, [])).toBe('blue')
  })
})

test('a kill ends a worker in the middle of an endless computation, and linked processes get an exit signal', async () => {
  await run(async () => {
    Process.flag('trapExit', true)
    const worker = await crunch.start()
    const busy = await Node.spawnLink(CRUNCH, 'Crunch', 'forever', [])
    const task = Task.Supervisor.asyncNolink(tasks, forever, [])
    Process.exit(worker, 'kill')
    expect(await receive()).toEqual(tuple(atom('EXIT'), busy, atom('noconnection')))
    const failed = await Task.await(task, Number.POSITIVE_INFINITY).catch((error: ExitError) => error)
    expect(formatExit((failed as ExitError).reason)).toContain('no connection to crunch@localhost')
    expect(Node.list('hidden')).toEqual([])
  })
})

test('a supervisor restarts a worker, which gets another creation', async () => {
  await run(async () => {
    const supervisor = await Supervisor.start([crunch.child()], { strategy: 'one_for_one' })
    const counter = { name: 'Counter', node: CRUNCH }
    expect(await GenServer.call(counter, Counter.add(1))).toBe(1)
    const first = await GenServer.call(counter, Counter.where())
    await Node.spawn(CRUNCH, 'Crunch', 'leave', [3])
    expect(await end(first)).toBe(atom('noconnection'))
    await eventually('the next life', () =>
      GenServer.call(counter, Counter.add(0)).then(
        (value) => value === 0,
        () => false,
      ),
    )
    expect(await GenServer.call(counter, Counter.where())).not.toBe(first)
    await GenServer.stop(supervisor)
    expect(Node.list('hidden')).toEqual([])
  })
})

test('the report of a worker that fails is a few lines, and shows nothing of the runtime', async () => {
  await run(async () => {
    const texts: string[] = []
    const remove = Logger.addHandler(({ text }) => texts.push(text))
    await crunch.start()
    await Node.spawn(CRUNCH, 'Crunch', 'leave', [9])
    const report = await eventually('the report', () =>
      texts.find((text) => text.includes('{:worker_exit, 9}')),
    )
    remove()
    expect(report).toContain('\nState: #Thread<...>')
    expect(report.split('\n').length).toBeLessThan(8)
  })
})

test('a worker that exits ends with its exit code', async () => {
  await run(async () => {
    const worker = await crunch.start()
    await Node.spawn(CRUNCH, leave, 0)
    expect(await end(worker)).toBe(atom('normal'))
    const again = await crunch.start()
    await Node.spawn(CRUNCH, leave, 7)
    expect(await end(again)).toEqual(tuple(atom('worker_exit'), 7))
  })
})

test('a worker whose application does not start fails with the reason', async () => {
  const broken = Worker.define(new URL('./broken.ts', import.meta.url), { name: 'broken' })
  const missing = Worker.define(new URL('./missing.ts', import.meta.url), { name: 'missing' })
  await run(async () => {
    await expect(broken.start()).rejects.toThrow('this one never starts')
    await expect(missing.start()).rejects.toThrow('missing.ts')
    expect(Node.list('hidden')).toEqual([])
  })
})

test('megabytes pass in both directions, and a worker ends with its node', async () => {
  await run(async () => {
    const worker = await crunch.start()
    const text = 'x'.repeat(3_000_000)
    const back = await Task.Supervisor.async(tasks, 'Crunch', 'echo', [text])
    expect(back === text).toBe(true)
    await GenServer.stop(worker)
    expect(Node.list('hidden')).toEqual([])
  })
})

test('a wrong argument for a function of a worker does not compile', () => {
  // @ts-expect-error sum takes a number
  const wrong = () => Task.Supervisor.async(tasks, sum, ['3'])
  const node: Atom = CRUNCH as Atom
  expect([typeof wrong, node]).toEqual(['function', CRUNCH])
})

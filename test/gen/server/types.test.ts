import { expect, expectTypeOf, test } from 'vitest'
import type * as Chat from '../../../examples/chat/src/chat.ts'
import {
  type ChildSpec,
  DynamicSupervisor,
  GenServer,
  Registry,
  type StartedChild,
  Supervisor,
  Task,
  type TaskHandle,
} from '../../../src/gen/index.ts'
import { erpc, Node } from '../../../src/node/index.ts'
import { remote } from '../../../src/process/index.ts'
import { type Atom, ok, type Pid, tuple } from '../../../src/term/index.ts'
import { inProcess } from '../../support/processes.ts'
import { twoKernels } from '../../support/two-kernels.ts'
// Of neither is anything here but its type: what they are made of runs on another node.
import type { Counter } from '../counter.ts'
import type * as Work from '../work.ts'

test('a server of another node, of which only the type is imported, is called by it', async () => {
  const { a, b } = twoKernels()
  const { Counter: Real } = await import('../counter.ts')
  await inProcess(b, () => Real.start(1, { name: 'Counter' }))
  await inProcess(a, async () => {
    const counter = GenServer.at<typeof Counter>({ name: 'Counter', node: b.name })
    const sum = await counter.call('add', 2)
    expectTypeOf(sum).toEqualTypeOf<number>()
    expect(sum).toBe(3)
    counter.cast('addLater', 4)
    expect(await counter.call('get')).toBe(7)
  })
  // Only compiled.
  void (async () => {
    const counter = GenServer.at<typeof Counter>('Counter')
    // @ts-expect-error a text is not a number
    await counter.call('add', '2')
    // @ts-expect-error an argument is missing
    await counter.call('add')
    // @ts-expect-error one argument too many
    await counter.call('get', 1)
    // @ts-expect-error there is no such request
    await counter.call('nothing')
    // @ts-expect-error a cast is not called
    await counter.call('clear')
    // @ts-expect-error a call is not cast
    counter.cast('get')
    // @ts-expect-error the answer is a number
    const text: string = await counter.call('get')
    return text
  })
})

test('a function of another node, of which only the type is imported, is given to a task by it', async () => {
  const { a, b } = twoKernels()
  b.modules.define('Work', await import('../work.ts'))
  await inProcess(b, () => Task.Supervisor.start({ name: 'Tasks' }))
  const work = remote<typeof Work>('Work')
  await inProcess(a, async () => {
    const tasks = { name: 'Tasks', node: b.name }
    const task = Task.Supervisor.async(tasks, work.double, [21])
    expectTypeOf(task).toEqualTypeOf<TaskHandle<number>>()
    expect(await task).toBe(42)
    expect(a.inspect(task.mfa)).toBe('{Work, :double, 1}')
    const results: unknown[] = []
    for await (const result of Task.Supervisor.asyncStream(tasks, [1, 2], work.slowly, ['x']))
      results.push(result)
    expect(results).toEqual([{ ok: 'x' }, { ok: 'x' }])
    // It is not here.
    expect(() => work.double(1)).toThrow('function Work.double/1 is undefined')
    // And it is not a promise.
    expect(await Promise.resolve(work)).toBe(work)
  })
  await inProcess(b, async () => expect(await work.double(4)).toBe(8))
})

test('types: the exports of an application are checked with an import of its type only', () => {
  // Only compiled.
  void (async () => {
    const chat = remote<typeof Chat>('Chat')
    const tasks = { name: 'Chat.TaskSupervisor', node: 'kate@localhost' }
    expectTypeOf(Task.Supervisor.async(tasks, chat.receiveMessage, ['hi'])).toEqualTypeOf<
      TaskHandle<Atom<'ok'>>
    >()
    expectTypeOf(Task.Supervisor.async(tasks, chat.sendMessage, ['kate@localhost', 'hi'])).toEqualTypeOf<
      TaskHandle<Atom<'ok'>>
    >()
    await Node.spawn('kate@localhost', chat.receiveMessage, 'hi')
    // @ts-expect-error a number is not text
    Task.Supervisor.async(tasks, chat.receiveMessage, [1])
    // @ts-expect-error an argument is missing
    Task.Supervisor.async(tasks, chat.receiveMessage, [])
    // @ts-expect-error there is no such function
    Task.Supervisor.async(tasks, chat.shout, ['hi'])
    // @ts-expect-error the result is an atom
    const text: string = await Task.Supervisor.async(tasks, chat.receiveMessage, ['hi'])
    // @ts-expect-error a number is not text
    await Task.Supervisor.startChild(tasks, chat.receiveMessage, [1])
    // @ts-expect-error an item is a text
    Task.Supervisor.asyncStream(tasks, [1, 2], chat.receiveMessage)
    // @ts-expect-error a number is not text
    await Node.spawn('kate@localhost', chat.receiveMessage, 1)
    // @ts-expect-error a number is not text
    await erpc.call('kate@localhost', chat.receiveMessage, [1])
    return text
  })
})

test('types: a start returns a pid, with or without info', () => {
  const types = (sup: Pid, spec: ChildSpec): unknown[] => [
    expectTypeOf(Supervisor.startChild(sup, spec)).toEqualTypeOf<Promise<Pid>>(),
    expectTypeOf(Supervisor.restartChild(sup, 'a', { info: true })).toEqualTypeOf<Promise<StartedChild>>(),
    expectTypeOf(DynamicSupervisor.startChild(sup, spec, { info: true })).toEqualTypeOf<
      Promise<StartedChild>
    >(),
    Supervisor.startChild(sup, { id: 'a', start: () => tuple(ok, sup, 'more') }),
    // @ts-expect-error nothing was started
    Supervisor.startChild(sup, { id: 'a', start: () => tuple(ok) }),
    // @ts-expect-error its return is missing
    Supervisor.startChild(sup, { id: 'a', start: () => {} }),
    // @ts-expect-error a supervisor keeps its name
    Supervisor.reload(sup, [spec], { strategy: 'one_for_one', name: 'Other' }),
    expectTypeOf(Registry.lock('Locks', 1, async () => 'done')).toEqualTypeOf<Promise<string>>(),
  ]
  expect(types).toBeTypeOf('function')
})

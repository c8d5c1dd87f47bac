import { afterEach, describe, expect, expectTypeOf, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import {
  GenServer,
  Registry,
  Supervisor,
  Task,
  type TaskHandle,
  type TaskResult,
} from '../../../src/gen/index.ts'
import {
  asReason,
  currentProcess,
  drain,
  exit,
  type Kernel,
  Process,
  type Report,
  receive,
  reports,
  self,
  send,
  setDefaultKernel,
  sleep,
  unlink,
} from '../../../src/process/index.ts'
import {
  _,
  atom,
  ExitError,
  formatExit,
  ImproperList,
  isTuple,
  kill,
  normal,
  on,
  type Pid,
  type Reference,
  type Term,
  tuple,
} from '../../../src/term/index.ts'
import { Idle, inProcess, settled, until } from '../../support/processes.ts'
import { twoKernels } from '../../support/two-kernels.ts'
import { type Meeting, places } from '../places.ts'

const anything: unknown = expect.anything()
const logged: Report[] = []
const listen = (message: unknown): void => void logged.push(message as Report)
reports.subscribe(listen)
afterEach(() => logged.splice(0))

const Work = {
  double: (n: number) => n * 2,
  slowly: async (ms: number, result: string) => {
    await sleep(ms)
    return result
  },
  boom: (n: number): number => {
    throw new Error(`boom ${n}`)
  },
  leave: (reason: Term) => exit(asReason(reason)),
  unlinked: async (owner: Pid) => {
    unlink(owner)
    await sleep(1)
    exit(atom('tired'))
  },
  where: () => [self().node, currentProcess()!.callers, Process.groupLeader()] as const,
  nothing: () => {},
  /** Ends in its own words when it is told to, */
  stay: async () => {
    Process.flag('trapExit', true)
    await receive(on([atom('EXIT'), _, _], () => exit(atom('told'))))
  },
  /** or not at all. */
  deaf: async () => {
    Process.flag('trapExit', true)
    for (;;) await receive()
  },
}

interface Office extends Meeting {
  /** The supervisor of tasks, seen from here. */
  readonly tasks: { readonly name: string; readonly node: string }
  readonly supervisor: Pid
}

async function open(meet: () => Meeting, options: { maxChildren?: number } = {}): Promise<Office> {
  const meeting = meet()
  const { here, there } = meeting
  for (const kernel of new Set([here, there])) kernel.modules.define('Work', Work)
  const supervisor = await inProcess(there, () => Task.Supervisor.start({ name: 'Tasks', ...options }))
  return { ...meeting, supervisor, tasks: { name: 'Tasks', node: there.name.name } }
}

const failure = async (work: PromiseLike<unknown>): Promise<ExitError> => {
  const thrown = await work.then(
    (value) => new Error(`came to ${value}`),
    (error: unknown) => error,
  )
  if (!(thrown instanceof ExitError)) throw thrown
  return thrown
}

const causeOf = (error: ExitError): Term =>
  isTuple(error.reason) ? (error.reason.elements[0] as Term) : undefined

describe.each(places)('a task under a supervisor $where', ({ meet }) => {
  test('runs there and returns its result', async () => {
    const { here, there, tasks, supervisor } = await open(meet)
    await inProcess(here, async () => {
      const task = Task.Supervisor.async(tasks, Work.double, [21])
      expectTypeOf(task).toEqualTypeOf<TaskHandle<number>>()
      expect(task.owner).toBe(self())
      expect(await task).toBe(42)
      expect(await Task.await(task)).toBe(42)
      expect(task.pid!.node).toBe(there.name)
      expect(await Task.Supervisor.async(supervisor, 'Work', 'double', [4])).toBe(8)
      const text: string = await Task.Supervisor.async(tasks, Work.slowly, [1, 'done'])
      expect(text).toBe('done')
      const [node, callers, leader] = await Task.Supervisor.async(tasks, Work.where)
      expect([node, leader]).toEqual([there.name, there.user])
      expect(callers).toEqual([self()])
      expect(await Task.Supervisor.async(tasks, Work.nothing)).toBeUndefined()
    })
  })

  test('leaves nothing behind when it is done', async () => {
    const { here, there, tasks, settle } = await open(meet)
    const owner = here.spawn(async () => {
      await Promise.all([1, 2, 3].map((n) => Task.Supervisor.async(tasks, Work.double, [n])))
      await receive()
    })
    await until('the results', () => owner.status === 'waiting' && owner.links.pids.size === 0)
    await settle()
    expect(owner.links.pids.size).toBe(0)
    expect(owner.monitors.targets).toEqual([])
    expect(owner.mailbox.length).toBe(0)
    expect(there.whereis(atom('Elixir.Tasks') as never)!.links.pids.size).toBe(0)
    expect(await inProcess(here, () => Task.Supervisor.children(tasks))).toEqual([])
  })

  test('that fails ends its owner, with a report', async () => {
    const { here, there, tasks, settle } = await open(meet)
    const owner = here.spawn(async () => {
      await Task.Supervisor.async(tasks, Work.boom, [1])
    })
    await until('the end of the owner', () => !owner.alive)
    await settle()
    const crash = logged.find(({ text }) => text.startsWith('Task '))!
    expect(crash.kernel).toBe(there)
    expect(crash.text.replaceAll(/#PID<[\d.]+>/g, 'PID')).toMatch(
      /^Task PID started from PID terminating\n\*\* \(RuntimeError\) boom 1\n(.|\n)*Function: &Work\.boom\/1\n {4}Args: \[1\]$/,
    )
  })

  test('that fails makes the await of an owner fail that traps exits', async () => {
    const { here, tasks } = await open(meet)
    await inProcess(here, async () => {
      Process.flag('trapExit', true)
      const task = Task.Supervisor.async(tasks, Work.boom, [2])
      const error = await failure(task)
      expect(formatExit(error.reason, { self: here.name })).toMatch(
        /^exited in: Task\.await\(%Task\{mfa: \{Work, :boom, 1\}, owner: #PID<0\.\d+\.0>, pid: #PID<.*>, ref: #Reference<.*>\}, 5000\)\n {4}\*\* \(EXIT\) an exception was raised:\n {8}\*\* \(RuntimeError\) boom 2\n/,
      )
      const exit = (await receive()) as unknown as readonly unknown[]
      expect(exit[0]).toBe(atom('EXIT'))
      expect(exit[1]).toBe(task.pid)
    })
  })

  test('without a link fails alone', async () => {
    const { here, tasks } = await open(meet)
    await inProcess(here, async () => {
      const result = await Task.yield(Task.Supervisor.asyncNolink(tasks, Work.boom, [3]))
      expect(result).toMatchObject({ exit: { elements: [anything, anything] } })
      expect(await Task.Supervisor.asyncNolink(tasks, Work.double, [3])).toBe(6)
      const error = await failure(Task.Supervisor.asyncNolink(tasks, 'Work', 'leave', [atom('because')]))
      expect(causeOf(error)).toBe(atom('because'))
    })
  })

  test('whose function does not exist ends with undef', async () => {
    const { here, tasks } = await open(meet)
    await inProcess(here, async () => {
      const error = await failure(Task.Supervisor.asyncNolink(tasks, 'Work', 'nonsense', [1]))
      expect(causeOf(error)).toMatchObject({
        elements: [atom('undef'), [tuple(atom('Elixir.Work'), atom('nonsense'), [1], [])]],
      })
    })
  })

  test('that takes too long fails the await with timeout, and its result is dropped', async () => {
    const { here, tasks } = await open(meet)
    await inProcess(here, async () => {
      const task = Task.Supervisor.async(tasks, Work.slowly, [20, 'late'])
      const error = await failure(Task.await(task, 2))
      expect(causeOf(error)).toBe(atom('timeout'))
      await sleep(40)
      expect(Process.info(self())!.messages).toEqual([])
    })
  })

  test('can be asked for its result until it has ended', async () => {
    const { here, tasks } = await open(meet)
    await inProcess(here, async () => {
      const task = Task.Supervisor.async(tasks, Work.slowly, [15, 'there'])
      expect(await Task.yield(task, 0)).toBeUndefined()
      const result = await Task.yield(task, 5_000)
      expectTypeOf(result).toEqualTypeOf<TaskResult<string> | undefined>()
      expect(result).toEqual({ ok: 'there' })
    })
  })

  test('is shut down, with a timeout or brutally', async () => {
    const { here, tasks } = await open(meet)
    await inProcess(here, async () => {
      const start = () => Task.Supervisor.async(tasks, Work.slowly, [60_000, 'never'])
      const [polite, brutal, atOnce] = [start(), start(), start()]
      await until('the pids', () => polite.pid !== undefined && brutal.pid !== undefined)
      expect(await Task.shutdown(polite)).toBeUndefined()
      expect(await Task.shutdown(brutal, 'brutal_kill')).toBeUndefined()
      expect(await Task.shutdown(atOnce)).toBeUndefined()
      const done = Task.Supervisor.async(tasks, Work.double, [4])
      await done
      expect(await Task.shutdown(done)).toEqual({ ok: 8 })
      expect(await Task.Supervisor.children(tasks)).toEqual([])
    })
  })

  test('can only be awaited by the process that started it', async () => {
    const { here, tasks } = await open(meet)
    const task = await inProcess(here, async () => {
      const task = Task.Supervisor.async(tasks, Work.double, [1])
      await Task.yield(task)
      return { task }
    })
    await inProcess(here, async () => {
      await expect(Task.await(task.task)).rejects.toThrow(
        /must be queried from the owner but was queried from #PID/,
      )
    })
    await expect(task.task).rejects.toThrow(/code that runs in no process/)
  })

  test('may be started outside of processes', async () => {
    const { here, tasks } = await open(meet)
    setDefaultKernel(here)
    try {
      const before = here.processes().length
      expect(await Task.Supervisor.async(tasks, Work.double, [4])).toBe(8)
      const error = await failure(Task.Supervisor.async(tasks, Work.boom, [9]))
      expect(error.message).toContain('boom 9')
      await settled()
      expect(here.processes().length - before).toBeLessThanOrEqual(1)
    } finally {
      setDefaultKernel(undefined)
    }
  })

  test('without an await is started, listed, counted and ended', async () => {
    const { here, there, tasks } = await open(meet)
    await inProcess(here, async () => {
      const pid = await Task.Supervisor.startChild(tasks, Work.slowly, [60_000, 'x'], {
        shutdown: 'brutal_kill',
      })
      expect(there.process(pid)!.callers).toEqual([self()])
      expect(await Task.Supervisor.children(tasks)).toEqual([pid])
      expect(await Supervisor.countChildren(tasks)).toEqual({
        specs: 1,
        active: 1,
        supervisors: 0,
        workers: 1,
      })
      expect(await Supervisor.whichChildren(tasks)).toEqual([{ id: atom('undefined'), pid, type: 'worker' }])
      expect(await Task.Supervisor.terminateChild(tasks, pid)).toBe(true)
      expect(await Task.Supervisor.terminateChild(tasks, pid)).toBe(false)
      expect(await Task.Supervisor.children(tasks)).toEqual([])
    })
  })

  test('is started again if its restart value says so, up to the limit', async () => {
    const { here, there, tasks } = await open(meet)
    let runs = 0
    there.modules.define('Flaky', {
      run() {
        if (++runs < 3) throw new Error('not yet')
      },
    })
    await inProcess(here, () =>
      Task.Supervisor.startChild(tasks, 'Flaky', 'run', [], { restart: 'transient' }),
    )
    await until('the third run', () => runs === 3)
    await settled()
    expect(runs).toBe(3)
    runs = -100
    await inProcess(here, () =>
      Task.Supervisor.startChild(tasks, 'Flaky', 'run', [], { restart: 'permanent' }),
    )
    await until('the supervisor to give up', () => there.whereis(atom('Elixir.Tasks') as never) === undefined)
    expect(logged.some(({ text }) => text.includes('reached maximum restart intensity'))).toBe(true)
  })

  test('is refused when there are too many', async () => {
    const { here, tasks } = await open(meet, { maxChildren: 1 })
    await inProcess(here, async () => {
      const first = Task.Supervisor.async(tasks, Work.slowly, [60_000, 'x'])
      await until('the first', () => first.pid !== undefined)
      await expect(Task.Supervisor.async(tasks, Work.double, [1])).rejects.toThrow(/maximum number of tasks/)
      await expect(Task.Supervisor.startChild(tasks, Work.double, [1])).rejects.toThrow(
        /maximum number of tasks/,
      )
      await Task.shutdown(first)
      expect(await Task.Supervisor.async(tasks, Work.double, [1])).toBe(2)
    })
  })

  test('of asyncStream yields results in order, with a limit on tasks at the same time', async () => {
    const { here, tasks } = await open(meet)
    await inProcess(here, async () => {
      const results: unknown[] = []
      for await (const result of Task.Supervisor.asyncStream(tasks, [3, 2, 1], Work.double))
        results.push(result)
      expect(results).toEqual([{ ok: 6 }, { ok: 4 }, { ok: 2 }])
      const slow: unknown[] = []
      for await (const result of Task.Supervisor.asyncStream(tasks, [20, 1], Work.slowly, ['x'], {
        ordered: false,
        maxConcurrency: 2,
      }))
        slow.push(result)
      expect(slow).toEqual([{ ok: 'x' }, { ok: 'x' }])
      const failed: unknown[] = []
      for await (const result of Task.Supervisor.asyncStreamNolink(tasks, [1], Work.boom)) failed.push(result)
      expect(failed).toMatchObject([{ exit: anything }])
      const killed: unknown[] = []
      for await (const result of Task.Supervisor.asyncStream(tasks, [60_000], Work.slowly, ['x'], {
        timeout: 2,
        onTimeout: 'kill_task',
      }))
        killed.push(result)
      expect(killed).toEqual([{ exit: atom('timeout') }])
      // Left early, what still runs is ended.
      for await (const _ of Task.Supervisor.asyncStream(tasks, [1, 60_000], Work.slowly, ['x'], {
        maxConcurrency: 2,
      }))
        break
      expect(await Task.Supervisor.children(tasks)).toEqual([])
    })
  })

  test('ends when its supervisor is told to end, as its shutdown value says', async () => {
    const { here, tasks } = await open(meet)
    await inProcess(here, async () => {
      const running = [
        Task.Supervisor.asyncNolink(tasks, Work.stay, []),
        Task.Supervisor.asyncNolink(tasks, Work.stay, [], { shutdown: 'brutal_kill' }),
        Task.Supervisor.asyncNolink(tasks, Work.deaf, [], { shutdown: 1 }),
        Task.Supervisor.asyncNolink(tasks, Work.slowly, [60_000, 'x']),
      ]
      // Who comes after them is done when they have begun.
      await Task.Supervisor.async(tasks, Work.nothing)
      await GenServer.stop(tasks, atom('shutdown'))
      const ends = await Promise.all(running.map((task) => failure(task)))
      expect(ends.map(causeOf)).toEqual(['told', 'killed', 'killed', 'shutdown'].map((name) => atom(name)))
    })
  })

  test('ends with its supervisor when that is killed', async () => {
    const { here, there, tasks, supervisor } = await open(meet)
    const owner = here.spawn(async () => {
      Process.flag('trapExit', true)
      const error = await failure(Task.Supervisor.async(tasks, Work.slowly, [60_000, 'x'], { shutdown: 50 }))
      send('result', causeOf(error) as never)
    })
    const result = new Idle(here)
    here.register(result.process, atom('result') as never)
    await until('the task', () => there.processes().some((process) => process.links.pids.has(owner.pid)))
    await settled()
    here.signal({ type: 'exit2', from: owner.pid, to: supervisor, reason: kill })
    await until('the result', () => result.messages.length === 1)
    expect(result.messages).toEqual([atom('killed')])
  })

  test('reports its exit, whichever side removed the link before', async () => {
    const { here, tasks } = await open(meet)
    await inProcess(here, async () => {
      Process.flag('trapExit', true)
      const ours = Task.Supervisor.async(tasks, Work.slowly, [60_000, 'x'])
      await until('its pid', () => ours.pid !== undefined)
      unlink(ours.pid!)
      Process.exit(ours.pid!, 'kill')
      expect(causeOf(await failure(ours))).toBe(atom('killed'))
      const theirs = Task.Supervisor.async(tasks, Work.unlinked, [self()])
      expect(causeOf(await failure(theirs))).toBe(atom('tired'))
      expect(drain()).toEqual([])
    })
  })

  test('that has failed already returns its exit when it is shut down', async () => {
    const { here, there, tasks, settle } = await open(meet)
    await inProcess(here, async () => {
      Process.flag('trapExit', true)
      const task = Task.Supervisor.async(tasks, Work.slowly, [60_000, 'x'])
      await until('its pid', () => task.pid !== undefined)
      await settle()
      there.process(task.pid!)!.exit(atom('tired'))
      expect(await Task.shutdown(task)).toEqual({ exit: atom('tired') })
    })
  })

  test('does not wait for its call when the owner ends first', async () => {
    const { here, there, tasks, supervisor, settle } = await open(meet)
    const owner = new Idle(here)
    here.send(
      owner.pid,
      { name: atom('Elixir.Tasks') as never, node: there.name },
      tuple(
        atom('$gen_call'),
        tuple(owner.pid, here.makeRef()),
        tuple(
          atom('start_task'),
          [tuple(here.name, owner.pid, owner.pid), atom('monitor')],
          atom('temporary'),
          null,
        ),
      ),
    )
    await settle()
    expect(there.process(supervisor)!.links.pids.size).toBe(1)
    expect(tasks.name).toBe('Tasks')
    owner.process.exit(kill)
    await settle()
    expect(there.process(supervisor)!.links.pids.size).toBe(0)
  })
})

test('a task that receives no call within five seconds ends with timeout', async () => {
  const clock = new SimulatedClock()
  const { a, b, settle } = twoKernels({ clock })
  const supervisor = await inProcess(b, () => Task.Supervisor.start({ name: 'Tasks' }))
  const owner = new Idle(a)
  a.send(
    owner.pid,
    supervisor,
    tuple(
      atom('$gen_call'),
      tuple(owner.pid, 'tag'),
      tuple(
        atom('start_task'),
        [tuple(a.name, owner.pid, owner.pid), atom('monitor')],
        atom('temporary'),
        null,
      ),
    ),
  )
  await settle()
  const [, [, pid]] = owner.messages[0] as unknown as [unknown, [unknown, Pid]]
  const ref = owner.process.monitors.monitor(pid)
  await clock.advance(5_000)
  await settle()
  expect(owner.messages[1]).toEqual(tuple(atom('DOWN'), ref, atom('process'), pid, atom('timeout')))
})

test('the loss of a node is nodedown for every task on it, also for a task that is being started', async () => {
  const office = await open(places[1]!.meet)
  const { here, there, tasks, wire } = office
  const errors = inProcess(here, async () => {
    Process.flag('trapExit', true)
    const running = Array.from({ length: 100 }, () =>
      Task.Supervisor.async(tasks, Work.slowly, [60_000, 'x']),
    )
    await until('the tasks', () => running.every(({ pid }) => pid))
    const starting = Task.Supervisor.async(tasks, Work.double, [1])
    setImmediate(() => wire!.cut())
    return Promise.all([...running, starting].map(failure))
  })
  const found = await errors
  expect(new Set(found.map((error) => here.inspect(causeOf(error))))).toEqual(
    new Set([`{:nodedown, :${there.name}}`]),
  )
  expect(found[0]!.message).toMatch(
    new RegExp(`exited in: Task\\.await.*\\n.*no connection to ${there.name}`),
  )
  expect(found.at(-1)!.message).toMatch(
    new RegExp(
      `^exited in: GenServer\\.call\\(\\{Tasks, :${there.name}\\}, \\{:start_task, \\[\\{:${here.name}, #PID<0\\.\\d+\\.0>, #PID<0\\.\\d+\\.0>\\}, :monitor\\], :temporary, nil\\}, :infinity\\)\\n {4}\\*\\* \\(EXIT\\) no connection to ${there.name}$`,
    ),
  )
  await until('the workers to go', () => there.processes().length === 1)
})

test('a function that cannot be sent to another node is an error that says what to do', async () => {
  const { here, tasks } = await open(places[1]!.meet)
  await inProcess(here, () => {
    expect(() => Task.Supervisor.async(tasks, function local() {}, [])).toThrow(
      /the function local is to run on .*, but it is not exported.*list its module/,
    )
  })
})

test('a function that is not exported runs under a supervisor of this node', async () => {
  const { here, tasks } = await open(places[0]!.meet)
  await inProcess(here, async () => {
    const factor = 3
    const task = Task.Supervisor.async(tasks, (n: number) => n * factor, [2])
    expect(task.mfa).toBeNull()
    expect(await task).toBe(6)
  })
})

/** Another node that speaks like Elixir's Task.Supervisor, message by message. */
function scripted(kernel: Kernel) {
  const server = new Idle(kernel)
  kernel.register(server.process, atom('Elixir.Tasks') as never)
  return server
}

test('the messages to a supervisor of Elixir and to its task are those of Elixir, with a link in place of a monitor', async () => {
  const { a, b, sent, settle } = twoKernels()
  a.modules.define('Work', Work)
  const [server, worker] = [scripted(b), new Idle(b)]
  let result: unknown
  const owner = a.spawn(async () => {
    result = await Task.Supervisor.async({ name: 'Tasks', node: b.name }, Work.double, [4], { shutdown: 100 })
    await receive()
  })
  await settle()
  const [call] = server.messages as unknown as [[Atom, [Pid, ImproperList], Term]]
  const [, [pid, tag], request] = call
  expect(pid).toBe(owner.pid)
  expect(request).toEqual(
    tuple(atom('start_task'), [tuple(a.name, pid, pid), atom('monitor')], atom('temporary'), 100),
  )
  b.send(server.pid, tag.tail as Reference, tuple(tag, tuple(atom('ok'), worker.pid)))
  await settle()
  const begun = sent.slice(-3).map(({ signal }) => signal)
  const [link, job] = begun.slice(1) as [unknown, { message: readonly Term[] }]
  expect(link).toEqual({ type: 'link', from: pid, to: worker.pid })
  const ref = [...job.message][1] as Reference
  expect(job.message).toEqual(tuple(pid, ref, ref, [pid], tuple(atom('Elixir.Work'), atom('double'), [4])))
  b.send(worker.pid, ref, tuple(ref, 8))
  worker.process.exit(normal)
  await settle()
  expect(result).toBe(8)
  expect(owner.links.pids.size).toBe(0)
  expect(owner.monitors.targets).toEqual([])
})
type Atom = ReturnType<typeof atom>

test('a task supervisor accepts the messages of Elixir and answers like Elixir, for both ends of a task', async () => {
  const { a, b, sent, settle } = twoKernels()
  b.modules.define('Work', Work)
  const supervisor = await inProcess(b, () => Task.Supervisor.start({ name: 'Tasks' }))
  const owner = new Idle(a)
  owner.as(() => Process.flag('trapExit', true))
  const answers: Term[] = []
  const alias = (): Reference => {
    const ref = a.makeRef()
    a.alias({ ref, receive: (message) => answers.push(message) })
    return ref
  }
  const call = alias()
  const tag = new ImproperList([atom('alias')], call)
  a.send(
    owner.pid,
    { name: atom('Elixir.Tasks') as never, node: b.name },
    tuple(
      atom('$gen_call'),
      tuple(owner.pid, tag),
      tuple(
        atom('start_task'),
        [tuple(a.name, atom('alex'), owner.pid), atom('monitor')],
        atom('temporary'),
        null,
      ),
    ),
  )
  await settle()
  const [[, [, pid]]] = answers as unknown as [[Term, [Term, Pid]]]
  expect(answers).toEqual([tuple(tag, tuple(atom('ok'), pid))])
  // The worker's end is that of its owner until it has the work.
  expect(sent.at(-1)!.signal).toMatchObject({ type: 'monitor', to: owner.pid })
  const before = sent.length
  owner.process.links.link(pid)
  const ref = alias()
  owner.process.monitors.monitor(pid, undefined, ref)
  a.send(
    owner.pid,
    pid,
    tuple(owner.pid, ref, ref, [owner.pid], tuple(atom('Elixir.Work'), atom('double'), [5])),
  )
  await settle()
  expect(answers[1]).toEqual(tuple(ref, 10))
  expect(owner.messages).toEqual([
    tuple(atom('EXIT'), pid, normal),
    tuple(atom('DOWN'), ref, atom('process'), pid, normal),
  ])
  const fromThere = sent.slice(before).filter(({ from }) => from === b)
  expect(fromThere.map(({ signal }) => signal.type)).toEqual(['message', 'exit', 'down'])
  expect(b.process(supervisor)!.alive).toBe(true)
})

test('a task of async_stream in Elixir has a tuple as its reference and a pid to answer to', async () => {
  const { a, b, settle } = twoKernels()
  b.modules.define('Work', Work)
  const supervisor = await inProcess(b, () => Task.Supervisor.start())
  const [owner, helper] = [new Idle(a), new Idle(a)]
  a.send(
    helper.pid,
    supervisor,
    tuple(
      atom('$gen_call'),
      tuple(helper.pid, 'tag'),
      tuple(
        atom('start_task'),
        [tuple(a.name, owner.pid, owner.pid), atom('monitor')],
        atom('temporary'),
        null,
      ),
    ),
  )
  await settle()
  const [, [, pid]] = helper.messages[0] as unknown as [Term, [Term, Pid]]
  const tag = tuple(a.makeRef(), 0)
  a.send(
    helper.pid,
    pid,
    tuple(owner.pid, tag, owner.pid, [], tuple(atom('Elixir.Work'), atom('double'), [5])),
  )
  await settle()
  expect(owner.messages).toEqual([tuple(tag, 10)])
})

test('an unknown request to a task supervisor is answered with an error, and changes nothing', async () => {
  const { a, b } = twoKernels()
  await inProcess(b, () => Task.Supervisor.start({ name: 'Tasks' }))
  await inProcess(a, async () => {
    const tasks = { name: 'Tasks', node: b.name }
    for (const request of [
      atom('what'),
      tuple(atom('start_task'), 'x', null, null),
      tuple(atom('start_task'), ['no owner', atom('monitor')], null, null),
      tuple(atom('start_task'), [tuple(a.name, self(), self()), [], 'no mfa'], null, null),
      tuple(atom('terminate_child'), 'no pid'),
    ]) {
      const answer = (await GenServer.call(tasks, request as Term)) as unknown as { elements: Term[] }
      expect(answer.elements[0]).toBe(atom('error'))
    }
    expect(await Task.Supervisor.children(tasks)).toEqual([])
  })
})

test('task supervisors are children with different names, some of them in a registry', async () => {
  const { a } = twoKernels()
  await inProcess(a, async () => {
    await Registry.start({ keys: 'unique', name: 'Rooms' })
    const via = { via: [Registry, 'Rooms', 'tasks'] as const } as const
    const top = await Supervisor.start(
      [Task.Supervisor.child({ name: 'Tasks' }), Task.Supervisor.child({ name: via })],
      { strategy: 'one_for_one' },
    )
    const unnamed = await Supervisor.startChild(top, Task.Supervisor.child())
    for (const supervisor of ['Tasks', via, unnamed]) {
      expect(await Task.Supervisor.children(supervisor)).toEqual([])
      expect(await Supervisor.countChildren(supervisor)).toEqual({
        specs: 0,
        active: 0,
        supervisors: 0,
        workers: 0,
      })
      expect(await Task.Supervisor.async(supervisor, Work.double, [1])).toBe(2)
    }
    const error = await failure(Supervisor.startChild(top, Task.Supervisor.child()))
    expect(error.reason).toEqual(tuple(atom('already_started'), unnamed))
    expect((await Supervisor.whichChildren(top)).map(({ type }) => type)).toEqual(
      new Array(3).fill('supervisor'),
    )
  })
})

test('a task without an await has all its callers in $callers', async () => {
  const { a } = twoKernels()
  await inProcess(a, async () => {
    const first = self()
    const tasks = await Task.Supervisor.start()
    const tell = () => void send(first, [self(), ...Process.callers()])
    const starts: ((fn: () => unknown) => unknown)[] = [
      (fn) => Task.Supervisor.startChild(tasks, fn),
      Task.start,
      Task.startLink,
    ]
    for (const start of starts) {
      const outer: Term[] = []
      await start(async () => {
        outer.push(self())
        await start(tell)
      })
      const callers = (await receive()) as readonly Term[]
      expect(callers.slice(1)).toEqual([outer[0], first])
    }
  })
})

test('the report of a task that fails has the terms of Elixir', async () => {
  const { a } = twoKernels()
  a.modules.define('Work', Work)
  await inProcess(a, async () => {
    Process.register(self(), 'Boss')
    const tasks = await Task.Supervisor.start()
    const task = Task.Supervisor.asyncNolink(tasks, Work.boom, [1])
    await Task.yield(task)
    const found = logged.find(({ text }) => text.startsWith('Task '))!
    expect(found.text).toContain(' started from Boss terminating\n** (RuntimeError) boom 1\n')
    const { label, report } = found.event as unknown as { label: Term; report: Record<string, Term> }
    expect(label).toEqual(tuple(atom('Elixir.Task.Supervisor'), atom('terminating')))
    expect(report).toMatchObject({ name: task.pid, starter: atom('Elixir.Boss'), args: [1] })
    expect(a.inspect(report.function)).toBe('&Work.boom/1')
    expect(report.reason).toMatchObject({ elements: [{ message: 'boom 1' }, anything] })
  })
})

describe('a task of this node', () => {
  test('without an await is linked by startLink, and ends with its starter', async () => {
    const { a } = twoKernels()
    let pids: Pid[] = []
    const owner = a.spawn(async () => {
      pids = [Task.start(() => receive()), Task.startLink(() => receive())]
      await receive()
    })
    await settled()
    expect([...owner.links.pids]).toEqual([pids[1]])
    owner.exit(atom('boom'))
    await settled()
    expect(a.processes().map(({ pid }) => pid)).toEqual([pids[0]])
  })

  test('is a child of a supervisor, which starts it again only if its restart value says so', async () => {
    const { a } = twoKernels()
    const runs: string[] = []
    const job = (name: string, options: { restart?: 'permanent' } = {}) =>
      Task.child(
        () => {
          runs.push(name)
          return receive()
        },
        { name, ...options },
      )
    expect(Task.child(Work.nothing)).toMatchObject({ id: 'Task', restart: 'temporary' })
    expect(Task.child(Work.nothing, { id: 'id', restart: 'permanent', shutdown: Infinity })).toMatchObject({
      id: 'id',
      restart: 'permanent',
      shutdown: Infinity,
    })
    await inProcess(a, async () => {
      await Supervisor.start([job('Once'), job('Again', { restart: 'permanent' })], {
        strategy: 'one_for_one',
      })
      await settled()
      for (const name of ['Once', 'Again']) Process.exit(Process.whereis(name)!, kill)
      await settled()
      expect(runs).toEqual(['Once', 'Again', 'Again'])
      expect(Process.whereis('Once')).toBeUndefined()
    })
  })

  test('runs, has its callers, and works like a task under a supervisor', async () => {
    const { a } = twoKernels()
    await inProcess(a, async () => {
      expect(await Task.async(Work.double, 4)).toBe(8)
      const inner = await Task.async(async () => [self(), await Task.async(Work.where)] as const)
      expect(inner[1][1]).toEqual([inner[0], self()])
      expect(await Task.awaitMany([Task.async(Work.double, 1), Task.async(Work.double, 2)])).toEqual([2, 4])
      const results: unknown[] = []
      for await (const result of Task.asyncStream([1, 2, 3], (n) => n + 1, { maxConcurrency: 2 }))
        results.push(result)
      expect(results).toEqual([{ ok: 2 }, { ok: 3 }, { ok: 4 }])
    })
    await settled()
    expect(a.processes()).toEqual([])
  })

  test('fails with its starter if it is linked, and alone if it is not', async () => {
    const { a } = twoKernels()
    const owner = a.spawn(() => Task.async(Work.boom, 1))
    await settled()
    expect(owner.alive).toBe(false)
    await inProcess(a, async () => {
      Task.start(Work.boom, 2)
      await settled()
    })
    expect(
      logged.filter(({ text }) => text.startsWith('Task ')).map(({ text }) => text.split('\n')[1]),
    ).toEqual(['** (RuntimeError) boom 1', '** (RuntimeError) boom 2'])
  })

  test('ends with its starter', async () => {
    const { a } = twoKernels()
    const owner = a.spawn(async () => {
      await Task.await(Task.async(Work.slowly, 60_000, 'x'), 60_000)
    })
    await settled()
    expect(a.processes()).toHaveLength(2)
    owner.exit(kill)
    await settled()
    expect(a.processes()).toEqual([])
  })
})

test('an unknown option of a task supervisor is an error that names the options', async () => {
  const { a } = twoKernels()
  await inProcess(a, async () => {
    const wrong = { maxChild: 1 } as never
    expect(() => Task.Supervisor.start(wrong)).toThrow(
      "Task.Supervisor.start: unknown option 'maxChild'. The options are: maxRestarts, maxSeconds, maxChildren, name",
    )
    const child = Task.Supervisor.child({
      id: 'tasks',
      significant: true,
      restart: 'transient',
      maxChildren: 1,
    })
    expect(child).toMatchObject({ id: 'tasks', significant: true, restart: 'transient', type: 'supervisor' })
  })
})

test('types: a wrong argument and a wrong use of a result do not compile', () => {
  void (async () => {
    const tasks = 'Tasks'
    // @ts-expect-error a text is not a number
    Task.Supervisor.async(tasks, Work.double, ['x'])
    // @ts-expect-error an argument is missing
    Task.Supervisor.async(tasks, Work.double, [])
    // @ts-expect-error an argument is missing
    Task.Supervisor.async(tasks, Work.double)
    // @ts-expect-error the result is a number
    const text: string = await Task.Supervisor.async(tasks, Work.double, [1])
    // @ts-expect-error a text is not a number
    Task.async(Work.double, 'x')
    // @ts-expect-error an item is a number
    Task.Supervisor.asyncStream(tasks, ['x'], Work.double)
    return text
  })
})

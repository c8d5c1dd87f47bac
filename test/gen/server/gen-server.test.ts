import { afterEach, describe, expect, expectTypeOf, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import {
  deferredReply,
  type From,
  GenServer,
  noreply,
  Registry,
  reply,
  type Server,
  stop,
} from '../../../src/gen/index.ts'
import {
  asReason,
  type Kernel,
  Process,
  type Report,
  receive,
  reports,
  self,
  send,
  setDefaultKernel,
  sleep,
  viaTerm,
} from '../../../src/process/index.ts'
import {
  _,
  atom,
  ExitError,
  formatExit,
  ImproperList,
  identical,
  isTuple,
  kill,
  match,
  normal,
  on,
  type Pid,
  type Reference,
  type Term,
  tuple,
} from '../../../src/term/index.ts'
import { Idle, inProcess, settled, until } from '../../support/processes.ts'
import { twoKernels } from '../../support/two-kernels.ts'
import { places } from '../places.ts'

const Counter = GenServer.define({
  init: (start: number) => start,
  call: {
    add: (n, by: number) => reply(n + by, n + by),
    get: (n) => reply(n, n),
    slowly: async (n, ms: number) => {
      await sleep(ms)
      return reply('done', n)
    },
    crash: (): never => {
      throw new Error('oops')
    },
    quit: (n, reason: Term) => stop(asReason(reason), n, 'bye'),
    leave: (n, reason: Term) => stop(asReason(reason), n),
  },
  cast: { clear: () => noreply(0), addLater: (n, by: number) => noreply(n + by), die: (n) => stop(kill, n) },
  info: (message, n) =>
    match(
      message,
      on([atom('set'), _.number], ([, value]) => noreply(value)),
      on(_, () => noreply(n)),
    ),
})

const anything: unknown = expect.anything()
const logged: Report[] = []
const listen = (message: unknown): void => void logged.push(message as Report)
reports.subscribe(listen)
afterEach(() => logged.splice(0))

/** Starts the counter there, and gives what the other side needs to reach it. */
async function counterAt(kernel: Kernel, start = 0): Promise<{ name: string; node: string; pid: Pid }> {
  const pid = await inProcess(kernel, () => Counter.start(start, { name: 'Counter' }))
  return { name: 'Counter', node: kernel.name.name, pid }
}

const failure = async (call: Promise<unknown>): Promise<ExitError> => {
  const thrown = await call.then(
    (value) => new Error(`answered ${value}`),
    (error: unknown) => error,
  )
  if (!(thrown instanceof ExitError)) throw thrown
  return thrown
}

describe.each(places)('a server $where', ({ meet }) => {
  test('answers calls, in the order in which they come, and keeps its state', async () => {
    const { here, there } = meet()
    const counter = await counterAt(there, 1)
    await inProcess(here, async () => {
      const answers = [2, 3, 4].map((by) => GenServer.call(counter, Counter.add(by)))
      expect(await Promise.all(answers)).toEqual([3, 6, 10])
      expect(await GenServer.call(counter.pid, Counter.get())).toBe(10)
    })
  })

  test('handles casts and other messages before later calls', async () => {
    const { here, there } = meet()
    const counter = await counterAt(there, 1)
    const states = await inProcess(here, async () => {
      GenServer.cast(counter, Counter.addLater(5))
      const added = await GenServer.call(counter, Counter.get())
      send(counter, tuple(atom('set'), 99))
      const set = await GenServer.call(counter, Counter.get())
      GenServer.cast(counter, Counter.clear())
      return [added, set, await GenServer.call(counter, Counter.get())]
    })
    expect(states).toEqual([6, 99, 0])
  })

  test('that does not answer in time fails the call with timeout, and its late answer is dropped', async () => {
    const { here, there } = meet()
    const counter = await counterAt(there)
    const { error, messages } = await inProcess(here, async () => {
      const error = await failure(GenServer.call(counter, Counter.slowly(300), { timeout: 5 }))
      expect(await GenServer.call(counter, Counter.get())).toBe(0)
      return { error, messages: Process.info(self())!.messages }
    })
    const dest = here === there ? atom('Elixir.Counter') : tuple(atom('Elixir.Counter'), there.name)
    const args = [dest, tuple(atom('slowly'), 300), 5]
    expect(error.reason).toEqual(tuple(atom('timeout'), tuple(atom('Elixir.GenServer'), atom('call'), args)))
    expect(messages).toEqual([])
  })

  test('that does not exist fails the call with noproc at once', async () => {
    const { here, there } = meet()
    const dead = there.create()
    dead.exit(normal)
    await inProcess(here, async () => {
      for (const dest of [{ name: 'nobody', node: there.name }, dead.pid]) {
        const { reason } = await failure(
          GenServer.call(dest, atom('x'), { timeout: Number.POSITIVE_INFINITY }),
        )
        expect(isTuple(reason) && reason.elements[0]).toBe(atom('noproc'))
      }
    })
  })

  test('that crashes fails the calls with its reason, and is reported with its last message', async () => {
    const { here, there } = meet()
    const counter = await counterAt(there, 7)
    const { reason } = await inProcess(here, () => failure(GenServer.call(counter, Counter.crash())))
    expect(formatExit(reason)).toMatch(/exited in: GenServer\.call\([^\n]*:crash, 5000\)\n(.|\n)*oops/)
    expect(logged).toHaveLength(1)
    expect(logged[0]!.text).toMatch(
      /^GenServer Counter terminating\n\*\* \(RuntimeError\) oops\n(.|\n)*Last message \(from #PID<[\d.]+>\): :crash\nState: 7\nClient #PID<[\d.]+> is /,
    )
  })

  test('may answer and stop, or stop without an answer', async () => {
    const { here, there } = meet()
    const counter = await counterAt(there)
    await inProcess(here, async () => {
      expect(await GenServer.call(counter, Counter.quit(atom('normal')))).toBe('bye')
    })
    await settled()
    const again = await counterAt(there)
    const { reason } = await inProcess(here, () => failure(GenServer.call(again, Counter.leave(normal))))
    expect(isTuple(reason) && reason.elements[0]).toBe(normal)
    expect(logged).toEqual([])
  })

  test('can answer a waiting call later', async () => {
    const { here, there } = meet()
    const Gate = GenServer.define({
      init: () => [] as From<string>[],
      call: {
        wait: deferredReply((waiting: From<string>[], from: From<string>, who: string) => {
          expect(who).toBe('alex')
          return noreply([...waiting, from])
        }),
        open: (waiting, word: string) => {
          for (const from of waiting) from.reply(word)
          return reply(waiting.length, [])
        },
      },
    })
    await inProcess(there, () => Gate.start(undefined, { name: 'gate' }))
    await inProcess(here, async () => {
      const gate = { name: 'gate', node: there.name }
      const waiting = [GenServer.call(gate, Gate.wait('alex')), GenServer.call(gate, Gate.wait('alex'))]
      expect(await GenServer.call(gate, Gate.open('go'))).toBe(2)
      expect(await Promise.all(waiting)).toEqual(['go', 'go'])
    })
  })

  test('is called from outside of processes as well', async () => {
    const { here, there } = meet()
    const counter = await counterAt(there)
    setDefaultKernel(here)
    try {
      const before = here.processes().length
      expect(await GenServer.call(counter, Counter.add(2))).toBe(2)
      await settled()
      // The monitors that stand for calls elsewhere are held by one process.
      expect(here.processes().length - before).toBe(here === there ? 0 : 1)
    } finally {
      setDefaultKernel(undefined)
    }
  })

  test('no longer receives a call whose signal has fired', async () => {
    const { here, there } = meet()
    const counter = await counterAt(there)
    await inProcess(here, async () => {
      const controller = new AbortController()
      const call = GenServer.call(counter, Counter.slowly(20), { signal: controller.signal })
      controller.abort(new Error('enough'))
      await expect(call).rejects.toThrow('enough')
      await expect(GenServer.call(counter, Counter.get(), { signal: controller.signal })).rejects.toThrow(
        'enough',
      )
    })
  })

  test('ends when it is stopped', async () => {
    const { here, there } = meet()
    const counter = await counterAt(there)
    await inProcess(here, async () => {
      await GenServer.stop(counter)
      expect(there.process(counter.pid)).toBeUndefined()
      const error = await failure(GenServer.stop(counter))
      expect(error.message).toMatch(
        /^exited in: GenServer\.stop\(.*Counter.*, :normal, :infinity\)\n.*no process/,
      )
      expect(Process.info(self())!.messages).toEqual([])
    })
  })

  test('answers a sys request for its state, and an unknown system message with an error', async () => {
    const { here, there, settle } = meet()
    const counter = await counterAt(there, 3)
    const mine = new Idle(here)
    const tag = here.makeRef()
    mine.as(() => {
      send(counter, tuple(atom('system'), tuple(mine.pid, tag), atom('get_state')))
      send(counter, tuple(atom('system'), tuple(mine.pid, tag), atom('juggle')))
    })
    await settle()
    const unknown = tuple(atom('error'), tuple(atom('unknown_system_msg'), atom('juggle')))
    expect(mine.messages).toHaveLength(2)
    expect(mine.messages).toContainEqual(tuple(tag, tuple(atom('ok'), 3)))
    expect(mine.messages).toContainEqual(tuple(tag, unknown))
  })

  test('answers with the tag of the request: to its alias, or else to the pid', async () => {
    const { here, there, settle } = meet()
    await counterAt(there, 3)
    const mine = new Idle(here)
    const seen: unknown[] = []
    const alias = (): Reference => {
      const ref = here.makeRef()
      here.alias({ ref, receive: (message) => seen.push(message) })
      return ref
    }
    const [one, two, monitor] = [alias(), alias(), here.makeRef()]
    const tags: Term[] = [
      monitor,
      'any term',
      new ImproperList([atom('alias')], one),
      new ImproperList([new ImproperList([atom('alias')], two)], monitor),
    ]
    for (const tag of tags)
      here.send(
        mine.pid,
        { name: atom('Elixir.Counter') as never, node: there.name },
        tuple(atom('$gen_call'), tuple(mine.pid, tag), atom('get')),
      )
    await settle()
    expect(mine.messages).toEqual([tuple(tags[0], 3), tuple(tags[1], 3)])
    expect(seen).toEqual([tuple(tags[2], 3), tuple(tags[3], 3)])
  })

  test('that is killed during many calls fails them all', async () => {
    const { here, there } = meet()
    const counter = await counterAt(there)
    const reasons = await inProcess(here, async () => {
      const calls = Array.from({ length: 100 }, () => failure(GenServer.call(counter, Counter.slowly(1_000))))
      await sleep(1)
      Process.exit(counter.pid, 'kill')
      return (await Promise.all(calls)).map(({ reason }) => isTuple(reason) && reason.elements[0])
    })
    expect(new Set(reasons)).toEqual(new Set([atom('killed')]))
  })

  test('ends, as in Elixir, at an unknown request, and lists the known ones', async () => {
    const { here, there } = meet()
    for (const request of [atom('nothing'), tuple(atom('add')), tuple(atom('add'), 1, 2), 'text']) {
      const counter = await counterAt(there)
      const error = await inProcess(here, () => failure(GenServer.call(counter, request as Term)))
      expect(error.message).toMatch(
        /attempted to call GenServer Counter with .*, which it does not know\. Its calls: add\/1, get\/0/,
      )
      await settled()
    }
  })
})

test('a call to a process of another node is one message once the first one was made', async () => {
  const { a, b, sent } = twoKernels()
  const counter = await counterAt(b)
  await inProcess(a, async () => {
    for (let n = 0; n < 10; n++) await GenServer.call(counter, Counter.add(1))
  })
  const fromA = sent.filter(({ from }) => from === a).map(({ signal }) => signal.type)
  expect(fromA).toEqual(['monitor', ...new Array(10).fill('message')])
})

test('the messages to another node are those of Elixir', async () => {
  const { a, b, sent } = twoKernels()
  await counterAt(b)
  const mine = await inProcess(a, async () => {
    await GenServer.call({ name: 'Counter', node: b.name }, Counter.add(2))
    GenServer.cast({ name: 'Counter', node: b.name }, Counter.addLater(3))
    return self()
  })
  const name = { name: atom('Elixir.Counter'), node: b.name }
  const messages = sent.filter(({ signal }) => signal.type === 'message').map(({ signal }) => signal)
  expect(messages).toHaveLength(3)
  const request = messages[0] as unknown as { message: readonly unknown[] }
  const [, from] = request.message as [unknown, readonly unknown[], unknown]
  const tag = from[1] as ImproperList
  expect(messages[0]).toEqual({
    type: 'message',
    from: mine,
    to: name,
    message: tuple(
      atom('$gen_call'),
      tuple(mine, new ImproperList([atom('alias')], tag.tail)),
      tuple(atom('add'), 2),
    ),
  })
  expect(messages[1]).toMatchObject({ to: tag.tail, message: tuple(tag, 2) })
  expect(messages[2]).toMatchObject({
    to: name,
    message: tuple(atom('$gen_cast'), tuple(atom('add_later'), 3)),
  })
})

test('the loss of a node fails every call to it, with the error message of Elixir', async () => {
  const { a, b, cut } = twoKernels()
  await counterAt(b)
  const errors = inProcess(a, () =>
    Promise.all(
      ['Counter', 'Counter', 'other'].map((name) =>
        failure(
          GenServer.call({ name, node: b.name }, Counter.slowly(1_000), {
            timeout: Number.POSITIVE_INFINITY,
          }),
        ),
      ),
    ),
  )
  await settled(1)
  cut()
  const [first] = await errors
  expect(formatExit(first!.reason, { self: a.name })).toBe(
    `exited in: GenServer.call({Counter, :${b.name}}, {:slowly, 1000}, :infinity)\n    ** (EXIT) no connection to ${b.name}`,
  )
  expect(first!.message).toBe(formatExit(first!.reason, { self: a.name }))
})

test('a call to a node that cannot be reached fails with nodedown', async () => {
  const { a, b, cut } = twoKernels()
  cut()
  const { reason } = await inProcess(a, () => failure(GenServer.call({ name: 'x', node: b.name }, atom('y'))))
  expect(isTuple(reason) && reason.elements[0]).toEqual(tuple(atom('nodedown'), b.name))
})

test('a shared monitor is removed after 30 seconds without a waiting call', async () => {
  const clock = new SimulatedClock()
  const { a, b, settle } = twoKernels({ clock })
  const counter = await counterAt(b)
  const before = a.processes().length
  await inProcess(a, () => GenServer.call(counter, Counter.add(1)))
  const server = b.process(counter.pid)!
  expect(server.monitors.monitoredBy).toHaveLength(1)
  await clock.advance(20_000)
  await inProcess(a, () => GenServer.call(counter, Counter.add(1)))
  await clock.advance(20_000)
  expect(server.monitors.monitoredBy).toHaveLength(1)
  await clock.advance(20_000)
  await settle()
  expect(server.monitors.monitoredBy).toHaveLength(0)
  expect(a.processes()).toHaveLength(before)
  expect(clock.pending).toBe(0)
})

test('a shared monitor that was made when the server had just started does not outlive its calls', async () => {
  const clock = new SimulatedClock()
  const { a, b, hold, step, settle } = twoKernels({ clock })
  const target = { name: atom('Elixir.Counter') as never, node: b.name }
  const observer = new Idle(a)
  hold()
  observer.process.monitors.monitor(target)
  // The name is registered between the two monitors, so the DOWN message of the first says nothing about the second.
  expect(step(b)).toBe(true)
  const counter = await counterAt(b)
  await settled()
  const calls: unknown[] = []
  const call = (): void => void a.spawn(async () => calls.push(await GenServer.call(counter, Counter.add(1))))
  call()
  await settled()
  await settle()
  call()
  await settled()
  await settle()
  expect(calls).toEqual([1, 2])
  const server = b.process(counter.pid)!
  await clock.advance(1_000)
  await settle()
  expect(observer.messages).toHaveLength(1)
  expect(server.monitors.monitoredBy).toHaveLength(1)
  expect(a.processes().flatMap(({ monitors }) => monitors.targets)).toHaveLength(1)
  await clock.advance(40_000)
  await settle()
  expect(server.monitors.monitoredBy).toHaveLength(0)
  expect(clock.pending).toBe(0)
})

test('a call to a name that another process has taken fails at the exit of that process', async () => {
  const clock = new SimulatedClock()
  const { a, b } = twoKernels({ clock })
  const counter = await counterAt(b)
  const second = new Idle(b)
  let error: ExitError | undefined
  await inProcess(a, () => GenServer.call(counter, Counter.add(1)))
  b.unregister(atom('Elixir.Counter') as never)
  b.register(second.process, atom('Elixir.Counter') as never)
  a.spawn(async () => {
    error = await failure(GenServer.call({ name: 'Counter', node: b.name }, atom('x'), { timeout: 60_000 }))
  })
  await clock.advance(3_000)
  second.process.exit(atom('boom'))
  await settled()
  expect(error?.reason).toMatchObject({ elements: [atom('boom'), anything] })
})

test('calls leave nothing behind, however they end', async () => {
  const clock = new SimulatedClock()
  const { a, b, settle } = twoKernels({ clock })
  const counter = await counterAt(b)
  const caller = a.spawn(async () => {
    await GenServer.call(counter, Counter.add(1))
    await failure(GenServer.call(counter, Counter.slowly(2_000), { timeout: 1_000 }))
    await failure(GenServer.call({ name: 'nobody', node: b.name }, Counter.get()))
    await receive()
  })
  await clock.advance(3_000)
  expect(caller.monitors.targets).toEqual([])
  a.send(caller.pid, caller.pid, 'go')
  await clock.advance(40_000)
  await settle()
  expect(clock.pending).toBe(0)
  expect(b.process(counter.pid)!.monitors.monitoredBy).toEqual([])
})

test('a caller that was killed never gets an answer', async () => {
  const { a, b, settle } = twoKernels()
  const counter = await counterAt(b)
  let went = 'nowhere'
  const caller = a.spawn(() =>
    GenServer.call(counter, Counter.add(1)).then(
      () => (went = 'on'),
      () => (went = 'wrong'),
    ),
  )
  await settled(1)
  caller.exit(kill)
  await settle()
  expect(went).toBe('nowhere')
})

test('a server that calls or stops itself gets an error, for each of its names', async () => {
  const { a } = twoKernels()
  const via = { via: [Registry, 'Rooms', 1] as const } as const
  const Loop = GenServer.define({
    init: () => 0,
    call: {
      loop: async (n) => {
        Registry.register('Rooms', 1, null)
        const names = ['loop', { name: 'loop', node: a.name }, via, self()]
        const calls = names.map((name) => failure(GenServer.call(name, atom('x'))))
        const stops = names.map((name) => failure(GenServer.stop(name)))
        return reply(
          (await Promise.all([...calls, ...stops])).map(({ reason }) => reason),
          n,
        )
      },
    },
  })
  await inProcess(a, async () => {
    await Registry.start({ keys: 'unique', name: 'Rooms' })
    const pid = await Loop.start(undefined, { name: 'loop' })
    const shown = [atom('loop'), atom('loop'), viaTerm(via), pid]
    const reason = (word: string, ...args: Term[]) =>
      tuple(atom('calling_self'), tuple(atom('Elixir.GenServer'), atom(word), args))
    expect(await GenServer.call(pid, Loop.loop())).toEqual([
      ...shown.map((name) => reason('call', name, atom('x'), 5_000)),
      ...shown.map((name) => reason('stop', name, normal, atom('infinity'))),
    ])
  })
})

test('undefined, the result of whereis for an unknown name, is a server that does not exist', async () => {
  const { a } = twoKernels()
  await inProcess(a, async () => {
    const nobody = GenServer.whereis('nobody') as unknown as string
    expect(nobody).toBeUndefined()
    expect((await failure(GenServer.call(nobody, atom('pop')))).message).toMatch(
      /^exited in: GenServer\.call\(nil, :pop, 5000\)\n {4}\*\* \(EXIT\) no process/,
    )
    expect((await failure(GenServer.stop(nobody))).message).toMatch(
      /^exited in: GenServer\.stop\(nil, :normal, :infinity\)\n {4}\*\* \(EXIT\) no process/,
    )
    GenServer.cast(nobody, atom('push'))
  })
})

test('a cast to a server that does not exist is dropped without an error', async () => {
  const { a } = twoKernels()
  await inProcess(a, () => {
    const casts: Server[] = [
      'nobody',
      a.unusedPid(),
      { name: 'x', node: 'bogus@nowhere' },
      { via: [Registry, 'Nowhere', 1] },
      { via: ['Nothing', 'bar'] },
    ]
    for (const dest of casts) GenServer.cast(dest, atom('push'))
  })
})

test('whereis returns the process of a name of this node, and a name of another node unchanged', async () => {
  const { a, b } = twoKernels()
  await inProcess(a, async () => {
    await Registry.start({ keys: 'unique', name: 'Rooms' })
    const via = (key: number) => ({ via: [Registry, 'Rooms', key] as const }) as const
    const pid = await Counter.start(0, { name: 'Counter' })
    const kept = await Counter.start(0, { name: via(1) })
    expect(GenServer.whereis('Counter')).toBe(pid)
    expect(GenServer.whereis({ name: 'Counter', node: a.name })).toBe(pid)
    expect(GenServer.whereis(via(1))).toBe(kept)
    expect([GenServer.whereis('nobody'), GenServer.whereis(via(2))]).toEqual([undefined, undefined])
    expect(GenServer.whereis({ name: 'Counter', node: b.name })).toEqual({
      name: atom('Elixir.Counter'),
      node: b.name,
    })
    await GenServer.stop(pid)
    expect(GenServer.whereis(pid)).toBe(pid)
  })
})

describe('starting', () => {
  const Failing = GenServer.define({
    init: (how: 'throw' | 'reject' | 'wait') => {
      if (how === 'throw') throw new Error('at once')
      return how === 'reject' ? Promise.reject(new Error('later')) : new Promise<number>(() => {})
    },
  })

  test('fails with the error of init, without a report', async () => {
    const { a } = twoKernels()
    await inProcess(a, async () => {
      expect((await failure(Failing.start('throw'))).message).toContain('at once')
      expect((await failure(Failing.start('reject'))).message).toContain('later')
    })
    expect(logged).toEqual([])
  })

  test.each([
    [7, '7'],
    [{ global: 'leader' }, '%{global: "leader"}'],
    [{ via: 'Registry' }, '%{via: "Registry"}'],
    [{ via: ['Registry'] }, '%{via: ["Registry"]}'],
  ])('fails when the name is none: %o', async (name, shown) => {
    const { a } = twoKernels()
    const started = inProcess(a, () => Counter.start(0, { name: name as never }))
    await expect(started).rejects.toThrow(
      "expected name option to be 'Counter', an atom, or { via: [Registry, 'Users', 7] }, got: ",
    )
    await expect(started).rejects.toThrow(shown)
    expect(a.processes()).toEqual([])
  })

  test('without a name, or with an undefined one, registers nothing', async () => {
    const { a } = twoKernels()
    await inProcess(a, async () => {
      for (const name of [undefined, null]) {
        const pid = await Counter.start(0, { name: name as undefined })
        expect(Process.info(pid)!.registeredName).toBeUndefined()
      }
    })
  })

  test('links the server for startLink', async () => {
    const { a } = twoKernels()
    await inProcess(a, async () => {
      const [linked] = [await Counter.startLink(0), await Counter.start(0)]
      expect(Process.info(self())!.links).toEqual([linked])
    })
  })

  test('fails when the name is taken, with the pid that has it', async () => {
    const { a } = twoKernels()
    await inProcess(a, async () => {
      const pid = await Counter.start(0, { name: 'Counter' })
      const { reason } = await failure(Counter.start(0, { name: 'Counter' }))
      expect(reason).toEqual(tuple(atom('already_started'), pid))
    })
  })

  test('a linked server that fails ends its starter, unless the starter traps exits', async () => {
    const { a } = twoKernels()
    const starter = a.spawn(() => Failing.startLink('throw'))
    await settled()
    expect(starter.alive).toBe(false)
    await inProcess(a, async () => {
      Process.flag('trapExit', true)
      const error = await failure(Failing.startLink('throw'))
      const exit = (await receive()) as unknown as readonly unknown[]
      expect(exit[0]).toBe(atom('EXIT'))
      expect(identical(exit[2], error.reason)).toBe(true)
    })
  })

  test('a server ends with the process that started it, and cleans up when it traps exits', async () => {
    const { a } = twoKernels()
    const cleaned: Term[] = []
    const Clean = GenServer.define({
      init: (traps: boolean) => {
        Process.flag('trapExit', traps)
        return null
      },
      terminate: (reason) => void cleaned.push(reason),
    })
    const parent = a.spawn(async () => {
      await Clean.startLink(true)
      await Clean.startLink(false)
      await receive()
    })
    await until('the servers', () => parent.links.pids.size === 2)
    parent.exit(atom('shutdown'))
    await settled()
    expect(cleaned).toEqual([atom('shutdown')])
    expect(a.processes()).toEqual([])
  })
})

test('an unexpected message is reported and dropped by a server without info', async () => {
  const { a } = twoKernels()
  const Plain = GenServer.define({ init: () => 0, call: { get: (n) => reply(n, n) } })
  await inProcess(a, async () => {
    const pid = await Plain.start(undefined)
    send(pid, 'what?')
    expect(await GenServer.call(pid, Plain.get())).toBe(0)
  })
  expect(logged.map(({ text }) => text)).toEqual([
    expect.stringContaining('received unexpected message in handle_info/2: "what?"'),
  ])
})

test('two requests with the same name in messages are an error of define', () => {
  const init = (): number => 0
  const same = (n: number) => reply(n, n)
  expect(() => GenServer.define({ init, call: { addOne: same, add_one: same } })).toThrow(
    /both add_one on the wire/,
  )
  expect(() =>
    GenServer.define({ init, call: { add: same }, cast: { add: (n) => noreply(n) } }),
  ).not.toThrow()
  expect(() => GenServer.define({ init, call: { start: same } })).toThrow(/cannot be called start/)
})

test('types: a wrong argument, a wrong message and a wrong use of a reply do not compile', async () => {
  const { a } = twoKernels()
  await inProcess(a, async () => {
    const pid = await Counter.start(0)
    expectTypeOf(GenServer.call(pid, Counter.add(2))).toEqualTypeOf<Promise<number>>()
    expectTypeOf(GenServer.call(pid, Counter.slowly(2))).toEqualTypeOf<Promise<string>>()
    expectTypeOf(GenServer.call(pid, tuple(atom('add'), 2))).toEqualTypeOf<Promise<Term>>()
    const remote = GenServer.at<typeof Counter>(pid)
    expectTypeOf(remote.call('add', 2)).toEqualTypeOf<Promise<number>>()
    expect(await remote.call('add', 1)).toBe(7)
    remote.cast('clear')
    expect(await remote.call('get')).toBe(0)
  })
  // Only compiled.
  void (async () => {
    const dest = 'Counter'
    // @ts-expect-error a text is not a number
    Counter.add('2')
    // @ts-expect-error an argument is missing
    Counter.add()
    // @ts-expect-error there is no such request
    Counter.nothing()
    // @ts-expect-error a cast is not called
    await GenServer.call(dest, Counter.clear())
    // @ts-expect-error a call is not cast
    GenServer.cast(dest, Counter.get())
    // @ts-expect-error the answer is a number
    const text: string = await GenServer.call(dest, Counter.add(2))
    // @ts-expect-error the state is a number
    void Counter.start('zero')
    const remote = GenServer.at<typeof Counter>(dest)
    // @ts-expect-error a text is not a number
    await remote.call('add', '2')
    // @ts-expect-error a cast is not called
    await remote.call('clear')
    // @ts-expect-error a call is not cast
    remote.cast('get')
    // @ts-expect-error the new state is not a number
    GenServer.define({ init: () => 1, call: { get: (n) => reply(n, 'text') } })
    return text
  })
})

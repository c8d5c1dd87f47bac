import { afterEach, describe, expect, expectTypeOf, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import { deferredReply, type From, GenServer, ignore, noreply, reply, stop } from '../../../src/gen/index.ts'
import {
  asReason,
  currentKernel,
  LocalKernel,
  Process,
  type Report,
  receive,
  reports,
  self,
  send,
  sleep,
} from '../../../src/process/index.ts'
import {
  type Atom,
  atom,
  ElixirError,
  ExitError,
  float,
  formatExit,
  type Pid,
  type Term,
  tuple,
} from '../../../src/term/index.ts'
import { inProcess, settled } from '../../support/processes.ts'
import { twoKernels } from '../../support/two-kernels.ts'
import { places } from '../places.ts'

const logged: Report[] = []
const listen = (message: unknown): void => void logged.push(message as Report)
reports.subscribe(listen)
afterEach(() => logged.splice(0))

const failure = async (call: Promise<unknown>): Promise<ExitError> => {
  const thrown = await call.then(
    (value) => new Error(`answered ${String(value)}`),
    (error: unknown) => error,
  )
  if (!(thrown instanceof ExitError)) throw thrown
  return thrown
}

describe('init', () => {
  type How = 'state' | 'next' | 'ignore' | 'stop' | 'later' | 'reply'
  const Starting = GenServer.define({
    init: (how: How) => {
      if (how === 'ignore') return ignore
      if (how === 'stop') return stop(asReason('no disk'))
      if (how === 'next') return noreply(1, { continue: (n) => noreply(n + 1) })
      if (how === 'later') return Promise.resolve(ignore) as never
      if (how === 'reply') return reply(1, 1) as never
      return 0
    },
    call: { get: (n) => reply(n, n) },
  })

  test('returns ignore, and no server is left', async () => {
    const kernel = new LocalKernel()
    await inProcess(kernel, async () => {
      for (const how of ['ignore', 'later'] as const)
        expect(await Starting.startLink(how, { name: 'starting' })).toBe(ignore)
      expect(Process.whereis('starting')).toBeUndefined()
      expect(Process.list()).toEqual([self()])
    })
    expect(logged).toEqual([])
  })

  test('stops with a reason, which only the starter receives', async () => {
    const kernel = new LocalKernel()
    await inProcess(kernel, async () => {
      expect((await failure(Starting.start('stop'))).reason).toBe('no disk')
      expect((await failure(Starting.start('reply'))).message).toMatch(/^bad return value: /)
    })
    expect(logged).toEqual([])
  })

  test('continues with a function before the first message', async () => {
    const kernel = new LocalKernel()
    await inProcess(kernel, async () => {
      const pid = (await Starting.start('next')) as Pid
      expect(await GenServer.call(pid, Starting.get())).toBe(2)
    })
  })

  test('has a timeout', async () => {
    const clock = new SimulatedClock()
    const kernel = new LocalKernel({ clock })
    const Slow = GenServer.define({ init: async () => void (await sleep(1_000)) })
    const seen: unknown[] = []
    kernel.spawn(async () => {
      seen.push((await failure(Slow.startLink(undefined, { timeout: 500, name: 'slow' }))).reason)
      seen.push(Process.whereis('slow'))
      seen.push(await Slow.startLink(undefined, { timeout: 5_000 }))
      await receive()
    })
    await clock.advance(600)
    expect(seen).toEqual([atom('timeout'), undefined])
    await clock.advance(2_000)
    expect(kernel.processes()).toHaveLength(2)
    expect(clock.pending).toBe(0)
  })

  test('types: the state is inferred from each kind of result, and a start knows whether it may be ignored', () => {
    expectTypeOf(Starting.start).returns.resolves.toEqualTypeOf<Pid | Atom<'ignore'>>()
    const Plain = GenServer.define({
      init: async (n: number) => (n > 0 ? noreply({ n }, { timeout: 5 }) : { n: 0 }),
      call: {
        get: (state) => {
          expectTypeOf(state).toEqualTypeOf<{ n: number }>()
          return reply(state.n, state)
        },
      },
    })
    expectTypeOf(Plain.start).returns.resolves.toEqualTypeOf<Pid>()
    void (() => {
      GenServer.define({
        init: () => 0,
        // @ts-expect-error what goes on has another state
        call: { get: (n) => reply(n, n, { continue: () => noreply('text') }) },
      })
    })
  })
})

describe.each(places)('a server $where', ({ meet }) => {
  test('runs its continue function before the next message, however long it takes', async () => {
    const { here, there } = meet()
    const Work = GenServer.define({
      init: () => [] as string[],
      call: {
        begin: (done) =>
          reply('begun', [...done, 'begin'], {
            continue: async function loadAll(done) {
              await sleep(1)
              return noreply([...done, 'first'], { continue: (done) => noreply([...done, 'second']) })
            },
          }),
        done: (done) => reply(done.join(), done),
      },
    })
    await inProcess(there, () => Work.start(undefined, { name: 'work' }))
    const answers = await inProcess(here, () => {
      const work = { name: 'work', node: there.name }
      return Promise.all([GenServer.call(work, Work.begin()), GenServer.call(work, Work.done())])
    })
    expect(answers).toEqual(['begun', 'begin,first,second'])
  })

  test('can be answered for by another process, also from another node', async () => {
    const { here, there } = meet()
    const Desk = GenServer.define({
      init: () => null,
      call: {
        wait: deferredReply((state: null, from: From<string>, to: Pid) => {
          currentKernel().send(to, to, from.term)
          return noreply(state)
        }),
      },
    })
    await inProcess(there, () => Desk.start(undefined, { name: 'desk' }))
    await inProcess(here, async () => {
      const me = self()
      const call = GenServer.call({ name: 'desk', node: there.name }, Desk.wait(me))
      const from = await receive()
      await inProcess(there, () => GenServer.reply(from, 'from elsewhere'))
      expect(await call).toBe('from elsewhere')
      expect(() => GenServer.reply('nobody' as Term, 1)).toThrow(
        'GenServer.reply: expected a From or its term, {pid, tag}',
      )
    })
  })

  test('is called together with others, and nodes without an answer are listed', async () => {
    const { here, there } = meet()
    const Vote = GenServer.define({
      init: (vote: string) => [vote],
      call: { vote: (votes) => reply(votes.join(), votes) },
      cast: { add: (votes, vote: string) => noreply([...votes, vote]) },
    })
    await inProcess(there, () => Vote.start('yes', { name: 'vote' }))
    const nodes = [there.name, 'nobody@localhost']
    const answers = await inProcess(here, async () => {
      GenServer.abcast('vote', Vote.add('no'), nodes)
      const answers = await GenServer.multiCall('vote', Vote.vote(), { nodes, timeout: 1_000 })
      expectTypeOf(answers.replies[0]!.reply).toEqualTypeOf<string>()
      return answers
    })
    expect(answers).toEqual({
      replies: [{ node: there.name.name, reply: 'yes,no' }],
      badNodes: ['nobody@localhost'],
    })
  })

  test('whose callback returns an invalid result ends with it, and so do its calls', async () => {
    const { here, there } = meet()
    const Odd = GenServer.define({
      init: () => 0,
      call: { nothing: () => undefined as never, five: () => 5 as never, wait: async () => 'x' as never },
      cast: { answer: (n) => reply(n, n) as never },
    })
    for (const [request, shown] of [
      [Odd.nothing(), 'nil'],
      [Odd.five(), '5'],
      [Odd.wait(), '"x"'],
    ] as const) {
      await inProcess(there, () => Odd.start(undefined, { name: 'odd' }))
      const error = await inProcess(here, () =>
        failure(GenServer.call({ name: 'odd', node: there.name }, request)),
      )
      expect(error.message).toContain(`** (EXIT) bad return value: ${shown}`)
      await settled()
    }
    expect(logged.map(({ text }) => text.split('\n')[1])).toEqual([
      '** (stop) bad return value: nil',
      '** (stop) bad return value: 5',
      '** (stop) bad return value: "x"',
    ])
    expect(logged[0]!.text).toContain(
      '\n    Hint: a callback returns reply(value, state), noreply(state) or stop(reason, state)\n',
    )
  })

  test('that stops with an answer has run terminate before the answer', async () => {
    const { here, there } = meet()
    const seen: string[] = []
    const Last = GenServer.define({
      init: () => 0,
      call: { leave: (n) => stop('normal', n + 1, 'bye') },
      terminate: async (_reason, n) => {
        await sleep(1)
        seen.push(`cleaned ${n}`)
      },
    })
    await inProcess(there, () => Last.start(undefined, { name: 'last' }))
    await inProcess(here, async () => {
      seen.push(await GenServer.call({ name: 'last', node: there.name }, Last.leave()))
    })
    expect(seen).toEqual(['cleaned 1', 'bye'])
  })
})

describe('a timeout', () => {
  const Patient = GenServer.define({
    init: () => noreply([] as string[], { timeout: 1_000 }),
    call: { seen: (seen) => reply(seen.join(), seen), again: (seen) => reply('ok', seen, { timeout: 50 }) },
    cast: { wait: (seen, timeout: number) => noreply(seen, { timeout, hibernate: true }) },
    info: (message, seen) => noreply([...seen, String(message)]),
  })

  test('sends the message :timeout once, when no other message arrives', async () => {
    const clock = new SimulatedClock()
    const kernel = new LocalKernel({ clock })
    const pid = await inProcess(kernel, () => Patient.start(undefined))
    await clock.advance(5_000)
    expect(await inProcess(kernel, () => GenServer.call(pid, Patient.seen()))).toBe('timeout')
    expect(clock.pending).toBe(0)
  })

  test('is cancelled by the next message, and by the end of the server', async () => {
    const clock = new SimulatedClock()
    const kernel = new LocalKernel({ clock })
    const pid = await inProcess(kernel, () => Patient.start(undefined))
    await inProcess(kernel, () => GenServer.call(pid, Patient.seen()))
    await clock.advance(5_000)
    expect(await inProcess(kernel, () => GenServer.call(pid, Patient.seen()))).toBe('')
    await inProcess(kernel, () => GenServer.call(pid, Patient.again()))
    kernel.process(pid)!.exit(atom('boom'))
    await settled()
    expect(clock.pending).toBe(0)
  })

  test('of 0 fires at once, unless a message is in the mailbox', async () => {
    const kernel = new LocalKernel()
    const seen = await inProcess(kernel, async () => {
      const pid = await Patient.start(undefined)
      GenServer.cast(pid, Patient.wait(0))
      const before = await GenServer.call(pid, Patient.seen())
      GenServer.cast(pid, Patient.wait(0))
      await sleep(1)
      return [before, await GenServer.call(pid, Patient.seen())]
    })
    expect(seen).toEqual(['', 'timeout'])
  })
})

describe('an uncaught error of the code of a server ends it', () => {
  const cleaned: string[] = []
  const Careless = GenServer.define({
    init: () => 7,
    call: {
      go: (n, how: string) => {
        if (how === 'timer')
          setTimeout(() => {
            throw new Error('in a timer')
          }, 1)
        if (how === 'rejection') void Promise.reject(new Error('in a promise'))
        if (how === 'later') void sleep(1).then(() => Promise.reject(new Error('in a later promise')))
        if (how === 'event') {
          const target = new EventTarget()
          target.addEventListener('ring', () => {
            throw new Error('in an event')
          })
          target.dispatchEvent(new Event('ring'))
        }
        if (how === 'term') void Promise.reject(new ExitError(atom('why') as Term))
        return reply('ok', n)
      },
    },
    terminate: (_reason, n) => void cleaned.push(`cleaned ${n}`),
  })

  test.each([
    ['timer', '** (RuntimeError) in a timer'],
    ['rejection', '** (RuntimeError) in a promise'],
    ['later', '** (RuntimeError) in a later promise'],
    ['event', '** (RuntimeError) in an event'],
    ['term', '** (stop) :why'],
  ])('%s', async (how, said) => {
    const kernel = new LocalKernel()
    const pid = await inProcess(kernel, () => Careless.start(undefined, { name: 'Careless' }))
    cleaned.length = 0
    await inProcess(kernel, async () => {
      const ref = kernel.makeRef()
      kernel.process(self())!.monitors.monitor(pid, undefined, ref)
      await GenServer.call(pid, Careless.go(how))
      await receive()
    })
    expect(cleaned).toEqual(['cleaned 7'])
    expect(logged).toHaveLength(1)
    expect(logged[0]!.text).toMatch(/^GenServer Careless terminating\n/)
    expect(logged[0]!.text).toContain(said)
    expect(logged[0]).toMatchObject({ level: 'error', pid, registeredName: atom('Elixir.Careless') })
  })
})

describe('the report of a crash', () => {
  const Crashing = GenServer.define({
    init: (state: Term) => state,
    call: {
      exit: (): never => {
        throw new ExitError(atom('why') as Term)
      },
      erlang: (): never => {
        throw new ElixirError('ArgumentError', { message: 'no' })
      },
      callItself: async (_s, name: string) => reply(await GenServer.call(name, atom('x')), 0 as Term),
    },
    cast: {
      crash: (): never => {
        throw new Error('boom')
      },
      stop: (state, reason: Term) => stop(asReason(reason), state),
    },
    info: (): never => {
      throw new TypeError('odd')
    },
    formatStatus: ({ state, message }) => ({ state: state === 'secret' ? '(hidden)' : state, message }),
  })

  async function crash(state: Term, how: (pid: Pid) => unknown, name?: string): Promise<string> {
    const kernel = new LocalKernel()
    const pid = await inProcess(kernel, () => Crashing.start(state, { name }))
    await inProcess(kernel, async () => {
      kernel.process(self())!.monitors.monitor(pid)
      await how(pid)
      await receive()
    })
    return logged
      .splice(0)
      .map(({ text }) => text.replaceAll(/#PID<0\.\d+\.0>/g, '#PID<>').replaceAll(/:\d+: /g, ':1: '))[0]!
  }
  const file = 'test/gen/server/server-life.test.ts:1: ServerLifeTest'

  test('is the text that Elixir writes', async () => {
    expect(await crash({ a: 1 }, (pid) => GenServer.cast(pid, Crashing.crash()))).toBe(
      `GenServer #PID<> terminating\n** (RuntimeError) boom\n    ${file}.crash/0\nLast message: {:"$gen_cast", :crash}\nState: %{a: 1}`,
    )
    expect(await crash('st', (pid) => failure(GenServer.call(pid, Crashing.exit())), 'Counter')).toBe(
      `GenServer Counter terminating\n** (stop) :why\n    ${file}.exit/0\nLast message (from #PID<>): :exit\nState: "st"\nClient #PID<> is alive`,
    )
    expect(await crash('st', (pid) => failure(GenServer.call(pid, Crashing.erlang())))).toContain(
      `\n** (ArgumentError) no\n    ${file}.erlang/0\n`,
    )
    expect(await crash(0, (pid) => GenServer.cast(pid, Crashing.stop(atom('kill'))))).toBe(
      'GenServer #PID<> terminating\n** (stop) :kill\nLast message: {:"$gen_cast", {:stop, :kill}}\nState: 0',
    )
    expect(await crash(0, (pid) => send(pid, 'what?'))).toMatch(/\nLast message: "what\?"\nState: 0$/)
    expect(await crash(0, (pid) => failure(GenServer.call(pid, Crashing.callItself('me'))), 'me')).toMatch(
      /^GenServer :me terminating\n\*\* \(stop\) exited in: GenServer\.call\(:me, :x, 5000\)\n {4}\*\* \(EXIT\) process attempted to call itself\n {4}test/,
    )
    expect(await crash(0, (pid) => GenServer.stop(pid, atom('blah')))).toBe(
      'GenServer #PID<> terminating\n** (stop) :blah\nLast message: []\nState: 0',
    )
  })

  test('shows the name of a client, and hides what formatStatus removes', async () => {
    const text = await crash('secret', (pid) => {
      Process.register(self(), 'Client')
      return failure(GenServer.call(pid, Crashing.exit()))
    })
    expect(text).toContain('Last message (from Client): :exit\nState: "(hidden)"\nClient Client is alive')
  })

  test('has the terms of OTP', async () => {
    const kernel = new LocalKernel()
    const pid = await inProcess(kernel, () => Crashing.start(1))
    await inProcess(kernel, () => GenServer.cast(pid, Crashing.crash()))
    await settled()
    expect(logged[0]).toMatchObject({
      kernel,
      pid,
      level: 'error',
      reason: { elements: [expect.any(ElixirError), expect.any(Array)] },
      event: {
        label: tuple(atom('gen_server'), atom('terminate')),
        name: pid,
        last_message: tuple(atom('$gen_cast'), atom('crash')),
        state: 1,
        client_info: atom('undefined'),
      },
    })
    expect(Date.now() - logged[0]!.time).toBeLessThan(60_000)
  })
})

test('a server receives new code and a new state while its messages wait', async () => {
  const { a } = twoKernels()
  const Old = GenServer.define({
    init: () => 41,
    call: { get: (n) => reply(`old ${n}`, n) },
  })
  const New = GenServer.define({
    init: () => ({ count: 0 }),
    call: { get: (state) => reply(`new ${state.count}`, state) },
    codeChange: (_version, count: number, extra: Term) => {
      if (extra === 'bad') throw new Error('no way')
      return { count: count + 1 }
    },
  })
  await inProcess(a, async () => {
    const pid = await Old.start(undefined)
    await expect(GenServer.reload(pid, New, null, 'bad')).rejects.toThrow('no way')
    expect(await GenServer.call(pid, Old.get())).toBe('old 41')
    await GenServer.reload(pid, New)
    expect(await GenServer.call(pid, New.get())).toBe('new 42')
  })
})

test('an unknown request, a call to an unknown name and a call to itself have error messages', async () => {
  const { a, b } = twoKernels()
  const dead = await inProcess(b, () => self())
  await inProcess(a, async () => {
    const said = async (call: Promise<unknown>): Promise<string> =>
      formatExit((await failure(call)).reason, { self: a.name })
    const noproc =
      "\n    ** (EXIT) no process: the process is not alive or there's no process currently associated with the given name, possibly because its application isn't started"
    expect(await said(GenServer.call('nobody', atom('x')))).toBe(
      `exited in: GenServer.call(:nobody, :x, 5000)${noproc}`,
    )
    expect(await said(GenServer.call(dead, atom('x'), { timeout: 1_000 }))).toContain(noproc)
    expect(await said(GenServer.call(self(), atom('x')))).toContain(
      '\n    ** (EXIT) process attempted to call itself',
    )
  })
})

test('handlers get Float where a float has no fraction, and numbers with floats: number', async () => {
  const handlers = {
    init: (): Term => null,
    call: {
      echo: (state: Term, term: Term) => reply(term, state),
      echoLater: deferredReply((state: Term, from: From<Term>, term: Term) => {
        from.reply(term)
        return noreply(state)
      }),
      get: (state: Term) => reply(state, state),
    },
    cast: { put: (_state: Term, term: Term) => noreply(term) },
  }
  const Exact = GenServer.define(handlers)
  const Plain = GenServer.define({ ...handlers, floats: 'number' })
  await inProcess(new LocalKernel(), async () => {
    const exact = await Exact.start(undefined)
    const plain = await Plain.start(undefined)
    const term = tuple(float(1), [float(2)])
    for (const name of ['echo', 'echoLater'] as const) {
      expect(await GenServer.call(exact, Exact[name](term))).toBe(term)
      expect(await GenServer.call(plain, Plain[name](term))).toEqual(tuple(1, [2]))
    }
    GenServer.cast(exact, Exact.put(term))
    GenServer.cast(plain, Plain.put(term))
    expect(await GenServer.call(exact, Exact.get())).toBe(term)
    expect(await GenServer.call(plain, Plain.get())).toEqual(tuple(1, [2]))
  })
  expect(() => GenServer.define({ ...handlers, floats: true as never })).toThrow(
    "GenServer.define: floats is 'exact' or 'number', got: true",
  )
})

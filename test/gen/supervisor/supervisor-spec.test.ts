import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  Agent,
  type ChildSpec,
  DynamicSupervisor,
  GenServer,
  Registry,
  reply,
  Supervisor,
  Task,
} from '../../../src/gen/index.ts'
import {
  type Kernel,
  LocalKernel,
  Process,
  progress,
  type Report,
  reports,
} from '../../../src/process/index.ts'
import { atom, ExitError, inspect, kill, ok, type Pid, type Term, tuple } from '../../../src/term/index.ts'
import { Idle, inProcess, settled, until } from '../../support/processes.ts'

const logged: Report[] = []
const listen = (message: unknown): void => void logged.push(message as Report)
reports.subscribe(listen)
afterEach(() => logged.splice(0))

const Counter = GenServer.define({
  init: (start: number) => start,
  call: { read: (n) => reply(n, n) },
  cast: {
    crash: (): never => {
      throw new Error('oops')
    },
  },
})
const child = (overrides: Record<string, unknown> = {}): ChildSpec => ({
  ...Counter.child(0, { id: 'a' }),
  ...overrides,
})
const options = { strategy: 'one_for_one' } as const

/** What a supervisor says of a start that makes no sense. */
async function fault(children: unknown, given: unknown = options): Promise<ExitError> {
  const kernel = new LocalKernel()
  const error = await inProcess(kernel, () => Supervisor.start(children as ChildSpec[], given as never)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  await settled()
  expect(kernel.processes()).toEqual([])
  return error as ExitError
}

describe('an invalid specification is an error in the words of Elixir, with a hint', () => {
  test.each([
    [
      'no id',
      [child({ id: undefined })],
      '{:start_spec, :missing_id}',
      /got: :missing_id\. A child has an id/,
    ],
    ['no start', [child({ start: undefined })], '{:start_spec, :missing_start}', /A child has a start/],
    [
      'a start that is neither a function nor a call',
      [child({ start: ['Counter', 'start_link'] })],
      '{:start_spec, {:invalid_mfa, ["Counter", "start_link"]}}',
      /invalid mfa: .*\. start is a function that starts the process/,
    ],
    [
      'an unknown restart',
      [child({ restart: 'always' })],
      '{:start_spec, {:invalid_restart_type, :always}}',
      /^bad child specification, invalid restart type: :always\. Must be :permanent, :transient or :temporary\.$/,
    ],
    [
      'an unknown shutdown',
      [child({ shutdown: -1 })],
      '{:start_spec, {:invalid_shutdown, -1}}',
      /invalid shutdown: -1\. Must be an integer >= 0, :infinity or :brutal_kill\./,
    ],
    [
      'an unknown type',
      [child({ type: 'boss' })],
      '{:start_spec, {:invalid_child_type, :boss}}',
      /Must be :worker or :supervisor/,
    ],
    [
      'a significant that is not a boolean',
      [child({ significant: 1 })],
      '{:start_spec, {:invalid_significant, 1}}',
      /significant is true or false/,
    ],
    [
      'a significant child under a supervisor that does not care',
      [child({ significant: true, restart: 'transient' })],
      '{:start_spec, {:bad_combination, [auto_shutdown: :never, significant: true]}}',
      /A significant child is transient or temporary/,
    ],
    ['no object', [42], '{:start_spec, {:invalid_child_spec, 42}}', /expect each child to be an object/],
    [
      'one id twice',
      [child(), child()],
      '{:start_spec, {:duplicate_child_name, :a}}',
      /more than one child specification has the id: :a\. Give one of them another id/,
    ],
    ['no list', 'children', '{:bad_start_spec, "children"}', /invalid children: "children"/],
  ])('%s', async (_what, children, reason, sentence) => {
    const error = await fault(children)
    expect(error).toBeInstanceOf(ExitError)
    expect(inspect(error.reason, { pretty: false })).toBe(reason)
    expect(error.message).toMatch(sentence)
  })

  test.each([
    [
      { strategy: 'one_for_none' },
      '{:supervisor_data, {:invalid_strategy, :one_for_none}}',
      /Must be 'one_for_one'/,
    ],
    [
      { ...options, maxRestarts: -1 },
      '{:supervisor_data, {:invalid_intensity, -1}}',
      /maxRestarts is an integer/,
    ],
    [{ ...options, maxSeconds: 0 }, '{:supervisor_data, {:invalid_period, 0}}', /maxSeconds is an integer/],
    [
      { ...options, autoShutdown: 'always' },
      '{:supervisor_data, {:invalid_auto_shutdown, :always}}',
      /autoShutdown is 'never'/,
    ],
  ])('%s', async (given, reason, sentence) => {
    const error = await fault([], given)
    expect(inspect(error.reason)).toBe(reason)
    expect(error.message).toMatch(/^bad supervisor configuration, /)
    expect(error.message).toMatch(sentence)
  })

  test('a missing strategy is an error', async () => {
    expect((await fault([], {})).message).toMatch(/expected strategy option to be given: 'one_for_one'/)
  })

  test('an unknown option is an error that names the options', async () => {
    expect((await fault([], { ...options, maxRestart: 1 })).message).toMatch(
      /^Supervisor\.start\w*: unknown option 'maxRestart'\. The options are: strategy, maxRestarts, /,
    )
  })
})

test('an invalid name is an error before anything starts', async () => {
  for (const name of [42, ['a'], { global: 'a' }, { via: 'Nothing' }, { via: ['Nothing'] }])
    expect((await fault([], { ...options, name })).message).toMatch(/^expected name option to be .*, got: /)
  for (const via of [
    [42, 'a'],
    ['Nothing', 'a'],
  ])
    expect((await fault([], { ...options, name: { via } })).message).toMatch(
      /is not a registry of names: expected/,
    )
})

test('the id of child() is its name or else its kind; supervisors have the type supervisor', () => {
  const made = (...specs: ChildSpec[]): unknown[][] => specs.map(({ id, type }) => [id, type])
  expect(
    made(
      Counter.child(0),
      Agent.child(() => 0),
      Supervisor.child([], options),
      DynamicSupervisor.child(),
      Task.Supervisor.child(),
      Registry.child({ keys: 'unique', name: 'Rooms' }),
    ),
  ).toEqual([
    ['GenServer', undefined],
    ['Agent', undefined],
    ['Supervisor', 'supervisor'],
    ['DynamicSupervisor', 'supervisor'],
    ['Task.Supervisor', 'supervisor'],
    ['Rooms', 'supervisor'],
  ])
  const given = { name: 'Name', restart: 'temporary', shutdown: 10 } as const
  for (const spec of [
    Counter.child(0, given),
    Agent.child(() => 0, given),
    Supervisor.child([], { ...options, ...given }),
    DynamicSupervisor.child(given),
    Task.Supervisor.child(given),
  ])
    expect(spec).toMatchObject({ id: 'Name', restart: 'temporary', shutdown: 10 })
  expect(Agent.child(() => 0, { ...given, id: 'Id' }).id).toBe('Id')
})

test('a start that returns no process has failed', async () => {
  const error = await fault([{ id: 'a', start: async () => 42 as never }])
  expect(error.message).toBe('shutdown: failed to start child: :a\n    ** (EXIT) bad return value: 42')
  const thrown = await fault([
    {
      id: 'a',
      start: () => {
        throw new Error('no disk')
      },
    },
  ])
  expect(inspect(thrown.reason)).toMatch(
    /failed_to_start_child, :a,\s+\{:EXIT,\s+\{%RuntimeError\{message: "no disk"\}/,
  )
  expect(thrown.message).toMatch(/failed to start child: :a\n(.*\n)?.*no disk/)
})

test('a child whose start returns ignore is kept without a process; a temporary child is removed', async () => {
  const kernel = new LocalKernel()
  const ignored = (id: string, restart: ChildSpec['restart'] = 'permanent'): ChildSpec => ({
    id,
    restart,
    start: () => atom('ignore'),
  })
  await inProcess(kernel, async () => {
    const sup = await Supervisor.start([ignored('a'), ignored('b', 'temporary')], options)
    expect(await Supervisor.whichChildren(sup)).toEqual([{ id: atom('a'), pid: undefined, type: 'worker' }])
    await expect(Supervisor.startChild(sup, ignored('c'))).rejects.toThrow(/its start returned ignore/)
    await expect(Supervisor.startChild(sup, ignored('c'))).rejects.toThrow(/Start it again/)
    await expect(Supervisor.startChild(sup, ignored('d', 'temporary'))).rejects.toThrow(ExitError)
    expect((await Supervisor.countChildren(sup)).specs).toBe(2)
  })
})

test('childSpec returns a specification with other values', async () => {
  const kernel = new LocalKernel()
  const other = Supervisor.childSpec(Counter.child(0), { id: 'Other', restart: 'temporary', shutdown: 10 })
  expect(other).toMatchObject({ id: 'Other', restart: 'temporary', shutdown: 10 })
  expect(() => Supervisor.childSpec('other' as never, {})).toThrow(
    'supervisors expect each child to be an object with at least id and start, as Counter.child(0) makes it, got: "other"',
  )
  expect(() => Supervisor.childSpec(other, { idd: 1 } as never)).toThrow(
    'unknown key "idd" in child specification override. The keys are id, start, restart, shutdown, type, significant, modules.',
  )
  await inProcess(kernel, async () => {
    const sup = await Supervisor.start(
      [Counter.child(1), other, { ...other, id: tuple(atom('n'), 1) }],
      options,
    )
    expect((await Supervisor.whichChildren(sup)).map(({ id }) => inspect(id))).toEqual([
      '{:n, 1}',
      'Other',
      'GenServer',
    ])
    expect(await Supervisor.terminateChild(sup, tuple(atom('n'), 1))).toBe(true)
    expect((await Supervisor.countChildren(sup)).specs).toBe(2)
  })
})

test('a child may be a call by name: module, function and arguments', async () => {
  const kernel = new LocalKernel()
  kernel.modules.define('Counter', { startLink: (n: number) => Counter.startLink(n) })
  await inProcess(kernel, async () => {
    const sup = await Supervisor.start([{ id: 'a', start: ['Counter', 'start_link', [70]] }], options)
    const [{ pid }] = (await Supervisor.whichChildren(sup)) as unknown as [{ pid: Pid }]
    expect(await GenServer.call(pid, Counter.read())).toBe(70)
    const spec = await GenServer.call(sup, tuple(atom('get_childspec'), atom('a')))
    expect(inspect(spec, { pretty: false })).toBe(
      '{:ok, %{id: :a, modules: [Counter], restart: :permanent, shutdown: 5000, significant: false, ' +
        'start: {Counter, :start_link, ~c"F"}, type: :worker}}',
    )
  })
})

test('the result of a named start function is read as in OTP', async () => {
  const kernel = new LocalKernel()
  kernel.modules.define('Starts', {
    ok: async () => tuple(ok, await Counter.startLink(1)),
    info: async () => tuple(ok, await Counter.startLink(2), 'more'),
    error: () => tuple(atom('error'), atom('found')),
    other: () => 'nonsense',
    ignore: () => atom('ignore'),
  })
  const spec = (name: string): ChildSpec => ({ id: name, start: ['Starts', name, []] })
  await inProcess(kernel, async () => {
    const sup = await Supervisor.start([spec('ok')], options)
    const dynamic = await DynamicSupervisor.start()
    const reason = (asked: Promise<unknown>): Promise<string> =>
      asked.then(String, (error: ExitError) => inspect(error.reason))
    for (const start of [
      (name: string) => Supervisor.startChild(sup, spec(name)),
      (name: string) => DynamicSupervisor.startChild(dynamic, spec(name)),
    ]) {
      expect(await GenServer.call(await start('info'), Counter.read())).toBe(2)
      expect(await reason(start('error'))).toBe(':found')
      expect(await reason(start('other'))).toBe('"nonsense"')
      expect(await reason(start('ignore'))).toBe(':ignore')
      expect(await reason(start('nothing'))).toMatch(/\{:undef,\s+\[\{Starts, :nothing, \[\], \[\]\}\]\}/)
    }
  })
})

test('the info of a start is returned to the caller of startChild and restartChild that asks for it', async () => {
  const kernel = new LocalKernel()
  let starts = 0
  const spec: ChildSpec = {
    id: 'a',
    start: async () => tuple(ok, (await Counter.startLink(7)) as Pid, ++starts),
  }
  await inProcess(kernel, async () => {
    const sup = await Supervisor.start([], options)
    const first = await Supervisor.startChild(sup, spec, { info: true })
    expect(first.info).toBe(1)
    expect(await GenServer.call(first.pid, Counter.read())).toBe(7)
    await Supervisor.terminateChild(sup, 'a')
    expect((await Supervisor.restartChild(sup, 'a', { info: true })).info).toBe(2)
    await Supervisor.terminateChild(sup, 'a')
    const pid: Pid = await Supervisor.restartChild(sup, 'a')
    expect(starts).toBe(3)
    kernel.process(pid)!.exit(kill)
    await settled()
    expect(starts).toBe(4)
    const silent = await Supervisor.startChild(sup, child({ id: 'b' }), { info: true })
    expect(silent.info).toBeUndefined()
    const dynamic = await DynamicSupervisor.start()
    const { info } = await DynamicSupervisor.startChild(dynamic, spec, { info: true })
    expect(info).toBe(5)
    // As the term that goes to other nodes.
    const request = tuple(atom('start_child'), { ...spec, id: 'c' } as never)
    const answer = await GenServer.call(sup, request)
    expect(inspect(answer)).toMatch(/^\{:ok, #PID<.*>, 6\}$/)
  })
})

test('a child may be the tuple of six elements that other nodes send', async () => {
  const kernel = new LocalKernel()
  kernel.modules.define('Counter', { startLink: (n: number) => Counter.startLink(n) })
  const counter = tuple(atom('Elixir.Counter'), atom('start_link'), [3])
  const old = (id: string, start: Term = counter): Term =>
    tuple(atom(id), start, atom('temporary'), 5_000, atom('worker'), [atom('Elixir.Counter')])
  await inProcess(kernel, async () => {
    const sup = await Supervisor.start([child(), old('old') as never], options)
    expect((await Supervisor.whichChildren(sup)).map(({ id }) => id)).toEqual([atom('old'), atom('a')])
    for (const to of [sup, await DynamicSupervisor.start()]) {
      const start = (spec: Term): Promise<Term> => GenServer.call(to, tuple(atom('start_child'), spec))
      const [, pid] = (await start(old('more'))) as unknown as readonly [Term, Pid]
      expect(await GenServer.call(pid, Counter.read())).toBe(3)
      expect(await start(old('x', 2))).toEqual(tuple(atom('error'), tuple(atom('invalid_mfa'), 2)))
    }
  })
})

test('a supervisor refuses a request with the reason of OTP, and a message that says what to do', async () => {
  const kernel = new LocalKernel()
  await inProcess(kernel, async () => {
    const sup = await Supervisor.start([child()], { ...options, name: 'Sup' })
    const refusal = (asked: Promise<unknown>): Promise<[string, string]> =>
      asked.then(
        () => ['', ''],
        (error: ExitError) => [inspect(error.reason), error.message],
      )
    expect(await refusal(Supervisor.restartChild('Sup', 'a'))).toEqual([
      ':running',
      'could not restart the child :a of Sup: it is running. End it first: Supervisor.terminateChild().',
    ])
    expect((await refusal(Supervisor.deleteChild(sup, 'a')))[0]).toBe(':running')
    expect((await refusal(Supervisor.deleteChild(sup, 'b')))[0]).toBe(':not_found')
    expect((await refusal(Supervisor.restartChild(sup, 'b')))[0]).toBe(':not_found')
    expect((await refusal(Supervisor.startChild(sup, child())))[0]).toMatch(/^\{:already_started, #PID/)
    expect(await Supervisor.terminateChild(sup, 'a')).toBe(true)
    expect((await refusal(Supervisor.startChild(sup, child())))[0]).toBe(':already_present')
    expect((await refusal(Supervisor.startChild(sup, child({ id: 'x', restart: 'no' }))))[1]).toBe(
      'bad child specification, invalid restart type: :no. Must be :permanent, :transient or :temporary.',
    )
    expect((await refusal(Supervisor.startChild(sup, {} as never)))[0]).toBe(':missing_id')
    expect((await refusal(Supervisor.startChild(sup, child({ id: 'x', start: 42 }))))[0]).toBe(
      '{:invalid_mfa, 42}',
    )
    expect((await refusal(Supervisor.startChild(sup, child({ id: 'x', shutdown: -1 }))))[0]).toBe(
      '{:invalid_shutdown, -1}',
    )
    expect(await Supervisor.terminateChild(sup, 'b')).toBe(false)
    // A supervisor that does not run is not a child's fault.
    await expect(Supervisor.countChildren('Nobody')).rejects.toThrow(/no process/)
  })
})

describe('a restart that fails is tried again, and each attempt counts', () => {
  // Starts once, then fails as often as it is told to.
  const flaky = (failures: number, kernel: Kernel): ChildSpec & { tries: () => number } => {
    let tries = 0
    return {
      ...child({ id: 'flaky' }),
      tries: () => tries,
      start: () => {
        tries++
        if (tries > 1 && tries <= failures + 1) throw new ExitError(atom('nope'), { self: kernel.name })
        return Counter.startLink(0)
      },
    }
  }
  const die = async (kernel: Kernel, sup: Pid): Promise<void> => {
    const [{ pid }] = (await inProcess(kernel, () => Supervisor.whichChildren(sup))) as unknown as [
      { pid: Pid },
    ]
    kernel.process(pid)!.exit(atom('boom'))
  }

  test('until it succeeds', async () => {
    const kernel = new LocalKernel()
    const spec = flaky(2, kernel)
    const sup = await inProcess(kernel, () => Supervisor.start([spec], { ...options, maxRestarts: 3 }))
    await die(kernel, sup)
    await until('the restart', () => spec.tries() === 4)
    expect((await inProcess(kernel, () => Supervisor.countChildren(sup))).active).toBe(1)
    expect(logged.map(({ text }) => text.split('\n').slice(0, 2).join(' '))).toEqual([
      `Child :flaky of Supervisor ${kernel.inspect(sup)} (Supervisor.Default) terminated ** (exit) :boom`,
      `Child :flaky of Supervisor ${kernel.inspect(sup)} (Supervisor.Default) failed to start ** (exit) :nope`,
      `Child :flaky of Supervisor ${kernel.inspect(sup)} (Supervisor.Default) failed to start ** (exit) :nope`,
    ])
  })

  test('until the limit is exceeded', async () => {
    const kernel = new LocalKernel()
    const spec = flaky(10, kernel)
    const sup = await inProcess(kernel, () => Supervisor.start([spec], { ...options, maxRestarts: 3 }))
    await die(kernel, sup)
    await until('the end', () => !kernel.process(sup))
    expect(spec.tries()).toBe(4)
    expect(logged.at(-1)!.text).toMatch(
      /caused shutdown\n\*\* \(exit\) :reached_max_restart_intensity\nStart Call: /,
    )
    expect(kernel.processes()).toEqual([])
  })

  test('and between the attempts the supervisor answers requests, and may be told to end', async () => {
    const kernel = new LocalKernel()
    const seen: Term[] = []
    let sup: Pid | undefined
    const asker = new Idle(kernel)
    let tries = 0
    const spec: ChildSpec = {
      id: 'a',
      start: () => {
        tries++
        if (tries === 1) return Counter.startLink(0)
        // In the mailbox before the supervisor tells itself to try again.
        for (const [name, request] of [
          ['restart', tuple(atom('restart_child'), atom('a'))],
          ['delete', tuple(atom('delete_child'), atom('a'))],
          ['which', atom('which_children')],
          ['terminate', tuple(atom('terminate_child'), atom('a'))],
          ['count', atom('count_children')],
        ] as const)
          kernel.send(
            asker.pid,
            sup!,
            tuple(atom('$gen_call'), tuple(asker.pid, atom(name)), request) as Term,
          )
        throw new ExitError(atom('nope'))
      },
    }
    sup = await inProcess(kernel, () => Supervisor.start([spec], options))
    await die(kernel, sup)
    await until('the answers', () => asker.messages.length === 5)
    seen.push(...asker.messages)
    expect(seen.map((message) => inspect(message, { pretty: false }))).toEqual([
      '{:restart, {:error, :restarting}}',
      '{:delete, {:error, :restarting}}',
      '{:which, [{:a, :restarting, :worker, []}]}',
      '{:terminate, :ok}',
      '{:count, [specs: 1, active: 0, supervisors: 0, workers: 1]}',
    ])
    await settled()
    expect(tries).toBe(2)
    asker.process.exit(kill)
  })
})

describe('significant children', () => {
  const significant = (id: string, restart: 'transient' | 'temporary' = 'transient'): ChildSpec => ({
    ...Counter.child(0, { name: id, significant: true, restart }),
  })
  const leave = (kernel: Kernel, id: string, reason: Term): Promise<void> => {
    kernel.whereis(atom(id) as never)!.exit(reason)
    return settled()
  }

  test('the normal exit of any of them ends the supervisor', async () => {
    const kernel = new LocalKernel()
    const sup = await inProcess(kernel, () =>
      Supervisor.start([significant('a'), significant('b'), Counter.child(0, { name: 'c' })], {
        ...options,
        autoShutdown: 'any_significant',
      }),
    )
    await leave(kernel, 'a', atom('boom'))
    expect(kernel.process(sup)).toBeDefined()
    const ended: Term[] = []
    kernel.process(sup)!.onExit((reason) => void ended.push(reason))
    await leave(kernel, 'a', atom('normal'))
    expect(ended).toEqual([atom('shutdown')])
    expect(kernel.processes()).toEqual([])
  })

  test('the normal exit of the last of them ends the supervisor', async () => {
    const kernel = new LocalKernel()
    const sup = await inProcess(kernel, () =>
      Supervisor.start([significant('a'), significant('b', 'temporary'), Counter.child(0, { name: 'c' })], {
        ...options,
        autoShutdown: 'all_significant',
      }),
    )
    await leave(kernel, 'b', atom('boom'))
    expect(kernel.process(sup)).toBeDefined()
    await leave(kernel, 'a', atom('shutdown'))
    expect(kernel.processes()).toEqual([])
  })
})

test('a report has the text of a report of Elixir', async () => {
  const kernel = new LocalKernel()
  kernel.modules.define('Counter', { startLink: (n: number) => Counter.startLink(n, { name: 'counter' }) })
  const spec: ChildSpec = { id: 'Counter', start: ['Counter', 'start_link', [1]] }
  await inProcess(kernel, () => Supervisor.start([spec], { ...options, name: 'Sup' }))
  const pid = kernel.whereis(atom('counter') as never)!.pid
  await inProcess(kernel, () => GenServer.cast(pid, Counter.crash()))
  await until('the report', () => logged.length === 2)
  const { text, level } = logged[1]!
  expect(level).toBe('error')
  // As a real node printed it, but for the lines of the stack.
  expect(text.replace(/( {8}.*\n)+/, '        …\n')).toBe(
    [
      'Child Counter of Supervisor Sup terminated',
      '** (exit) an exception was raised:',
      '    ** (RuntimeError) oops',
      '        …',
      `Pid: ${kernel.inspect(pid)}`,
      'Start Call: Counter.start_link(1)',
      'Restart: :permanent',
      'Shutdown: 5000',
      'Type: :worker',
    ].join('\n'),
  )
  kernel.whereis(atom('Elixir.Sup') as never)!.deliver('hello')
  await until('the other report', () => logged.length === 3)
  expect(logged[2]!.text).toBe('Supervisor received unexpected message: "hello"')
})

test('the start of every child is reported on the progress channel, and only there', async () => {
  const kernel = new LocalKernel()
  const started: Report[] = []
  const hear = (message: unknown): void => void started.push(message as Report)
  progress.subscribe(hear)
  onTestFinished(() => void progress.unsubscribe(hear))
  kernel.modules.define('Counter', {
    startLink: (n: number) => Counter.startLink(n),
    none: () => atom('ignore'),
  })
  await inProcess(kernel, async () => {
    const one: ChildSpec = { id: 'One', start: ['Counter', 'start_link', [1]] }
    const none: ChildSpec = { id: 'None', start: ['Counter', 'none', []] }
    const sup = await Supervisor.start([one, none], { ...options, name: 'Sup' })
    await Supervisor.terminateChild(sup, 'One')
    await Supervisor.restartChild(sup, 'One')
    const [, child] = await Supervisor.whichChildren(sup)
    Process.exit(child!.pid as Pid, 'shutdown')
    await until('the restart', () => started.length === 3)
  })
  expect(new Set(started.map(({ level }) => level))).toEqual(new Set(['info']))
  // As a real node prints it with handle_sasl_reports.
  expect(new Set(started.map(({ text }) => text.replace(/#PID<[\d.]+>/, '#PID<>')))).toEqual(
    new Set([
      'Child One of Supervisor Sup started\nPid: #PID<>\nStart Call: Counter.start_link(1)\nRestart: :permanent\nShutdown: 5000\nType: :worker',
    ]),
  )
  expect(started[0]!.event).toMatchObject({
    label: tuple(atom('supervisor'), atom('progress')),
    report: [
      tuple(atom('supervisor'), tuple(atom('local'), atom('Elixir.Sup'))),
      { elements: [atom('started'), expect.any(Array)] },
    ],
  })
  expect(logged.map(({ text }) => text.split('\n')[0])).toEqual(['Child One of Supervisor Sup terminated'])
})

import { afterEach, describe, expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import {
  type ChildSpec,
  DynamicSupervisor,
  type DynamicSupervisorOptions,
  GenServer,
  noreply,
  Registry,
  reply,
  Supervisor,
} from '../../../src/gen/index.ts'
import {
  asReason,
  exit,
  type Kernel,
  LocalKernel,
  Process,
  type Report,
  receive,
  reports,
  spawnLink,
} from '../../../src/process/index.ts'
import {
  atom,
  ExitError,
  inspect,
  kill,
  killed,
  normal,
  type Pid,
  shutdown,
  type Term,
  tuple,
} from '../../../src/term/index.ts'
import { inProcess, settled, until } from '../../support/processes.ts'
import { places } from '../places.ts'

const logged: Report[] = []
const listen = (message: unknown): void => void logged.push(message as Report)
reports.subscribe(listen)
afterEach(() => logged.splice(0))

const Counter = GenServer.define({
  init: ({
    start = 0,
    traps = false,
    hangs = false,
  }: {
    start?: number
    traps?: boolean
    hangs?: boolean
  }) => {
    Process.flag('trapExit', traps || hangs)
    return { start, hangs }
  },
  call: { read: (state) => reply(state.start, state) },
  info: (_message, state) => noreply(state),
  terminate: (_reason, { hangs }) => (hangs ? new Promise(() => {}) : undefined),
})
const counter = (options: Partial<ChildSpec> & { traps?: boolean; hangs?: boolean } = {}): ChildSpec => {
  const { traps = false, hangs = false, ...rest } = options
  return { ...Counter.child({ traps, hangs }), ...rest }
}

async function start(
  options: DynamicSupervisorOptions = {},
  kernel: Kernel = new LocalKernel(),
): Promise<{
  kernel: Kernel
  sup: Pid
  child: (spec?: ChildSpec) => Promise<Pid>
  count: () => Promise<number>
}> {
  const sup = await inProcess(kernel, () => DynamicSupervisor.start(options))
  return {
    kernel,
    sup,
    child: (spec = counter()) => inProcess(kernel, () => DynamicSupervisor.startChild(sup, spec)),
    count: async () => (await inProcess(kernel, () => DynamicSupervisor.countChildren(sup))).specs,
  }
}
const pidsOf = (kernel: Kernel, sup: Pid): Promise<unknown[]> =>
  inProcess(kernel, async () => (await DynamicSupervisor.whichChildren(sup)).map(({ pid }) => pid))

test('children are started one by one, are identified by their pids, and end with their supervisor', async () => {
  const { kernel, sup, child } = await start()
  const [a, b] = [await child(), await child(counter({ type: 'supervisor' }))]
  await inProcess(kernel, async () => {
    expect(await DynamicSupervisor.whichChildren(sup)).toEqual([
      { id: atom('undefined'), pid: a, type: 'worker' },
      { id: atom('undefined'), pid: b, type: 'supervisor' },
    ])
    expect(await DynamicSupervisor.countChildren(sup)).toEqual({
      specs: 2,
      active: 2,
      supervisors: 1,
      workers: 1,
    })
    expect(await DynamicSupervisor.terminateChild(sup, a)).toBe(true)
    expect(await DynamicSupervisor.terminateChild(sup, a)).toBe(false)
    await DynamicSupervisor.stop(sup)
  })
  await settled()
  expect(kernel.processes()).toEqual([])
  expect(logged).toEqual([])
})

describe('a child that ends', () => {
  test.each([
    ['permanent', normal, true],
    ['permanent', shutdown, true],
    ['permanent', tuple(shutdown, 1), true],
    ['permanent', atom('boom'), true],
    ['transient', normal, false],
    ['transient', shutdown, false],
    ['transient', tuple(shutdown, 1), false],
    ['transient', atom('boom'), true],
    ['temporary', normal, false],
    ['temporary', shutdown, false],
    ['temporary', atom('boom'), false],
  ] as const)('and is %s is started again after %s: %s', async (restart, reason, again) => {
    const { kernel, sup, child } = await start()
    const pid = await child(counter({ restart }))
    kernel.process(pid)!.exit(reason as Term)
    await settled()
    const [now] = await pidsOf(kernel, sup)
    expect(now !== undefined).toBe(again)
    expect(now).not.toBe(pid)
    expect(logged).toHaveLength(restart === 'permanent' || reason === atom('boom') ? 1 : 0)
  })

  test('more often than the limit ends the supervisor and all children', async () => {
    const { kernel, sup, child } = await start({ maxRestarts: 1 })
    const pid = await child()
    await child()
    kernel.process(pid)!.exit(atom('boom'))
    await settled()
    const again = (await pidsOf(kernel, sup)).at(-1) as Pid
    kernel.process(again)!.exit(atom('boom'))
    await until('the end', () => !kernel.process(sup))
    expect(logged.at(-1)!.text).toMatch(
      /^Child :undefined of Supervisor .* caused shutdown\n\*\* \(exit\) :reached_max_restart_intensity\nStart Call: /,
    )
    expect(kernel.processes()).toEqual([])
  })

  test('and whose every restart fails ends the supervisor and all children', async () => {
    const { kernel, sup, child } = await start({ maxRestarts: 10 })
    let tries = 0
    const pid = await child({
      id: 'x',
      start: () => (tries++ === 0 ? Counter.startLink({}) : Promise.reject(new ExitError(atom('nope')))),
    })
    await child()
    const ended: Term[] = []
    kernel.process(sup)!.onExit((reason) => void ended.push(reason))
    kernel.process(pid)!.exit(shutdown)
    await until('the end', () => ended.length > 0)
    expect(tries).toBe(11)
    expect(ended).toEqual([shutdown])
    expect(kernel.processes()).toEqual([])
  })

  test('and whose restart fails is tried again, can be ended meanwhile, and counts as a child', async () => {
    const { kernel, sup, child, count } = await start({ maxRestarts: 3, maxChildren: 1 })
    let tries = 0
    let answered: Promise<unknown> | undefined
    const pid: Pid = await child({
      ...counter(),
      start: () => {
        tries++
        if (tries === 1) return Counter.startLink({})
        if (tries === 3)
          answered = Promise.all([
            inProcess(kernel, () => DynamicSupervisor.whichChildren(sup)),
            inProcess(kernel, () => DynamicSupervisor.startChild(sup, counter())).catch(
              (error: Error) => error.message,
            ),
            inProcess(kernel, () => DynamicSupervisor.terminateChild(sup, pid)),
          ])
        return Promise.resolve().then(async () => {
          // Those who ask are heard before it is tried again.
          if (tries === 3) await settled()
          throw new ExitError(atom('nope'))
        })
      },
    })
    kernel.process(pid)!.exit(atom('boom'))
    await until('the third try', () => tries === 3)
    expect(await answered).toEqual([
      [{ id: atom('undefined'), pid: 'restarting', type: 'worker' }],
      expect.stringMatching(
        /^could not start a child of #PID<.*>: there are as many children as its maxChildren allows/,
      ),
      true,
    ])
    await settled()
    expect(tries).toBe(3)
    expect(await count()).toBe(0)
  })

  test('and whose restart returns ignore is removed', async () => {
    const { kernel, child, count } = await start()
    let tries = 0
    const pid = await child({
      ...counter(),
      start: () => (tries++ === 0 ? Counter.startLink({}) : atom('ignore')),
    })
    kernel.process(pid)!.exit(atom('boom'))
    await settled()
    expect(await count()).toBe(0)
  })
})

describe('an invalid specification', () => {
  const all: [unknown, string, RegExp][] = [
    [42, '{:invalid_child_spec, 42}', /expect each child to be an object/],
    [{}, '{:invalid_child_spec, %{}}', /expect each child to be an object/],
    [{ start: 2 }, '{:invalid_mfa, 2}', /start is a function that starts the process/],
    [{ ...counter(), shutdown: -1 }, '{:invalid_shutdown, -1}', /Must be an integer >= 0/],
    [{ ...counter(), restart: 'no' }, '{:invalid_restart_type, :no}', /Must be :permanent/],
    [{ ...counter(), type: 'boss' }, '{:invalid_child_type, :boss}', /Must be :worker or :supervisor/],
    [{ ...counter(), significant: true }, '{:invalid_significant, true}', /no child of a DynamicSupervisor/],
  ]

  // The server of a real node believes what it is sent, and would fail with all of its children.
  test.each(all)('%j is sent to nobody: %s', async (spec, fault, sentence) => {
    const kernel = new LocalKernel()
    const asked = inProcess(kernel, () => DynamicSupervisor.startChild('nobody', spec as never))
    const error = (await asked.catch((thrown: unknown) => thrown)) as ExitError
    expect(inspect(error.reason)).toBe(fault)
    expect(error.message).toMatch(sentence)
  })

  test.each(all)('%j from another node is answered: %s', async (spec, fault) => {
    const { kernel, sup, count } = await start()
    const request = tuple(atom('start_child'), spec as Term)
    const answer = await inProcess(kernel, () => GenServer.call(sup, request))
    expect(inspect(answer)).toBe(`{:error, ${fault}}`)
    expect(await count()).toBe(0)
  })
})

test('a start that fails answers with its reason, and leaves nothing', async () => {
  const { kernel, sup, child, count } = await start({ maxChildren: 2 })
  const failing = (start: () => never | Promise<never>): Promise<string> =>
    child({ id: 'x', start }).then(
      () => '',
      (error: ExitError) => inspect(error.reason, { pretty: false }),
    )
  expect(await failing(() => Promise.reject(new ExitError(atom('nope'))))).toBe(':nope')
  expect(
    await failing(() => {
      throw new Error('oops')
    }),
  ).toMatch(/^\{%RuntimeError\{message: "oops"\}, \[/)
  expect(
    await failing(() => {
      throw atom('oops')
    }),
  ).toMatch(/^\{\{:nocatch, :oops\}, \[/)
  expect(await failing(() => 42 as never)).toBe('{:bad_return_value, 42}')
  await expect(child({ id: 'x', start: () => atom('ignore') })).rejects.toThrow(/its start returned ignore/)
  await expect(child({ ...counter(), restart: 'always' as never })).rejects.toThrow(
    /invalid restart type: :always\. Must be/,
  )
  expect(await count()).toBe(0)
  const none = await start({ maxChildren: 0 })
  await expect(none.child()).rejects.toThrow(/as many children as its maxChildren allows/)
  await child()
  await child()
  await expect(child()).rejects.toThrow(/as many children as its maxChildren allows/)
  await inProcess(kernel, () => DynamicSupervisor.stop(sup))
})

test('every child is started with the extra arguments before its own, also when it is started again', async () => {
  const { kernel, sup, child } = await start({ extraArguments: [1, 2] })
  const given: unknown[][] = []
  kernel.modules.define('Args', {
    start: (a: number, b: number, c: number) => {
      given.push([a, b, c])
      return Counter.startLink({})
    },
  })
  const pid = await child({ id: 'x', start: ['Args', 'start', [3]] })
  kernel.process(pid)!.exit(kill)
  await until('the restart', () => given.length === 2)
  await child({
    id: 'y',
    start: (...extra: readonly never[]) => {
      given.push([...extra])
      return Counter.startLink({})
    },
  })
  expect(given).toEqual([
    [1, 2, 3],
    [1, 2, 3],
    [1, 2],
  ])
  expect(kernel.process(sup)).toBeDefined()
})

describe('a dynamic supervisor with new options', () => {
  test('keeps its children, however many, and uses the new options from then on', async () => {
    const { kernel, sup, child, count } = await start()
    const given: unknown[] = []
    const spec: ChildSpec = {
      id: 'x',
      start: (...extra: readonly never[]) => {
        given.push([...extra])
        return Counter.startLink({})
      },
    }
    const pid = await child(spec)
    await child(spec)
    await inProcess(kernel, () =>
      DynamicSupervisor.reload(sup, { maxChildren: 1, maxRestarts: 1, extraArguments: [7] }),
    )
    expect(await count()).toBe(2)
    await expect(child(spec)).rejects.toThrow(/maxChildren/)
    kernel.process(pid)!.exit(kill)
    await until('the restart', () => given.length === 3)
    expect(given).toEqual([[], [], [7]])
    await settled()
    kernel.process((await pidsOf(kernel, sup))[0] as Pid)!.exit(kill)
    await until('the end', () => !kernel.process(sup))
    expect(kernel.processes()).toEqual([])
  })

  test('refuses invalid options, and continues unchanged', async () => {
    const { kernel, sup, child } = await start({ maxChildren: 1 })
    await inProcess(kernel, async () => {
      for (const options of [
        { strategy: 'rest_for_one' },
        { maxRestarts: -1 },
        { maxSeconds: 0 },
        { maxChildren: -1 },
      ])
        await expect(DynamicSupervisor.reload(sup, options as never)).rejects.toThrow(
          /^bad supervisor configuration, /,
        )
    })
    await child()
    await expect(child()).rejects.toThrow(/maxChildren/)
  })
})

test('all children are ended at the same time, each with its shutdown value', async () => {
  const clock = new SimulatedClock()
  const { kernel, sup, child } = await start({}, new LocalKernel({ clock }))
  await child(counter({ hangs: true, shutdown: 100 }))
  await child(counter({ hangs: true, shutdown: 200 }))
  await child(counter({ hangs: true, shutdown: 'brutal_kill' }))
  await child(counter({ traps: true, shutdown: Number.POSITIVE_INFINITY }))
  const stopped = inProcess(kernel, () => DynamicSupervisor.stop(sup))
  await settled()
  expect(kernel.processes()).toHaveLength(4)
  await clock.advance(100)
  expect(kernel.processes()).toHaveLength(3)
  await clock.advance(100)
  await stopped
  await settled()
  expect(kernel.processes()).toEqual([])
  expect(clock.pending).toBe(0)
  // Those who had to be killed.
  expect(logged.map(({ text }) => text.split('\n')[1])).toEqual(['** (exit) killed', '** (exit) killed'])
  expect(logged[0]!.text).toMatch(/^Child :undefined of Supervisor .* shut down abnormally\n/)
})

describe.each([
  ['with its supervisor', (sup: Pid, _pid: Pid) => DynamicSupervisor.stop(sup, 'shutdown')],
  ['alone', DynamicSupervisor.terminateChild],
] as const)('a child that is told to end %s', (_which, end) => {
  const infinity = Number.POSITIVE_INFINITY
  test.each([
    // what it does when it is told, what its spec says, what it ends with, whether that is reported
    ['nothing', { shutdown: 'brutal_kill' }, killed, false],
    ['nothing', { shutdown: infinity }, shutdown, false],
    ['nothing', { shutdown: 1_000 }, shutdown, false],
    ['nothing', { shutdown: 1 }, shutdown, false],
    ['nothing', { shutdown: 0 }, shutdown, false],
    [tuple(shutdown, atom('oops')), { shutdown: infinity }, tuple(shutdown, atom('oops')), false],
    [tuple(shutdown, atom('oops')), { shutdown: 1_000 }, tuple(shutdown, atom('oops')), false],
    [normal, { shutdown: infinity, restart: 'permanent' }, normal, true],
    [normal, { shutdown: infinity, restart: 'transient' }, normal, false],
    [atom('boom'), { shutdown: 1_000, restart: 'temporary' }, atom('boom'), true],
  ] as [Term, Partial<ChildSpec>, Term, boolean][])(
    'does %s, with %j, and ends with %s',
    async (leaves, spec, reason, reported) => {
      const { kernel, sup, child } = await start()
      const pid = await child({
        id: 'x',
        start: () =>
          spawnLink(async () => {
            if (leaves === 'nothing') return receive()
            Process.flag('trapExit', true)
            await receive()
            exit(asReason(leaves))
          }),
        ...spec,
      })
      await settled()
      const ended: Term[] = []
      kernel.process(pid)!.onExit((why) => void ended.push(why))
      await inProcess(kernel, (): Promise<unknown> => end(sup, pid))
      expect(ended).toEqual([reason])
      expect(logged.map(({ text }) => text.split('\n')[0])).toEqual(
        reported ? [expect.stringMatching(/^Child :undefined of Supervisor .* shut down abnormally$/)] : [],
      )
    },
  )
})

test.each([
  [{ strategy: 'one_for_all' }, '{:invalid_strategy, :one_for_all}'],
  [{ maxRestarts: 'many' }, '{:invalid_intensity, "many"}'],
  [{ maxSeconds: 1.5 }, '{:invalid_period, 1.5}'],
  [{ maxChildren: -1 }, '{:invalid_max_children, -1}'],
  [{ extraArguments: 1 }, '{:invalid_extra_arguments, 1}'],
  [{ autoShutdown: 'any_significant' }, '{:invalid_auto_shutdown, :any_significant}'],
])('%s is bad supervisor configuration', async (options, fault) => {
  const error = await start(options as never).catch((thrown: unknown) => thrown)
  expect(inspect((error as ExitError).reason)).toBe(`{:supervisor_data, ${fault}}`)
  expect((error as ExitError).message).toMatch(/^bad supervisor configuration, /)
})

test('an unknown option is an error that names the options', async () => {
  const kernel = new LocalKernel()
  await inProcess(kernel, async () => {
    const wrong = { maxChild: 1 } as never
    expect(() => DynamicSupervisor.start(wrong)).toThrow(
      /^DynamicSupervisor\.start: unknown option 'maxChild'\. The options are: strategy, maxRestarts, /,
    )
    expect(() => DynamicSupervisor.startLink(wrong)).toThrow(/^DynamicSupervisor\.startLink: unknown option/)
    const supervisor = await DynamicSupervisor.start({ maxChildren: 0 })
    await expect(DynamicSupervisor.reload(supervisor, wrong)).rejects.toThrow(
      /^DynamicSupervisor\.reload: unknown option/,
    )
    await expect(DynamicSupervisor.startChild(supervisor, counter())).rejects.toThrow(/maxChildren/)
  })
})

test('a supervisor starts a dynamic supervisor as its child', async () => {
  const kernel = new LocalKernel()
  await inProcess(kernel, async () => {
    await Supervisor.start([DynamicSupervisor.child({ name: 'Rooms', maxChildren: 1 })], {
      strategy: 'one_for_one',
    })
    const pid = await DynamicSupervisor.startChild('Rooms', counter())
    expect(await GenServer.call(pid, Counter.read())).toBe(0)
    await expect(DynamicSupervisor.startChild('Rooms', counter())).rejects.toThrow(/maxChildren/)
  })
})

test('a supervisor can have several dynamic supervisors with names; two without a name have the same id', async () => {
  const kernel = new LocalKernel()
  await inProcess(kernel, async () => {
    await Registry.start({ keys: 'unique', name: 'Names' })
    const via = { via: [Registry, 'Names', 'rooms'] as const }
    const top = await Supervisor.start(
      [DynamicSupervisor.child({ name: 'Rooms' }), DynamicSupervisor.child({ name: via })],
      { strategy: 'one_for_one' },
    )
    const unnamed = await Supervisor.startChild(top, DynamicSupervisor.child())
    for (const one of ['Rooms', via, unnamed]) expect(await DynamicSupervisor.whichChildren(one)).toEqual([])
    await expect(Supervisor.startChild(top, DynamicSupervisor.child())).rejects.toMatchObject({
      reason: tuple(atom('already_started'), unnamed),
    })
  })
})

describe.each(places)('from $where', ({ meet }) => {
  test('children are started by name, listed and ended', async () => {
    const { here, there } = meet()
    there.modules.define('Counter', { startLink: (n: number) => Counter.startLink({ start: n }) })
    const sup = await inProcess(there, () => DynamicSupervisor.start())
    await inProcess(here, async () => {
      const pid = await DynamicSupervisor.startChild(sup, { start: ['Counter', 'start_link', [3]] })
      expect(await GenServer.call(pid, Counter.read())).toBe(3)
      expect((await DynamicSupervisor.whichChildren(sup)).map((child) => child.pid)).toEqual([pid])
      expect(await DynamicSupervisor.terminateChild(sup, pid)).toBe(true)
      if (here !== there)
        await expect(async () => DynamicSupervisor.startChild(sup, counter())).rejects.toThrow(
          /starts on .*, which does not have its start function: name a function of that node/,
        )
    })
  })
})

import { afterEach, describe, expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import {
  Agent,
  type ChildSpec,
  DynamicSupervisor,
  GenServer,
  noreply,
  Registry,
  reply,
  Supervisor,
  type SupervisorOptions,
  Task,
} from '../../../src/gen/index.ts'
import {
  asReason,
  type Kernel,
  LocalKernel,
  Process,
  type Report,
  receive,
  reports,
} from '../../../src/process/index.ts'
import {
  atom,
  ExitError,
  inspect,
  kill,
  normal,
  type Pid,
  shutdown,
  type Term,
} from '../../../src/term/index.ts'
import { inProcess, settled, until } from '../../support/processes.ts'

const logged: Report[] = []
const listen = (message: unknown): void => void logged.push(message as Report)
reports.subscribe(listen)
afterEach(() => logged.splice(0))

/** What happened to the children, in order: `+a` started, `-a` ended by itself while it trapped exits. */
let log: string[] = []
afterEach(() => {
  log = []
})

const Worker = GenServer.define({
  init: ({ id, traps = true, fails = false }: { id: string; traps?: boolean; fails?: boolean }) => {
    if (fails) throw new Error(`${id} does not start`)
    Process.flag('trapExit', traps)
    log.push(`+${id}`)
    return id
  },
  call: { id: (id) => reply(id, id) },
  cast: {
    crash: (): never => {
      throw new Error('oops')
    },
    leave: (id, reason: Term) => {
      Process.exit(Process.whereis(id)!, asReason(reason))
      return noreply(id)
    },
  },
  terminate: (reason, id) => void log.push(`-${id} ${inspect(reason)}`),
})

const worker = (id: string, options: Partial<ChildSpec> & { fails?: boolean } = {}): ChildSpec => {
  const { fails = false, ...rest } = options
  return { ...Worker.child({ id, fails }, { name: id }), ...rest }
}

async function start(
  kernel: Kernel,
  children: readonly ChildSpec[],
  options: SupervisorOptions,
): Promise<{ pid: Pid; pids: () => (Pid | undefined)[] }> {
  const pid = await inProcess(kernel, () => Supervisor.start(children, options))
  return { pid, pids: () => children.map(({ id }) => kernel.whereis(atom(String(id)) as never)?.pid) }
}

const crash = (kernel: Kernel, id: string): Promise<void> =>
  inProcess(kernel, () => GenServer.cast(id, Worker.crash()))

test('children are started in order and ended in reverse', async () => {
  const kernel = new LocalKernel()
  const { pid } = await start(
    kernel,
    ['a', 'b', 'c'].map((id) => worker(id)),
    { strategy: 'one_for_one' },
  )
  await inProcess(kernel, () => GenServer.stop(pid, shutdown))
  expect(log).toEqual(['+a', '+b', '+c', '-c :shutdown', '-b :shutdown', '-a :shutdown'])
  await settled()
  expect(kernel.processes()).toEqual([])
})

describe('when a child fails', () => {
  test.each([
    ['one_for_one', ['+b']],
    ['one_for_all', ['-c :shutdown', '-a :shutdown', '+a', '+b', '+c']],
    ['rest_for_one', ['-c :shutdown', '+b', '+c']],
  ] as const)('%s starts again whom it says', async (strategy, expected) => {
    const kernel = new LocalKernel()
    const { pids } = await start(
      kernel,
      ['a', 'b', 'c'].map((id) => worker(id)),
      { strategy },
    )
    const before = pids()
    log = []
    await crash(kernel, 'b')
    await until('the restart', () => log.at(-1) === expected.at(-1) && pids().every((pid) => pid))
    expect(log.slice(1)).toEqual(expected)
    expect(log[0]).toMatch(/^-b \{%RuntimeError/)
    const same = pids().map((pid, index) => pid === before[index])
    expect(same).toEqual(
      {
        one_for_one: [true, false, true],
        one_for_all: [false, false, false],
        rest_for_one: [true, false, false],
      }[strategy],
    )
    expect(logged.map(({ text }) => text.split('\n')[0])).toEqual([
      'GenServer :b terminating',
      expect.stringMatching(/^Child :b of Supervisor #PID<.*> \(Supervisor.Default\) terminated$/),
    ])
  })

  test.each([
    ['permanent', atom('boom'), true],
    ['permanent', normal, true],
    ['transient', atom('boom'), true],
    ['transient', normal, false],
    ['transient', shutdown, false],
    ['temporary', atom('boom'), false],
  ] as const)('a %s one that ends with %s is started again: %s', async (restart, reason, again) => {
    const kernel = new LocalKernel()
    const { pid } = await start(kernel, [worker('a', { restart })], { strategy: 'one_for_one' })
    kernel.whereis(atom('a') as never)!.exit(reason)
    await settled()
    expect(kernel.whereis(atom('a') as never) !== undefined).toBe(again)
    expect(kernel.process(pid)).toBeDefined()
    const children = await inProcess(kernel, () => Supervisor.whichChildren(pid))
    expect(children.map(({ id }) => id)).toEqual(restart === 'temporary' ? [] : [atom('a')])
  })

  test('too many restarts within the window end the supervisor and its children', async () => {
    const clock = new SimulatedClock()
    const kernel = new LocalKernel({ clock })
    const { pid } = await start(kernel, [worker('a'), worker('b')], {
      strategy: 'one_for_one',
      maxRestarts: 2,
      maxSeconds: 5,
    })
    for (let n = 0; n < 4; n++) {
      await crash(kernel, 'a')
      await settled()
      await clock.advance(3_000)
    }
    expect(kernel.process(pid)).toBeDefined()
    for (let n = 0; n < 2; n++) {
      await crash(kernel, 'a')
      await settled()
    }
    expect(kernel.process(pid)).toBeUndefined()
    expect(log.at(-1)).toBe('-b :shutdown')
    expect(kernel.processes()).toEqual([])
    expect(logged.at(-1)!.text).toMatch(/caused shutdown\n\*\* \(exit\) :reached_max_restart_intensity/)
  })
})

test('the default limit is three restarts in five seconds', async () => {
  const clock = new SimulatedClock()
  const kernel = new LocalKernel({ clock })
  const sup = await start(kernel, [worker('a')], { strategy: 'one_for_one' })
  const dynamic = await inProcess(kernel, () => DynamicSupervisor.start())
  await inProcess(kernel, () => DynamicSupervisor.startChild(dynamic, worker('b')))
  const fail = async (): Promise<void> => {
    for (const id of ['a', 'b']) await crash(kernel, id)
    await settled()
  }
  for (let n = 0; n < 3; n++) await fail()
  await clock.advance(6_000)
  for (let n = 0; n < 3; n++) await fail()
  expect(kernel.processes()).toHaveLength(4)
  await fail()
  expect(kernel.process(sup.pid) ?? kernel.process(dynamic)).toBeUndefined()
  expect(kernel.processes()).toEqual([])
})

test('a child that fails to start ends the children before it, and the start of the supervisor fails', async () => {
  const kernel = new LocalKernel()
  const error = await start(kernel, [worker('a'), worker('b', { fails: true }), worker('c')], {
    strategy: 'one_for_one',
  }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ExitError)
  expect((error as ExitError).message).toMatch(/failed to start child: :b\n(.|\n)*b does not start/)
  expect(log).toEqual(['+a', '-a :shutdown'])
  await settled()
  expect(kernel.processes()).toEqual([])
})

test('two children with the same id are an error', async () => {
  const kernel = new LocalKernel()
  await expect(start(kernel, [worker('a'), worker('a')], { strategy: 'one_for_one' })).rejects.toThrow(
    /more than one child specification has the id: :a\. Give one of them another id/,
  )
})

test('a child that does not end in time is killed', async () => {
  const clock = new SimulatedClock()
  const kernel = new LocalKernel({ clock })
  const stubborn: ChildSpec = {
    id: 'stubborn',
    shutdown: 1_000,
    start: async () => {
      const { pid } = kernel.spawn(
        async () => {
          Process.flag('trapExit', true)
          for (;;) await receive()
        },
        { link: kernel.process((await import('../../../src/process/index.ts')).self())! },
      )
      return pid
    },
  }
  const { pid } = await start(kernel, [stubborn], { strategy: 'one_for_one' })
  await settled()
  kernel.signal({ type: 'exit2', from: kernel.user, to: pid, reason: shutdown })
  void inProcess(kernel, () => GenServer.stop(pid, shutdown)).catch(() => {})
  await clock.advance(999)
  expect(kernel.process(pid)).toBeDefined()
  await clock.advance(1)
  expect(kernel.process(pid)).toBeUndefined()
  expect(kernel.processes()).toEqual([])
})

test('children are added, ended, started again and deleted', async () => {
  const kernel = new LocalKernel()
  await start(kernel, [worker('a')], { strategy: 'one_for_one', name: 'sup' })
  await inProcess(kernel, async () => {
    const pid = await Supervisor.startChild('sup', worker('b'))
    expect(Process.whereis('b')).toBe(pid)
    await expect(Supervisor.startChild('sup', worker('b'))).rejects.toThrow(/already started/)
    expect(await Supervisor.countChildren('sup')).toEqual({ specs: 2, active: 2, supervisors: 0, workers: 2 })
    expect((await Supervisor.whichChildren('sup')).map(({ id }) => id)).toEqual([atom('b'), atom('a')])
    expect(await Supervisor.terminateChild('sup', 'b')).toBe(true)
    expect(Process.whereis('b')).toBeUndefined()
    await expect(Supervisor.deleteChild('sup', 'a')).rejects.toThrow(/it is running/)
    expect(await Supervisor.restartChild('sup', 'b')).toBe(Process.whereis('b'))
    await Supervisor.terminateChild('sup', 'b')
    await Supervisor.deleteChild('sup', 'b')
    expect(await Supervisor.terminateChild('sup', 'nobody')).toBe(false)
    await expect(Supervisor.restartChild('sup', 'nobody')).rejects.toThrow(ExitError)
  })
})

describe.each([
  ['a supervisor', Supervisor.startLink, Supervisor.start, [[], { strategy: 'one_for_one', name: 'Name' }]],
  ['a dynamic supervisor', DynamicSupervisor.startLink, DynamicSupervisor.start, [{ name: 'Name' }]],
  ['a task supervisor', Task.Supervisor.startLink, Task.Supervisor.start, [{ name: 'Name' }]],
  ['an agent', Agent.startLink, Agent.start, [() => 0, { name: 'Name' }]],
  ['a registry', Registry.startLink, Registry.start, [{ keys: 'unique', name: 'Name' }]],
] as [string, (...args: never[]) => Promise<Pid>, (...args: never[]) => Promise<Pid>, never[]][])(
  '%s',
  (_what, startLink, start, args) => {
    test('that is linked to its starter has its name, and ends with the starter', async () => {
      const kernel = new LocalKernel()
      const parent = kernel.spawn(async () => {
        await startLink(...args)
        await receive()
      })
      await settled()
      const started = kernel.whereis(atom('Elixir.Name') as never)!
      expect([...parent.links.pids]).toEqual([started.pid])
      parent.exit(atom('boom'))
      await settled()
      expect(kernel.processes()).toEqual([])
    })

    test('that has no link stays until it is stopped', async () => {
      const kernel = new LocalKernel()
      const pid = await inProcess(kernel, () => start(...args))
      await settled()
      expect([...kernel.process(pid)!.links.pids]).toEqual([])
      expect(kernel.whereis(atom('Elixir.Name') as never)!.pid).toBe(pid)
      await inProcess(kernel, () => GenServer.stop('Name'))
      await settled()
      expect(kernel.processes()).toEqual([])
    })
  },
)

describe('a supervisor that is given other children and options', () => {
  const ids = async (kernel: Kernel): Promise<[unknown, boolean][]> =>
    (await inProcess(kernel, () => Supervisor.whichChildren('sup'))).map(({ id, pid }) => [String(id), !!pid])

  test('neither ends nor starts children; listed children come first, other children stay', async () => {
    const kernel = new LocalKernel()
    const { pids } = await start(kernel, [worker('a'), worker('b'), worker('c')], {
      strategy: 'one_for_one',
      name: 'sup',
    })
    const before = pids()
    log = []
    await inProcess(kernel, () =>
      Supervisor.reload('sup', [worker('c'), worker('new'), worker('a')], { strategy: 'one_for_one' }),
    )
    expect(log).toEqual([])
    expect(pids()).toEqual(before)
    expect(await ids(kernel)).toEqual([
      ['b', true],
      ['a', true],
      ['new', false],
      ['c', true],
    ])
    await crash(kernel, 'b')
    await until('the restart', () => log.at(-1) === '+b')
    await inProcess(kernel, async () => {
      await Supervisor.restartChild('sup', 'new')
      await Supervisor.terminateChild('sup', 'b')
      await Supervisor.deleteChild('sup', 'b')
    })
    expect(await ids(kernel)).toEqual([
      ['a', true],
      ['new', true],
      ['c', true],
    ])
    await inProcess(kernel, () => GenServer.stop('sup', shutdown))
    expect(log.slice(-3)).toEqual(['-a :shutdown', '-new :shutdown', '-c :shutdown'])
    await settled()
    expect(kernel.processes()).toEqual([])
  })

  test('uses the new strategy, specification and restart limit from then on; earlier restarts still count', async () => {
    const kernel = new LocalKernel()
    const { pid, pids } = await start(kernel, [worker('a'), worker('b')], {
      strategy: 'one_for_one',
      name: 'sup',
      maxRestarts: 1,
    })
    await crash(kernel, 'a')
    await until('the restart', () => pids().every((one) => one))
    const [a] = pids()
    const other = { ...Worker.child({ id: 'b2' }, { name: 'b2' }), id: 'b' }
    await inProcess(kernel, () =>
      Supervisor.reload('sup', [worker('a'), other], { strategy: 'one_for_all', maxRestarts: 2 }),
    )
    await crash(kernel, 'b')
    await until('the restart', () => log.at(-1) === '+b2')
    expect(log.slice(-4, -1)).toEqual([expect.stringMatching(/^-b /), '-a :shutdown', '+a'])
    expect(kernel.whereis(atom('a') as never)!.pid).not.toBe(a)
    await crash(kernel, 'a')
    await until('the end', () => !kernel.process(pid))
    await settled()
    expect(kernel.processes()).toEqual([])
  })

  test('keeps a child between two restart attempts, and starts it with the new specification', async () => {
    const kernel = new LocalKernel()
    let tries = 0
    let reloaded: Promise<void> | undefined
    const flaky: ChildSpec = {
      id: 'a',
      start: () => {
        if (tries++ === 0) return Worker.startLink({ id: 'a' }, { name: 'a' })
        reloaded ??= inProcess(kernel, () =>
          Supervisor.reload('sup', [worker('a')], { strategy: 'one_for_one', maxRestarts: 1_000 }),
        )
        throw new ExitError(atom('nope'))
      },
    }
    await start(kernel, [flaky], { strategy: 'one_for_one', name: 'sup', maxRestarts: 1_000 })
    await crash(kernel, 'a')
    await until('the other try', () => log.filter((line) => line === '+a').length === 2)
    await reloaded
    expect(await ids(kernel)).toEqual([['a', true]])
  })

  test('refuses invalid children and options with the error of a start, and continues unchanged', async () => {
    const kernel = new LocalKernel()
    const { pids } = await start(kernel, [worker('a')], { strategy: 'one_for_one', name: 'sup' })
    await inProcess(kernel, async () => {
      await expect(
        Supervisor.reload('sup', [worker('a'), worker('a')], { strategy: 'one_for_one' }),
      ).rejects.toThrow(/more than one child specification has the id: :a\. Give one of them another id/)
      await expect(Supervisor.reload('sup', [], { strategy: 'one_for_none' as never })).rejects.toThrow(
        /^bad supervisor configuration, .*one_for_none/,
      )
      await expect(Supervisor.reload(Process.whereis('a')!, [], { strategy: 'one_for_one' })).rejects.toThrow(
        /expected a supervisor/,
      )
      expect(await GenServer.call('a', Worker.id())).toBe('a')
    })
    expect(await ids(kernel)).toEqual([['a', true]])
    await crash(kernel, 'a')
    await until('the restart', () => log.at(-1) === '+a' && pids().every((pid) => pid))
  })
})

test('a supervisor that is killed ends its children', async () => {
  const kernel = new LocalKernel()
  const { pid } = await start(
    kernel,
    [Supervisor.child([worker('a')], { strategy: 'one_for_one', name: 'inner' }), worker('b')],
    { strategy: 'one_for_one' },
  )
  expect(kernel.processes()).toHaveLength(4)
  kernel.process(pid)!.exit(kill)
  await settled()
  expect(kernel.processes()).toEqual([])
})

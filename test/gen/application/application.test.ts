import { afterEach, expect, onTestFinished, test } from 'vitest'
import { Application, configure, GenServer, reply, Supervisor } from '../../../src/gen/index.ts'
import { LocalKernel, Process, type Report, reports } from '../../../src/process/index.ts'
import { atom, type Float, float, kill, type Pid, type Term, tuple } from '../../../src/term/index.ts'
import { inProcess, settled, until } from '../../support/processes.ts'
import { runProgram } from '../../support/program.ts'

const logged: Report[] = []
const listen = (message: unknown): void => void logged.push(message as Report)
reports.subscribe(listen)
afterEach(() => logged.splice(0))

const Server = GenServer.define({
  init: ({ name, log }: { name: string; log: string[] }) => {
    Process.flag('trapExit', true)
    log.push(`+${name}`)
    return { name, log }
  },
  call: { name: (state) => reply(state.name, state) },
  terminate: (_reason, { name, log }) => void log.push(`-${name}`),
})

const chat = (log: string[]) =>
  Application.define({
    name: 'chat',
    modules: { Chat: { receiveMessage: (text: string) => text } },
    env: { colour: 'red', size: 1 },
    start: () =>
      Supervisor.startLink(
        ['one', 'two'].map((name) => Server.child({ name, log }, { name })),
        {
          strategy: 'one_for_one',
          name: 'Chat.Supervisor',
        },
      ),
    stop: () => void log.push('stopped'),
  })

test('an application starts its processes and makes its functions callable; stopping ends them in reverse', async () => {
  const kernel = new LocalKernel()
  const log: string[] = []
  await inProcess(kernel, async () => {
    await Application.start(chat(log))
    expect(Application.startedApplications()).toEqual(['chat'])
    await expect(Application.start(chat(log))).rejects.toThrow(/already started/)
    expect(Process.whereis('Chat.Supervisor')).toBeDefined()
    expect(kernel.modules.find(atom('Elixir.Chat') as never, atom('receive_message'), 1)).toBeDefined()
  })
  // Whoever started it is gone.
  await settled()
  expect(log).toEqual(['+one', '+two'])
  await inProcess(kernel, async () => {
    expect(await Application.stop('chat')).toBe(true)
    expect(await Application.stop('chat')).toBe(false)
    expect(Application.startedApplications()).toEqual([])
  })
  expect(log).toEqual(['+one', '+two', '-two', '-one', 'stopped'])
  await settled()
  expect(kernel.processes()).toEqual([])
  expect(logged).toEqual([])
})

test('a value of the environment that was set before is kept', async () => {
  const kernel = new LocalKernel()
  await inProcess(kernel, async () => {
    Application.putEnv('chat', 'colour', 'blue')
    await Application.start({
      ...chat([]),
      start: () => Supervisor.startLink([], { strategy: 'one_for_one' }),
    })
    expect(Application.getEnv('chat', 'colour')).toBe('blue')
    expect(Application.getEnv('chat', 'size')).toBe(1)
    expect(Application.getEnv('chat', 'shape', 'round')).toBe('round')
    expect(Application.getEnv('other', 'size')).toBeUndefined()
    expect(Application.getAllEnv('chat')).toEqual({ colour: 'blue', size: 1 })
  })
})

test('the configuration overrides the environment that an application brings, on every kernel; putEnv overrides both on one', async () => {
  configure({ chat: { size: 2, shape: undefined } })
  onTestFinished(() => configure({}))
  const kernels = [new LocalKernel(), new LocalKernel()]
  for (const kernel of kernels)
    await inProcess(kernel, async () => {
      await Application.start({ ...chat([]), env: { size: 1, shape: 'round', colour: 'red' } })
      expect(Application.getAllEnv('chat')).toEqual({ size: 2, shape: undefined, colour: 'red' })
      expect(Application.fetchEnv('chat', 'shape')).toEqual({ ok: undefined })
      expect(Application.fetchEnv('chat', 'toString')).toBeUndefined()
    })
  await inProcess(kernels[0]!, async () => Application.putEnv('chat', 'size', 3))
  for (const [index, size] of [3, 2].entries())
    await inProcess(kernels[index]!, async () =>
      expect(Application.fetchEnvOrThrow('chat', 'size')).toBe(size),
    )
})

test('a missing value is an ArgumentError in the words of Elixir', async () => {
  await inProcess(new LocalKernel(), async () => {
    expect(() => Application.fetchEnvOrThrow('chat', 'size')).toThrow(
      'could not fetch application environment :size for application :chat because the application was not loaded nor configured',
    )
    Application.putEnv('chat', 'colour', 'blue')
    expect(() => Application.fetchEnvOrThrow('chat', 'size')).toThrow(
      'could not fetch application environment :size for application :chat because configuration at :size was not set',
    )
  })
})

test('an application that fails to start throws its reason, and can be started again', async () => {
  const kernel = new LocalKernel()
  const failing = Application.define({
    name: 'failing',
    start: (): Pid => {
      throw new Error('no disk')
    },
  })
  await inProcess(kernel, async () => {
    await expect(Application.start(failing)).rejects.toThrow(/no disk/)
    await Application.start({ name: 'failing' })
  })
})

test('an application ends with its top supervisor, with a report', async () => {
  const kernel = new LocalKernel()
  const log: string[] = []
  await inProcess(kernel, () => Application.start(chat(log)))
  kernel.whereis(atom('Elixir.Chat.Supervisor') as never)!.exit(kill)
  await until('the report', () => logged.some(({ text }) => text.startsWith('Application chat exited: ')))
  expect(await inProcess(kernel, () => Application.startedApplications())).toEqual([])
})

test('a program stops its applications in reverse order at SIGTERM', async () => {
  const { code, stdout } = await runProgram(`
    import { Application, GenServer, Supervisor } from 'moebi/gen'
    import { LocalKernel, Process, setDefaultKernel } from 'moebi/process'
    setDefaultKernel(new LocalKernel())
    const Server = GenServer.define({
      init: (name) => { Process.flag('trapExit', true); return name },
      terminate: (reason, name) => console.log('-' + name),
    })
    for (const name of ['first', 'second'])
      await Application.start({
        name,
        start: () => Supervisor.startLink([Server.child(name)], { strategy: 'one_for_one' }),
      })
    process.kill(process.pid, 'SIGTERM')
    setInterval(() => {}, 1_000)
  `)
  expect({ code, stdout }).toEqual({ code: 0, stdout: '-second\n-first\n' })
})

test('a stop function that fails is reported, and the other applications still stop', async () => {
  const kernel = new LocalKernel()
  const log: string[] = []
  const start = () => Supervisor.startLink([], { strategy: 'one_for_one' })
  await inProcess(kernel, async () => {
    await Application.start({ name: 'first', start, stop: () => void log.push('first') })
    await Application.start({
      name: 'second',
      start,
      stop: () => {
        throw new Error('no disk')
      },
    })
    // Who asks while they end waits too.
    await Promise.all([Application.stopAll(), Application.stopAll().then(() => log.push('done'))])
  })
  expect(log).toEqual(['first', 'done'])
  expect(logged.map(({ text }) => text.split('\n')[0])).toEqual([
    'The stop function of application second failed: ** (RuntimeError) no disk',
  ])
  await settled()
  expect(kernel.processes()).toEqual([])
})

test('a program that listens to SIGTERM itself is not ended', async () => {
  const { code, stdout } = await runProgram(`
    import { Application, Supervisor } from 'moebi/gen'
    import { LocalKernel, setDefaultKernel } from 'moebi/process'
    setDefaultKernel(new LocalKernel())
    process.once('SIGTERM', async () => {
      await Application.stopAll()
      console.log('mine')
      process.exit(3)
    })
    await Application.start({
      name: 'first',
      start: () => Supervisor.startLink([], { strategy: 'one_for_one' }),
      stop: () => console.log('stopped'),
    })
    process.kill(process.pid, 'SIGTERM')
    setInterval(() => {}, 1_000)
  `)
  expect({ code, stdout }).toEqual({ code: 3, stdout: 'stopped\nmine\n' })
})

test('a node announces its shutdown after its applications have stopped at SIGTERM', async () => {
  const { code, stdout } = await runProgram(`
    import { Application, Supervisor } from 'moebi/gen'
    import { Node } from 'moebi/node'
    import { startEpmd } from 'moebi/epmd'
    const epmd = await startEpmd({ port: 0, addresses: ['127.0.0.1'] })
    process.env.ERL_EPMD_PORT = String(epmd.port)
    const kate = await Node.start({ name: 'kate@localhost', cookie: 'c' })
    const alex = await Node.start({ name: 'alex@localhost', cookie: 'c' })
    await alex.run(() => Node.connect('kate@localhost'))
    await alex.run(() => Application.start({
      name: 'first',
      start: () => Supervisor.startLink([], { strategy: 'one_for_one' }),
      stop: () => console.log('stopped, and knows', Node.list().join()),
    }))
    process.on('exit', () => console.log(kate.peers.list().join() || 'nobody'))
    process.kill(process.pid, 'SIGTERM')
    setInterval(() => {}, 1_000)
  `)
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'stopped, and knows kate@localhost\nnobody\n' })
})

test('functions get Float where a float has no fraction, and numbers with floats: number', async () => {
  const kernel = new LocalKernel()
  const isFree = (price: number) => price === 0
  const echo = (term: Term) => term
  await inProcess(kernel, async () => {
    await Application.start(
      Application.define({ name: 'a', floats: 'number', modules: { Shop: { isFree, echo } } }),
    )
    await Application.start(Application.define({ name: 'b', modules: { Relay: { echo } } }))
    const call = (module: string, name: string, arg: Term) =>
      kernel.apply(atom(`Elixir.${module}`) as never, atom(name) as never, [arg])
    expect(call('Shop', 'is_free', float(0))).toBe(true)
    expect(call('Shop', 'echo', tuple([float(0)]))).toEqual(tuple([0]))
    expect(call('Relay', 'echo', float(0))).toEqual(float(0))
    const wrong = Application.define({ name: 'c', floats: 'numbers' as never })
    await expect(Application.start(wrong)).rejects.toThrow(
      "the application c: floats is 'exact' or 'number', got: numbers",
    )
  })
})

test('an application whose functions take numbers says what a Float is', () => {
  const modules = {
    price: { Shop: { isFree: (price: number) => price === 0 } },
    nested: { Shop: { total: (...orders: { items: { price: number }[] }[]) => orders.length } },
    pair: { Shop: { sum: ([a, b]: readonly [string, 1 | 2], _c?: Term) => a + b } },
    exact: { Shop: { isFree: (price: number | Float, _any: unknown, _term: Term, _text: string) => price } },
    server: { Shop: Server },
    none: { Shop: { version: 1, list: (from: Pid) => from } },
  }
  // @ts-expect-error floats is missing
  Application.define({ name: 'shop', modules: modules.price })
  // @ts-expect-error floats is missing
  Application.define({ name: 'shop', modules: modules.nested })
  // @ts-expect-error floats is missing
  Application.define({ name: 'shop', modules: modules.pair })
  Application.define({ name: 'shop', modules: modules.price, floats: 'number' })
  Application.define({ name: 'shop', modules: modules.nested, floats: 'exact' })
  Application.define({ name: 'shop', modules: modules.exact })
  Application.define({ name: 'shop', modules: modules.server })
  expect(Application.define({ name: 'shop', modules: modules.none }).name).toBe('shop')
})

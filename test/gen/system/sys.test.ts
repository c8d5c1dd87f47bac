import { describe, expect, test } from 'vitest'
import {
  Agent,
  DynamicSupervisor,
  GenServer,
  noreply,
  reply,
  Supervisor,
  sys,
  Task,
} from '../../../src/gen/index.ts'
import { type Kernel, LocalKernel, Process, receive, self, send } from '../../../src/process/index.ts'
import {
  atom,
  charlist,
  type ErlangError,
  type ExitError,
  isTuple,
  type Pid,
  type Term,
  tuple,
} from '../../../src/term/index.ts'
import { Idle, inProcess, settled } from '../../support/processes.ts'
import { places } from '../places.ts'

const Counter = GenServer.define({
  init: (start: number) => start,
  call: { add: (n, by: number) => reply(n + by, n + by), get: (n) => reply(n, n) },
  cast: { set: (_n, to: number) => noreply(to) },
  info: (_message, n) => noreply(n + 100),
  codeChange: (version, n: number, extra) => {
    if (extra === 'bad') throw new Error('no way')
    return n + Number(version)
  },
})
const Doubles = {
  double: (n: number) => n * 2,
  fail: (_n?: number) => {
    throw new TypeError('odd')
  },
}

describe.each(places)('a server $where', ({ meet }) => {
  async function counter(): Promise<{
    here: Kernel
    there: Kernel
    to: { name: string; node: string }
    pid: Pid
  }> {
    const { here, there } = meet()
    here.modules.define('Doubles', Doubles)
    there.modules.define('Doubles', Doubles)
    const pid = await inProcess(there, () => Counter.start(3, { name: 'Counter' }))
    return { here, there, to: { name: 'Counter', node: there.name.name }, pid }
  }

  test('returns its state, and accepts another one', async () => {
    const { here, to } = await counter()
    await inProcess(here, async () => {
      expect(await sys.getState(to)).toBe(3)
      expect(await sys.replaceState(to, Doubles.double)).toBe(6)
      expect(await GenServer.call(to, Counter.get())).toBe(6)
      const error = await sys.replaceState(to, Doubles.fail as never).catch((error: unknown) => error)
      expect((error as ErlangError).reason).toMatchObject({
        elements: [
          atom('callback_failed'),
          tuple(atom('gen_server'), atom('system_replace_state')),
          tuple(atom('error'), expect.objectContaining({ message: 'TypeError: odd' })),
        ],
      })
      expect(await sys.getState(to)).toBe(6)
    })
  })

  test('handles no messages while it is suspended, and then all of them in order', async () => {
    const { here, to } = await counter()
    await inProcess(here, async () => {
      await sys.suspend(to)
      const late = await GenServer.call(to, Counter.get(), { timeout: 5 }).catch(
        (error: ExitError) => error.message,
      )
      expect(late).toContain('** (EXIT) time out')
      const calls = [GenServer.call(to, Counter.add(1)), GenServer.call(to, Counter.add(1))]
      GenServer.cast(to, Counter.set(0))
      expect(await sys.getState(to)).toBe(3)
      await sys.resume(to)
      const after = GenServer.call(to, Counter.get())
      expect(await Promise.all([...calls, after])).toEqual([4, 5, 0])
    })
  })

  test('changes its code while it is suspended, and only then', async () => {
    const { here, to } = await counter()
    await inProcess(here, async () => {
      await expect(sys.changeCode(to, 'Counter', 10)).rejects.toThrow('unknown_system_msg')
      await sys.suspend(to)
      await sys.changeCode(to, 'Counter', 10)
      await expect(sys.changeCode(to, 'Counter', 10, 'bad')).rejects.toThrow('no way')
      await sys.resume(to)
      expect(await sys.getState(to)).toBe(13)
    })
  })

  test('takes no new code from another node when the code has no name there', async () => {
    const { here, there, to } = await counter()
    await inProcess(here, async () => {
      if (here === there) await GenServer.reload(to, Counter, 1)
      else
        await expect(GenServer.reload(to, Counter, 1)).rejects.toThrow(
          /the server is on .*, and code cannot be sent there: name a module of that node/,
        )
      expect(await GenServer.call(to, Counter.get())).toBe(here === there ? 4 : 3)
    })
  })

  test('takes new code by the name of its module, also from another node', async () => {
    const { here, there, to } = await counter()
    const Twice = GenServer.define({
      init: () => 0,
      call: { get: (n) => reply(`twice ${n}`, n) },
      codeChange: (_oldVersion, n: number, extra: Term) => {
        if (extra === 'bad') throw new Error('no way')
        return n * 2
      },
    })
    there.modules.define('Twice', Twice)
    await inProcess(here, async () => {
      await expect(GenServer.reload(to, 'Twice', 1, 'bad')).rejects.toThrow('no way')
      expect(await GenServer.call(to, Counter.get())).toBe(3)
      await GenServer.reload(to, 'Twice')
      expect(await GenServer.call(to, Twice.get())).toBe('twice 6')
      // A defined server that both nodes export goes by its name.
      here.modules.define('Twice', Twice)
      await GenServer.reload(to, Twice)
      expect(await GenServer.call(to, Twice.get())).toBe('twice 12')
    })
  })

  test('keeps its callbacks when its code is changed by a name that is not a server there', async () => {
    const { here, there, to } = await counter()
    there.modules.define('Doubles', Doubles)
    await inProcess(here, async () => {
      await GenServer.reload(to, 'Doubles', 1)
      expect(await GenServer.call(to, Counter.get())).toBe(4)
    })
  })

  test('that is an agent changes its state with the function that comes with the new code', async () => {
    const { here, there } = meet()
    there.modules.define('Doubles', Doubles)
    await inProcess(there, () => Agent.start(() => 21, { name: 'agent' }))
    await inProcess(here, async () => {
      const to = { name: 'agent', node: there.name }
      const change = (extra?: Term): Promise<void> => sys.changeCode(to, 'Doubles', 'vsn', extra)
      const call = (name: string): Term => tuple(atom('Elixir.Doubles'), atom(name), [])
      await expect(change(call('double'))).rejects.toThrow('unknown_system_msg')
      await sys.suspend(to)
      await change(call('double'))
      await expect(change(call('fail'))).rejects.toThrow('odd')
      await expect(change()).rejects.toThrow(/was asked to run \[\], expected a function/)
      await sys.resume(to)
      expect(await Agent.get(to, 'Doubles', 'double', [])).toBe(84)
    })
  })

  test('that is a supervisor reads its children and options again, and ends no child', async () => {
    const { here, there } = meet()
    there.modules.define('Counter', { startLink: (n: number) => Counter.startLink(n) })
    const child = (id: string) => ({ id, start: ['Counter', 'start_link', [1]] as const })
    await inProcess(there, () =>
      Supervisor.start([child('a'), child('b'), child('c')], { strategy: 'one_for_one', name: 'Tree' }),
    )
    await inProcess(here, async () => {
      const to = { name: 'Tree', node: there.name }
      await Supervisor.startChild(to, child('d'))
      await Supervisor.terminateChild(to, 'b')
      await Supervisor.deleteChild(to, 'b')
      const before = await Supervisor.whichChildren(to)
      await expect(sys.changeCode(to, 'Tree')).rejects.toThrow('unknown_system_msg')
      await sys.suspend(to)
      await sys.changeCode(to, 'Tree')
      await sys.resume(to)
      const [d, c, a] = before
      expect(await Supervisor.whichChildren(to)).toEqual([
        d,
        c,
        { id: atom('b'), pid: undefined, type: 'worker' },
        a,
      ])
      expect(await GenServer.call(await Supervisor.restartChild(to, 'b'), Counter.get())).toBe(1)
    })
  })

  test('that is a dynamic supervisor keeps its children', async () => {
    const { here, there } = meet()
    there.modules.define('Counter', { startLink: (n: number) => Counter.startLink(n) })
    await inProcess(there, () => DynamicSupervisor.start({ name: 'Dynamic', maxChildren: 1 }))
    await inProcess(here, async () => {
      const to = { name: 'Dynamic', node: there.name }
      const spec = { start: ['Counter', 'start_link', [1]] as const }
      const pid = await DynamicSupervisor.startChild(to, spec)
      await sys.suspend(to)
      await sys.changeCode(to, 'Dynamic')
      await sys.resume(to)
      expect((await DynamicSupervisor.whichChildren(to)).map((child) => child.pid)).toEqual([pid])
      await expect(DynamicSupervisor.startChild(to, spec)).rejects.toThrow(/maxChildren/)
    })
  })

  test('returns its status in the form of OTP', async () => {
    const { here, to, pid } = await counter()
    const status = await inProcess(here, async () => {
      await sys.suspend(to)
      return sys.getStatus(to)
    })
    expect(status).toEqual(
      tuple(atom('status'), pid, tuple(atom('module'), atom('gen_server')), [
        [tuple(atom('$ancestors'), [])],
        atom('suspended'),
        pid,
        [],
        [
          tuple(atom('header'), charlist('Status for generic server Elixir.Counter')),
          tuple(atom('data'), [
            tuple(charlist('Status'), atom('suspended')),
            tuple(charlist('Parent'), pid),
            tuple(charlist('Logged events'), []),
          ]),
          tuple(atom('data'), [tuple(charlist('State'), 3)]),
        ],
      ]),
    )
  })

  test('counts and keeps its messages and answers', async () => {
    const { here, to } = await counter()
    await inProcess(here, async () => {
      expect(await sys.statistics(to, 'get')).toBeUndefined()
      await sys.statistics(to, true)
      await sys.log(to, 3)
      for (let n = 0; n < 3; n++) await GenServer.call(to, Counter.add(1))
      GenServer.cast(to, Counter.set(1))
      expect(await sys.statistics(to, 'get')).toEqual({ messagesIn: 4, messagesOut: 3 })
      const events = await sys.log(to, 'get')
      expect(events).toMatchObject([
        { elements: [atom('out'), 6, { elements: [self(), expect.anything()] }, 6] },
        { elements: [atom('in'), tuple(atom('$gen_cast'), tuple(atom('set'), 1))] },
        { elements: [atom('noreply'), 1] },
      ])
      await sys.noDebug(to)
      expect(await sys.log(to, 'get')).toEqual([])
    })
  })

  test('ends with the given reason', async () => {
    const { here, to, pid } = await counter()
    const reason = await inProcess(here, async () => {
      here.process(self())!.monitors.monitor(pid)
      await sys.terminate(to, 'shutdown')
      return ((await receive()) as { elements: readonly Term[] }).elements[4]
    })
    expect(reason).toBe(atom('shutdown'))
  })

  test('that does not exist is an exit with the name of the function', async () => {
    const { here } = await counter()
    await inProcess(here, async () => {
      const said = (call: Promise<unknown>): Promise<string> =>
        call.catch((error: Error) => error.message) as never
      expect(await said(sys.getState('nobody'))).toMatch(
        /^exited in: :sys\.get_state\(:nobody\)\n {4}\*\* \(EXIT\) no process/,
      )
      expect(await said(sys.suspend('nobody', { timeout: 10 }))).toMatch(
        /^exited in: :sys\.suspend\(:nobody, 10\)/,
      )
      expect(await said(sys.trace('nobody', true))).toMatch(/^exited in: :sys\.trace\(:nobody, true\)/)
    })
  })

  test('is a supervisor too', async () => {
    const { here, there } = meet()
    await inProcess(there, async () => {
      await Supervisor.start([Counter.child(1, { name: 'one' })], { strategy: 'one_for_one', name: 'Tree' })
      await Task.Supervisor.start({ name: 'Tasks' })
    })
    await inProcess(here, async () => {
      for (const name of ['Tree', 'Tasks']) {
        const to = { name, node: there.name }
        const status = await sys.getStatus(to)
        expect(isTuple(status) && status.elements[0]).toBe(atom('status'))
        expect(await sys.getState(to)).toBeDefined()
        await sys.suspend(to)
        await sys.resume(to)
        await GenServer.stop(to)
      }
    })
  })
})

test('a traced server prints its messages and answers to its group leader', async () => {
  const kernel = new LocalKernel()
  const device = new Idle(kernel)
  await inProcess(kernel, async () => {
    Process.groupLeader(device.pid)
    const pid = await Counter.start(1, { name: 'Counter', debug: ['trace'] })
    await GenServer.call(pid, Counter.add(1))
    GenServer.cast(pid, Counter.set(5))
    send(pid, 'hello')
    await sys.trace(pid, false)
    await GenServer.call(pid, Counter.get())
  })
  await settled()
  const written = device.messages.map(
    (message) => (message as never as { elements: { elements: string[] }[] }).elements[3]!.elements[2],
  )
  expect(written.map((text) => text!.replace(/#PID<[\d.]+>/, '#PID<>'))).toEqual([
    '*DBG* Counter got call {:add, 1} from #PID<>\n',
    '*DBG* Counter sent 2 to #PID<>, new state 2\n',
    '*DBG* Counter got cast {:set, 5}\n',
    '*DBG* Counter new state 5\n',
    '*DBG* Counter got "hello"\n',
    '*DBG* Counter new state 105\n',
  ])
})

test('a suspended server ends with its parent', async () => {
  const kernel = new LocalKernel()
  const Trapping = GenServer.define({
    init: () => void Process.flag('trapExit', true),
  })
  let pid: Pid | undefined
  const parent = kernel.spawn(async () => {
    pid = (await Trapping.startLink(undefined)) as Pid
    await sys.suspend(pid)
    await receive()
  })
  await settled()
  parent.exit(atom('boom'))
  await settled()
  expect(kernel.process(pid!)).toBeUndefined()
})

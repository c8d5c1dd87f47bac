import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveLibrary } from '../../../src/node/library.ts'
import { defineModules } from '../../../src/node/modules/index.ts'
import { startNetKernel } from '../../../src/node/net-kernel/net-kernel.ts'
import { startPg } from '../../../src/node/pg/scopes.ts'
import { defineErpc } from '../../../src/node/rpc/erpc.ts'
import { erpcCall } from '../../../src/node/rpc/request.ts'
import { startRex } from '../../../src/node/rpc/rex.ts'
import { erpc, rpc } from '../../../src/node/rpc/rpc.ts'
import { type Report, reports, runInProcess } from '../../../src/process/index.ts'
import {
  type Atom,
  atom,
  ErlangError,
  ExitError,
  ExportFun,
  Fun,
  kill,
  type Term,
  tuple,
} from '../../../src/term/index.ts'
import { Idle } from '../../support/processes.ts'
import { type Host, Network } from '../network.ts'

const network = new Network()
const alex = network.add('alex')
const kate = network.add('kate')
const crashes: Report[] = []
const note = (message: unknown): void => {
  crashes.push(message as Report)
}
const math = {
  add: (a: number, b: number) => a + b,
  later: async (value: Term) => value,
  fail: () => {
    throw new ErlangError(atom('badarith'))
  },
  leave: () => {
    throw new ExitError(atom('bye'))
  },
  toss: () => {
    throw tuple(atom('ball'), 1)
  },
  date: () => new Date(),
  never: () => new Promise(() => {}),
}

const parts = {
  cookies: undefined as never,
  monitors: undefined as never,
  subscriptions: undefined as never,
  halt: undefined,
  callFun: (fun: Fun) => {
    throw new ErlangError(tuple(atom('badfun'), fun))
  },
}

beforeAll(() => {
  reports.subscribe(note)
  for (const host of [alex, kate]) {
    defineErpc(host.kernel)
    defineModules({ ...parts, kernel: host.kernel, peers: host as never })
    serveLibrary(host.kernel, parts.callFun)
    startNetKernel(host)
    startPg(host)
    host.kernel.modules.define('Math', math)
  }
})

afterAll(() => {
  reports.unsubscribe(note)
  // The process of a call exits with its result, which is not reported as a crash.
  expect(crashes).toEqual([])
})

function as<T>(host: Host, fn: () => Promise<T>): Promise<T> {
  const process = host.kernel.createEphemeral('test')
  return runInProcess(process, fn).finally(() => process.exit(kill))
}

const call = (name: string, ...args: Term[]): Promise<Term> =>
  as(alex, () => erpc.call(kate.kernel.name, 'Math', name, args))
const badrpc = (name: string, ...args: Term[]): Promise<Term> =>
  as(alex, () => rpc.call(kate.kernel.name, 'Math', name, args))
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => (error instanceof ExitError || error instanceof ErlangError ? error.reason : error),
  )

test('a call returns the result of the function, also of an asynchronous one', async () => {
  expect(await call('add', 1, 2)).toBe(3)
  expect(await call('later', 'x')).toBe('x')
  expect(await as(alex, () => erpc.call('kate@localhost', math.add, [1, 2]))).toBe(3)
})

test('errors of the function are thrown by the call, as in erpc', async () => {
  const undef = [tuple(atom('Elixir.Math'), atom('nope'), [1], [])]
  expect(await failure(call('leave'))).toEqual(tuple(atom('exception'), atom('bye')))
  expect(await failure(call('toss'))).toEqual(tuple(atom('ball'), 1))
  expect(await failure(call('nope', 1))).toEqual(tuple(atom('exception'), atom('undef'), undef))
  const [tag, reason, stack] = (await failure(call('fail'))) as Term[]
  expect([tag, reason]).toEqual([atom('exception'), atom('badarith')])
  expect(stack).toBeInstanceOf(Array)
  expect(await failure(as(alex, () => erpc.call('nobody@localhost', 'Math', 'add', [1, 2])))).toEqual(
    tuple(atom('erpc'), atom('noconnection')),
  )
})

test('a result that is not a term is an error of the call', async () => {
  const [tag] = (await failure(call('date'))) as Term[]
  expect(tag).toBe(atom('exception'))
})

test('rpc returns the errors that erpc throws', async () => {
  const exit = (reason: Term): Term => tuple(atom('badrpc'), tuple(atom('EXIT'), reason))
  expect(await badrpc('leave')).toEqual(exit(atom('bye')))
  expect(await badrpc('toss')).toEqual(tuple(atom('ball'), 1))
  expect(await badrpc('nope')).toEqual(
    exit(tuple(atom('undef'), [tuple(atom('Elixir.Math'), atom('nope'), [], [])])),
  )
  expect(await as(alex, () => rpc.call('nobody@localhost', 'Math', 'add', [1, 2]))).toEqual(
    tuple(atom('badrpc'), atom('nodedown')),
  )
})

test('a call that takes too long times out, and leaves no process', async () => {
  const before = alex.kernel.processes().length
  const late = as(alex, () => erpc.call(kate.kernel.name, 'Math', 'never', [], { timeout: 20 }))
  expect(await failure(late)).toEqual(tuple(atom('erpc'), atom('timeout')))
  const positional = as(alex, () => erpc.call(kate.kernel.name, 'Math', 'never', [], 20))
  expect(await failure(positional)).toEqual(tuple(atom('erpc'), atom('timeout')))
  await expect(as(alex, () => erpc.call(kate.kernel.name, 'Math', 'add', [1, 2], 'infinity'))).resolves.toBe(
    3,
  )
  for (const wrong of [{ timeOut: 20 }, '20', { timeout: -1 }, Number.NaN])
    await expect(
      as(alex, () => erpc.call(kate.kernel.name, 'Math', 'add', [1, 2], wrong as never)),
    ).rejects.toThrow('erpc.call: ')
  expect(alex.kernel.processes()).toHaveLength(before)
})

test('a call whose process is killed is an error that says so', async () => {
  const before = new Set(kate.kernel.processes())
  const pending = failure(call('never'))
  while (kate.kernel.processes().length === before.size) await new Promise((resolve) => setImmediate(resolve))
  for (const process of kate.kernel.processes()) if (!before.has(process)) process.exit(kill)
  expect(await pending).toEqual(tuple(atom('signal'), kill))
})

test('the exit of the caller aborts the call', async () => {
  const process = alex.kernel.createEphemeral('caller')
  void erpcCall(process, kate.kernel.name, atom('Elixir.Math'), atom('never'), [])
  const others = alex.kernel.processes().length
  process.exit(kill)
  expect(alex.kernel.processes()).toHaveLength(others - 1)
})

test('external funs of this node are called, others are badfun', async () => {
  const apply = (fun: Term, args: Term): unknown =>
    failure(Promise.resolve().then(() => kate.kernel.apply(atom('erlang'), atom('apply'), [fun, args])))
  const add = new ExportFun(atom('Elixir.Math'), atom('add'), 2)
  const fun = new Fun(atom('erl_eval'), 0, 43, new Uint8Array(16), new Uint8Array(0))
  expect(await apply(add, [1, 2])).toEqual({ value: 3 })
  expect(await apply(add, [1])).toEqual(tuple(atom('badarity'), tuple(add, [1])))
  expect(await apply(fun, [])).toEqual(tuple(atom('badfun'), fun))
})

test('process_info returns the items of a process', async () => {
  const idle = new Idle(kate.kernel)
  idle.process.trapExit = true
  const info = (...items: Term[]): Promise<Term> =>
    as(alex, () => erpc.call(kate.kernel.name, 'erlang', 'process_info', [idle.pid, ...items]))
  expect(await info(atom('trap_exit'))).toEqual(tuple(atom('trap_exit'), true))
  expect(await info(atom('registered_name'))).toEqual([])
  expect(await info([atom('status'), atom('links')])).toEqual([
    tuple(atom('status'), atom('waiting')),
    tuple(atom('links'), []),
  ])
  // OTP 29 asks this about all processes that are linked to a process that crashes.
  const label = tuple(atom('dictionary'), atom('$process_label'))
  const ancestors = tuple(atom('dictionary'), atom('$ancestors'))
  idle.process.label = 'idle'
  expect(await info([label, ancestors])).toEqual([tuple(label, 'idle'), tuple(ancestors, atom('undefined'))])
  expect(await failure(info(atom('colour')))).toMatchObject({
    elements: [atom('exception'), atom('badarg'), {}],
  })
  idle.process.exit(kill)
  expect(await info(atom('links'))).toBe(atom('undefined'))
})

test('rex answers with the features of the node, and whether it is a Moebi node', async () => {
  const moebi: Atom[] = []
  const here = startRex(alex, { onMoebi: (peer) => moebi.push(peer) })
  startRex(kate)
  const bare = network.add('bare')
  network.cut(alex.kernel.name, kate.kernel.name)
  network.connect(alex.kernel.name, kate.kernel.name)
  await new Promise((resolve) => setImmediate(resolve))
  expect(await here.isMoebi(kate.kernel.name)).toBe(true)
  expect(moebi).toEqual([kate.kernel.name])
  // The peer has no rex, and its connection goes down before the wait for its features ends.
  network.connect(alex.kernel.name, bare.kernel.name)
  await new Promise((resolve) => setImmediate(resolve))
  const asked = here.isMoebi(bare.kernel.name)
  network.cut(alex.kernel.name, bare.kernel.name)
  expect(await asked).toBe(false)
})

test('every request to a system process has an answer', async () => {
  const asker = new Idle(alex.kernel)
  const ask = async (name: string, request: Term): Promise<Term> => {
    const message = tuple(atom('$gen_call'), tuple(asker.pid, atom(name)), request)
    alex.kernel.send(asker.pid, { name: atom(name) as Atom, node: kate.kernel.name }, message)
    while (asker.messages.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const [tag, reply] = (asker.messages.shift() as { elements: Term[] }).elements
    expect(tag).toBe(atom(name))
    return reply
  }
  const math = (...rest: Term[]): Term => tuple(atom('call'), atom('Elixir.Math'), ...rest, atom('user'))
  expect(await ask('net_kernel', tuple(atom('is_auth'), alex.kernel.name))).toBe(atom('yes'))
  expect(await ask('net_kernel', 1)).toEqual(tuple(atom('error'), tuple(atom('notsup'), 1)))
  expect(await ask('rex', math(atom('add'), [1, 2]))).toBe(3)
  expect(await ask('rex', math(atom('leave'), []))).toEqual(
    tuple(atom('badrpc'), tuple(atom('EXIT'), atom('bye'))),
  )
  expect(await ask('rex', 1)).toEqual(tuple(atom('badrpc'), tuple(atom('EXIT'), atom('badarg'))))
  expect(await ask('pg', 1)).toEqual(tuple(atom('error'), atom('notsup')))
})

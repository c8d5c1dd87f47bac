import { describe, expect, expectTypeOf, test } from 'vitest'
import { GenServer, type ServerRequest } from '../../../src/gen/index.ts'
import {
  currentKernel,
  drain,
  type Kernel,
  LocalKernel,
  receive,
  self,
  send,
  sleep,
} from '../../../src/process/index.ts'
import {
  atom,
  type ErlangError,
  ExitError,
  nameToAtom,
  noconnection,
  noproc,
  type Term,
  tuple,
} from '../../../src/term/index.ts'
import { Idle, inProcess } from '../../support/processes.ts'
import { twoKernels } from '../../support/two-kernels.ts'
import { Counter } from '../counter.ts'

const badarg = { reason: atom('badarg') } satisfies Partial<ErlangError>
const there = (kernel: Kernel) => ({ name: 'Counter', node: kernel.name.name })

/** Runs a function on one node, with a server `Counter` on the same node or on another one. */
async function onOneAndOnTwo(fn: (server: { name: string; node: string }) => Promise<void>): Promise<void> {
  const one = new LocalKernel()
  const { a, b, settle } = twoKernels()
  for (const [client, server] of [
    [one, one],
    [a, b],
  ] as const) {
    await inProcess(server, () => Counter.start(1, { name: 'Counter' }))
    await inProcess(client, () => fn(there(server)))
    await settle()
    expect(server.whereis(nameToAtom('Counter'))?.monitors.monitoredBy ?? []).toEqual([])
  }
}

const reasonOf = (promise: Promise<unknown>): Promise<Term> =>
  promise.then(
    () => 'no error',
    (error: ExitError) => error.reason,
  )

describe('a request', () => {
  test('is sent at once, and its response is received later', () =>
    onOneAndOnTwo(async (server) => {
      const first = GenServer.sendRequest(server, Counter.add(2))
      const second = GenServer.sendRequest(server, Counter.get())
      const untyped = GenServer.sendRequest(server, atom('get'))
      expect(await GenServer.receiveResponse(second)).toBe(3)
      const sum = await GenServer.receiveResponse(first, 5_000)
      expectTypeOf(sum).toEqualTypeOf<number>()
      expect(sum).toBe(3)
      expectTypeOf(await GenServer.receiveResponse(untyped)).toEqualTypeOf<Term>()
      await expect(GenServer.receiveResponse(first)).rejects.toMatchObject(badarg)
      expect(drain()).toEqual([])
    }))

  test('has the types of the definition, also by its name', () =>
    onOneAndOnTwo(async (server) => {
      const counter = GenServer.at<typeof Counter>(server)
      const request = counter.sendRequest('add', 2)
      expectTypeOf(request).toEqualTypeOf<ServerRequest<number>>()
      const response = await GenServer.waitResponse(request, 'infinity')
      expectTypeOf(response).toEqualTypeOf<{ readonly response: number } | undefined>()
      expect(response).toEqual({ response: 3 })
      const bad = (): unknown[] => [
        // @ts-expect-error a text is not a number
        counter.sendRequest('add', '2'),
        // @ts-expect-error there is no such request
        counter.sendRequest('nothing'),
        // @ts-expect-error a cast has no response
        counter.sendRequest('clear'),
        // @ts-expect-error a cast has no response
        GenServer.sendRequest(server, Counter.clear()),
      ]
      expectTypeOf(bad).toBeFunction()
    }))

  test('that gets no reply throws the reason, and the request', () =>
    onOneAndOnTwo(async (server) => {
      const gone = GenServer.sendRequest({ ...server, name: 'Gone' }, Counter.add(2))
      await expect(GenServer.receiveResponse(gone)).rejects.toThrow(
        /^exited in: GenServer\.send_request\(.*Gone.*, \{:add, 2\}\)\n {4}\*\* \(EXIT\) no process/,
      )
      const unknown = GenServer.sendRequest(undefined as never, Counter.get())
      expect(await reasonOf(GenServer.receiveResponse(unknown))).toMatchObject({ elements: [noproc, {}] })
      const leaves = GenServer.sendRequest(server, Counter.leave(atom('bye')))
      await expect(GenServer.waitResponse(leaves, 5_000)).rejects.toBeInstanceOf(ExitError)
      expect(drain()).toEqual([])
    }))

  test('fails when the connection to its node is lost, with the reason of OTP', async () => {
    const { a, b, cut, settle } = twoKernels()
    await inProcess(b, () => Counter.start(1, { name: 'Counter' }))
    await inProcess(a, async () => {
      const request = GenServer.sendRequest(there(b), Counter.wait())
      await settle()
      cut()
      const error = await GenServer.receiveResponse(request).catch((error: ExitError) => error)
      const server = tuple(nameToAtom('Counter'), b.name)
      const call = tuple(atom('Elixir.GenServer'), atom('send_request'), [server, atom('wait')])
      expect((error as ExitError).reason).toEqual(tuple(noconnection, call))
    })
  })

  test('is waited for again and again, and abandoned after the timeout of a receive', () =>
    onOneAndOnTwo(async (server) => {
      const request = GenServer.sendRequest(server, Counter.slowly(50))
      expect(await GenServer.waitResponse(request)).toBeUndefined()
      expect(await GenServer.waitResponse(request, 1)).toBeUndefined()
      expect(await GenServer.waitResponse(request, 5_000)).toEqual({ response: 'done' })
      const late = GenServer.sendRequest(server, Counter.slowly(50))
      await expect(GenServer.receiveResponse(late, 1)).rejects.toThrow(
        'exited in: GenServer.receive_response(1)\n    ** (EXIT) time out',
      )
      await expect(GenServer.receiveResponse(late)).rejects.toMatchObject(badarg)
      await sleep(100)
      expect(drain()).toEqual([])
    }))

  test('has a message as its response, which a process may receive itself', () =>
    onOneAndOnTwo(async (server) => {
      const request = GenServer.sendRequest(server, Counter.add(2))
      const message = await receive()
      expect(GenServer.checkResponse(atom('other'), request)).toBeUndefined()
      expect(GenServer.checkResponse(tuple(atom('ok'), 3), request)).toBeUndefined()
      expect(GenServer.checkResponse(message, request)).toEqual({ response: 3 })
    }))

  test('is of the process that sent it', async () => {
    const kernel = new LocalKernel()
    const request = await inProcess(kernel, async () => {
      await Counter.start(1, { name: 'Counter' })
      return GenServer.sendRequest('Counter', Counter.get())
    })
    await expect(inProcess(kernel, () => GenServer.receiveResponse(request))).rejects.toMatchObject(badarg)
    expect(() => GenServer.sendRequest('Counter', Counter.get())).toThrow('GenServer.sendRequest()')
  })

  test('is dropped with the process that sent it', async () => {
    const { a, b, settle } = twoKernels()
    await inProcess(b, () => Counter.start(1, { name: 'Counter' }))
    const request = await inProcess(a, async () => GenServer.sendRequest(there(b), Counter.wait()))
    await settle()
    expect(a.aliasHolder(request.ref)).toBeUndefined()
    const server = b.whereis(nameToAtom('Counter'))!
    expect(server.monitors.monitoredBy).toEqual([])
  })

  test('of a server is received in a callback', async () => {
    const kernel = new LocalKernel()
    const pid = await inProcess(kernel, () => Counter.start(1))
    const idle = new Idle(kernel)
    const request = (): ServerRequest<number> => GenServer.sendRequest(pid as never, Counter.add(2))
    expect(await idle.as(() => GenServer.receiveResponse(request()))).toBe(3)
    expect(idle.messages).toEqual([])
  })

  test('of a process to itself waits in its mailbox', async () => {
    await inProcess(new LocalKernel(), async () => {
      const request = GenServer.sendRequest(self(), 'hello')
      const [, from, word] = ((await receive()) as { elements: readonly Term[] }).elements
      expect(word).toBe('hello')
      GenServer.reply(from, 'world')
      expect(await GenServer.receiveResponse(request)).toBe('world')
    })
  })

  test('to a mailbox that is full fails with the reason of a call', async () => {
    await inProcess(new LocalKernel(), async () => {
      const idle = new Idle(currentKernel())
      idle.process.maxQueue = { size: 1, action: 'refuse' }
      idle.process.suspend()
      send(idle.pid, 'one')
      const request = GenServer.sendRequest(idle.pid, 'two')
      const { elements } = (await reasonOf(GenServer.receiveResponse(request))) as unknown as {
        elements: Term[]
      }
      expect(elements[0]).toEqual(tuple(atom('max_queue'), 1))
    })
  })
})

describe('a collection of requests', () => {
  test('gives the responses in the order in which they come, with the labels', () =>
    onOneAndOnTwo(async (server) => {
      const requests = GenServer.reqidsNew<unknown, number>()
      const slow = GenServer.sendRequest(server, Counter.slowly(30))
      requests.add(slow, 1)
      requests.add(GenServer.sendRequest({ ...server, name: 'Gone' }, Counter.get()), 2)
      requests.add(GenServer.sendRequest(server, Counter.get()), 3)
      expect(requests.size).toBe(3)
      expect(requests.toList()[0]).toEqual([slow, 1])
      expect(await GenServer.receiveResponse(requests)).toMatchObject({ label: 2, status: 'rejected' })
      expect(await GenServer.waitResponse(requests)).toBeUndefined()
      expect(await GenServer.waitResponse(requests, 5_000)).toEqual({
        label: 1,
        status: 'fulfilled',
        value: 'done',
      })
      expect(await GenServer.receiveResponse(requests, 5_000)).toEqual({
        label: 3,
        status: 'fulfilled',
        value: 1,
      })
      expect(await GenServer.receiveResponse(requests)).toBeUndefined()
    }))

  test('is checked against a message, and abandoned after the timeout of a receive', () =>
    onOneAndOnTwo(async (server) => {
      const requests = GenServer.reqidsNew<number, string>()
      requests.add(GenServer.sendRequest(server, Counter.add(2)), 'sum')
      const message = await receive()
      expect(GenServer.checkResponse(atom('other'), requests)).toBeUndefined()
      expect(GenServer.checkResponse(message, requests)).toEqual({
        label: 'sum',
        status: 'fulfilled',
        value: 3,
      })
      const late = GenServer.reqidsNew<string, string>()
      late.add(GenServer.sendRequest(server, Counter.slowly(50)), 'slow')
      await expect(GenServer.receiveResponse(late, 1)).rejects.toThrow('time out')
      expect(late.size).toBe(0)
      await sleep(100)
      expect(drain()).toEqual([])
    }))
})

import { beforeAll, describe, expect, test } from 'vitest'
import { defineErpc } from '../../../src/node/rpc/erpc.ts'
import type { ErpcRequest } from '../../../src/node/rpc/request.ts'
import { erpc } from '../../../src/node/rpc/rpc.ts'
import { drain, receive, sleep } from '../../../src/process/index.ts'
import { atom, ErlangError, ExitError, noconnection, type Term, tuple } from '../../../src/term/index.ts'
import { Idle, inProcess } from '../../support/processes.ts'
import { Network } from '../network.ts'

const network = new Network()
const alex = network.add('alex')
const kate = network.add('kate')
const name = kate.kernel.name
const seen: Term[] = []
const math = {
  add: (a: number, b: number) => a + b,
  later: async (ms: number, value: string) => {
    await sleep(ms)
    return value
  },
  fail: () => {
    throw new ErlangError(atom('badarith'))
  },
  leave: () => {
    throw new ExitError(atom('bye'))
  },
  note: (value: Term) => {
    seen.push(value)
  },
}

beforeAll(() => {
  for (const host of [alex, kate]) {
    defineErpc(host.kernel)
    host.kernel.modules.define('Math', math)
  }
})

const run = <T>(fn: () => Promise<T>): Promise<T> => inProcess(alex.kernel, fn)
const timedOut = tuple(atom('erpc'), atom('timeout'))
const badarg = tuple(atom('erpc'), atom('badarg'))

describe('a request', () => {
  test('is sent at once, and its response is received later', async () => {
    await run(async () => {
      const requests = [
        erpc.sendRequest(name, math.add, [1, 2]),
        erpc.sendRequest(name, 'Math', 'add', [3, 4]),
      ]
      expect(await erpc.receiveResponse(requests[1]!)).toBe(7)
      const sum: number = await erpc.receiveResponse(requests[0] as ErpcRequest<number>)
      expect(sum).toBe(3)
      await expect(erpc.receiveResponse(requests[0]!)).rejects.toMatchObject({ reason: badarg })
      expect(drain()).toEqual([])
    })
  })

  test('whose function fails has the errors of a call', async () => {
    await run(async () => {
      await expect(erpc.receiveResponse(erpc.sendRequest(name, math.leave, []))).rejects.toMatchObject({
        reason: tuple(atom('exception'), atom('bye')),
      })
      await expect(erpc.waitResponse(erpc.sendRequest(name, math.fail, []), 'infinity')).rejects.toThrow(
        ErlangError,
      )
      await expect(
        erpc.receiveResponse(erpc.sendRequest('nobody@localhost', math.add, [1, 2])),
      ).rejects.toMatchObject({ reason: tuple(atom('erpc'), noconnection) })
    })
  })

  test('is waited for again and again, and abandoned after the timeout of a receive', async () => {
    await run(async () => {
      const request = erpc.sendRequest(name, math.later, [50, 'x'])
      expect(await erpc.waitResponse(request)).toBeUndefined()
      expect(await erpc.waitResponse(request, 1)).toBeUndefined()
      expect(await erpc.waitResponse(request, 5_000)).toEqual({ response: 'x' })
      const late = erpc.sendRequest(name, math.later, [50, 'y'])
      await expect(erpc.receiveResponse(late, 1)).rejects.toMatchObject({ reason: timedOut })
      await expect(erpc.receiveResponse(late)).rejects.toMatchObject({ reason: badarg })
      await sleep(100)
      expect(drain()).toEqual([])
    })
  })

  test('has a message as its response, which a process may receive itself', async () => {
    await run(async () => {
      const request = erpc.sendRequest(name, math.add, [1, 2])
      const message = await receive()
      expect(erpc.checkResponse(atom('other'), request)).toBeUndefined()
      expect(erpc.checkResponse(message, request)).toEqual({ response: 3 })
    })
  })

  test('is of the process that sent it', async () => {
    const request = await run(async () => erpc.sendRequest(name, math.add, [1, 2]))
    await expect(run(() => erpc.receiveResponse(request))).rejects.toMatchObject({ reason: badarg })
  })

  test('of a server is received in a callback', async () => {
    const idle = new Idle(alex.kernel)
    expect(await idle.as(() => erpc.receiveResponse(erpc.sendRequest(name, math.add, [1, 2])))).toBe(3)
    expect(idle.messages).toEqual([])
  })
})

describe('a collection of requests', () => {
  test('gives the responses in the order in which they come, with the labels', async () => {
    await run(async () => {
      const requests = erpc.reqidsNew<string, number>()
      requests.add(erpc.sendRequest(name, math.later, [60, 'slow']), 1)
      requests.add(erpc.sendRequest(name, math.later, [1, 'fast']), 2)
      requests.add(erpc.sendRequest('nobody@localhost', math.later, [1, 'never']), 3)
      expect(requests.size).toBe(3)
      expect(requests.toList().map(([, label]) => label)).toEqual([1, 2, 3])
      expect(await erpc.receiveResponse(requests)).toMatchObject({
        label: 3,
        status: 'rejected',
        reason: { reason: tuple(atom('erpc'), noconnection) },
      })
      expect(await erpc.waitResponse(requests, 5_000)).toEqual({
        label: 2,
        status: 'fulfilled',
        value: 'fast',
      })
      expect(await erpc.waitResponse(requests)).toBeUndefined()
      expect(await erpc.receiveResponse(requests, 5_000)).toEqual({
        label: 1,
        status: 'fulfilled',
        value: 'slow',
      })
      expect(await erpc.receiveResponse(requests)).toBeUndefined()
    })
  })

  test('is checked against a message, and abandoned after the timeout of a receive', async () => {
    await run(async () => {
      const requests = erpc.reqidsNew<number, string>()
      requests.add(erpc.sendRequest(name, math.add, [1, 2]), 'sum')
      const message = await receive()
      expect(erpc.checkResponse(atom('other'), requests)).toBeUndefined()
      expect(erpc.checkResponse(message, requests)).toEqual({ label: 'sum', status: 'fulfilled', value: 3 })
      const slow = erpc.reqidsNew<string, string>().add(erpc.sendRequest(name, math.later, [50, 'x']), 'slow')
      await expect(erpc.receiveResponse(slow, 1)).rejects.toMatchObject({ reason: timedOut })
      expect(slow.size).toBe(0)
      await sleep(100)
      expect(drain()).toEqual([])
    })
  })
})

test('multicall has one result for each node, multicast none', async () => {
  await run(async () => {
    const nodes = [name, 'nobody@localhost', alex.kernel.name]
    const [first, second, third] = await erpc.multicall(nodes, math.add, [1, 2])
    expect([first, third]).toEqual([
      { status: 'fulfilled', value: 3 },
      { status: 'fulfilled', value: 3 },
    ])
    expect(second).toMatchObject({
      status: 'rejected',
      reason: { reason: tuple(atom('erpc'), noconnection) },
    })
    expect(await erpc.multicall([name], 'Math', 'leave', [], 5_000)).toMatchObject([{ status: 'rejected' }])
    erpc.multicast(nodes, math.note, ['multi'])
    erpc.cast(name, 'Math', 'note', ['one'])
    await sleep(20)
    expect(seen.sort()).toEqual(['multi', 'multi', 'one'])
    expect(drain()).toEqual([])
  })
})

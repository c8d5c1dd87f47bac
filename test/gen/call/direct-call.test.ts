import { AsyncLocalStorage } from 'node:async_hooks'
import { expect, test } from 'vitest'
import { deferredReply, type From, GenServer, noreply, reply, sys } from '../../../src/gen/index.ts'
import { LocalKernel, receive, self, send, spawn } from '../../../src/process/index.ts'
import { atom, type Pid, type Term, tuple } from '../../../src/term/index.ts'
import { inProcess, settled } from '../../support/processes.ts'
import { causeOf, failure } from '../office.ts'

// A caller gives its turn to the server it calls.

const Sum = GenServer.define({
  init: (sum: number) => sum,
  call: { add: (sum, by: number) => reply(sum + by, sum + by) },
  cast: { put: (_sum, sum: number) => noreply(sum) },
})

const Faulty = GenServer.define({
  init: () => 0,
  call: {
    fail(): never {
      throw new Error('no')
    },
  },
})

const as = <T>(fn: () => Promise<T>): Promise<T> => inProcess(new LocalKernel(), fn)

test('an idle server has handled a call when call returns', () =>
  as(async () => {
    const ran: string[] = []
    const Server = GenServer.define({
      init: () => 0,
      call: {
        note(state) {
          ran.push('handler')
          return reply(self() as Pid, state)
        },
      },
    })
    const server = await Server.start(undefined)
    const call = GenServer.call(server, Server.note())
    ran.push('caller')
    expect(await call).toBe(server)
    expect(ran).toEqual(['handler', 'caller'])
  }))

test('a call arrives after earlier messages of its caller', () =>
  as(async () => {
    const server = await Sum.start(0)
    GenServer.cast(server, Sum.put(40))
    const first = GenServer.call(server, Sum.add(1))
    GenServer.cast(server, Sum.put(100))
    expect([await first, await GenServer.call(server, Sum.add(1))]).toEqual([41, 101])
  }))

test('a long chain of servers that call each other does not grow the stack', () =>
  as(async () => {
    type State = Pid | undefined
    const patiently = { timeout: Number.POSITIVE_INFINITY }
    const Link = GenServer.define({
      init: (next: State) => next,
      call: {
        async depth(next: State) {
          return reply(
            next ? 1 + ((await GenServer.call(next, atom('depth'), patiently)) as number) : 0,
            next,
          )
        },
      },
    })
    let last: State
    for (let n = 0; n < 20_000; n++) last = await Link.start(last)
    expect(await GenServer.call(last!, Link.depth(), patiently)).toBe(19_999)
  }))

test('from can be kept, sent as a term and answered once by another process', () =>
  as(async () => {
    const answered: Term[] = []
    const Desk = GenServer.define({
      init: (clerk: Pid) => clerk,
      call: {
        ask: deferredReply((clerk: Pid, from: From<string>) => {
          send(clerk as Pid<Term>, from.term)
          return noreply(clerk)
        }),
      },
    })
    const clerk = spawn(async () => {
      for (;;) {
        const from = await receive()
        answered.push(from)
        GenServer.reply(from, 'first')
        GenServer.reply(from, 'second')
      }
    })
    const desk = await Desk.start(clerk)
    expect(await GenServer.call(desk, Desk.ask())).toBe('first')
    expect(await GenServer.call(desk, Desk.ask())).toBe('first')
    expect(answered).toHaveLength(2)
  }))

test('a server that throws in a direct call ends, and only the call fails', () =>
  as(async () => {
    const server = await Faulty.start(undefined)
    const call = GenServer.call(server, Faulty.fail())
    const here = self()
    expect(String(await failure(call))).toContain('no')
    expect(self()).toBe(here)
    expect(causeOf(await failure(GenServer.call(server, Faulty.fail())))).toBe(atom('noproc'))
  }))

test('a caller that its server ends during a direct call never receives the answer', () =>
  as(async () => {
    const heard: string[] = []
    const parent = self() as Pid<Term>
    spawn(async () => {
      const server = await Faulty.startLink(undefined)
      const call = GenServer.call(server, Faulty.fail())
      send(parent, 'still in that turn')
      await call.catch(() => {})
      heard.push('after')
    })
    // The code of a process that was ended says nothing any more.
    spawn(async () => send(parent, 'done'))
    expect(await receive()).toBe('done')
    await settled()
    expect(heard).toEqual([])
  }))

test('a process that gets a message during a direct call handles it after the turn of the caller', () =>
  as(async () => {
    const parent = self() as Pid<Term>
    const Sink = GenServer.define({
      init: () => 0,
      call: {
        write(written, to: Pid) {
          GenServer.cast(to, atom('ack'))
          return reply(written + 1, written + 1)
        },
      },
    })
    const ran: string[] = []
    const Buffer = GenServer.define({
      init: (sink: Pid) => sink,
      cast: {
        ack(sink) {
          ran.push('acknowledged')
          send(parent, 'done')
          return noreply(sink)
        },
      },
      info(_message, sink) {
        // Code of this server that is none of its callbacks.
        setTimeout(() => {
          ran.push('call')
          void GenServer.call(sink, Sink.write(self() as Pid))
          ran.push('called')
        }, 1)
        return noreply(sink)
      },
    })
    const buffer = await Buffer.start(await Sink.start(undefined))
    send(buffer as Pid<Term>, 'go')
    expect(await receive()).toBe('done')
    expect(ran).toEqual(['call', 'called', 'acknowledged'])
  }))

test('a direct call whose signal fires fails with the reason of the signal', () =>
  as(async () => {
    const Patient = GenServer.define({
      init: () => 0,
      call: {
        wait: deferredReply((state, _from: From<string>, how: AbortController) => {
          how.abort(new Error('enough'))
          return noreply(state)
        }),
      },
    })
    const server = await Patient.start(undefined)
    const how = new AbortController()
    const options = { signal: how.signal, timeout: Number.POSITIVE_INFINITY }
    const request = tuple(atom('wait'), how as never)
    await expect(GenServer.call(server, request as never, options)).rejects.toThrow('enough')
  }))

test('suspended and traced servers receive calls as messages', () =>
  as(async () => {
    const server = await Sum.start(0)
    await sys.suspend(server)
    const call = GenServer.call(server, Sum.add(2))
    await sys.resume(server)
    expect(await call).toBe(2)
    await sys.statistics(server, true)
    await GenServer.call(server, Sum.add(2))
    expect(await sys.statistics(server, 'get')).toMatchObject({ messagesIn: 1 })
  }))

test('timers are not delayed by a process that calls all the time', () =>
  as(async () => {
    const server = await Sum.start(0)
    let fired = false
    setTimeout(() => {
      fired = true
    }, 1)
    let calls = 0
    while (!fired && calls < 10_000_000) {
      await GenServer.call(server, Sum.add(1))
      calls++
    }
    expect(fired).toBe(true)
  }))

test('a server does not run in the async context of its caller, nor a process in that of its parent', async () => {
  const storage = new AsyncLocalStorage<string>()
  const Look = GenServer.define({
    init: () => 0,
    call: { look: (state) => reply(storage.getStore() ?? 'nothing', state) },
  })
  await as(async () => {
    const server = await Look.start(undefined)
    const parent = self() as Pid<Term>
    await storage.run('mine', async () => {
      expect(await GenServer.call(server, Look.look())).toBe('nothing')
      expect(storage.getStore()).toBe('mine')
      spawn(() => send(parent, tuple(storage.getStore() ?? 'nothing')))
    })
    expect(await receive()).toEqual(tuple('nothing'))
  })
})

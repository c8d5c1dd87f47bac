import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { NodeOptions } from '../../../src/index.ts'
import {
  _,
  atom,
  BusyDistPortError,
  demonitor,
  erpc,
  GenServer,
  makeRef,
  monitor,
  Node,
  noreply,
  on,
  Process,
  type Reference,
  receive,
  reply,
  self,
  send,
  sleep,
  spawn,
  spawnMonitor,
  Task,
  type Term,
  type Tuple,
  tuple,
} from '../../../src/index.ts'
import { Cluster, type TestNode } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'
import { SinkNode } from './sink-node.ts'

const KATE = 'kate@localhost'
const sink = { name: 'sink', node: KATE }
const echo = { name: 'echo', node: KATE }
const KiB = 1024
const MiB = 2 ** 20

let cluster: Cluster
let kate: SinkNode
let alex: TestNode

beforeAll(async () => {
  cluster = await Cluster.start()
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

async function start(options: Partial<NodeOptions> = {}): Promise<void> {
  kate = await SinkNode.start('kate@localhost', cluster.cookie)
  alex = await cluster.moebi('alex', options)
  expect(await alex.node.run(() => Node.connect(KATE))).toBe(true)
  await eventually('a meeting of the nodes', () => alex.node.run(() => Node.info(KATE)?.queued === 0))
}
afterEach(async () => {
  await alex?.node.stop()
  await kate?.kill()
})

/** The number of messages that the sink has received, and the first that was missing. */
async function received(): Promise<{ count: number; gap: unknown }> {
  return alex.node.run(async () => {
    send(sink, tuple(atom('count'), self()))
    return receive(on([_, _], ([count, gap]) => ({ count: count as number, gap })))
  })
}

async function arrived(count: number): Promise<void> {
  await eventually(`${count} messages`, async () => (await received()).count >= count, {
    timeout: 60_000,
    pause: 50,
  })
  expect(await received()).toEqual({ count, gap: null })
}

const info = () => alex.node.run(() => Node.info(KATE)!)

test('a process that waits between its messages is suspended while the node is stopped, and nothing is lost', async () => {
  await start()
  kate.stop()
  let sent = 0
  const ended = alex.node.run(async () => {
    for (; sent < 100; sent++) {
      send(sink, tuple(1, sent, new Uint8Array(512 * KiB)))
      await sleep(0)
    }
  })
  await eventually('a suspended process', async () => (await info()).suspended.length === 1)
  const { busy, queued, suspended } = await info()
  expect(busy).toBe(true)
  expect(queued).toBeLessThan(2 * MiB)
  expect(sent).toBeLessThan(20)
  const before = sent
  expect(await alex.node.run(() => Process.info(suspended[0]!)?.status)).toBe('suspended')
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(sent).toBe(before)
  kate.continue()
  await ended
  await arrived(100)
  expect(await info()).toEqual({ busy: false, queued: 0, suspended: [] })
})

test('a server that forwards to a stopped node waits, and so do the callers of the server', async () => {
  await start()
  const Forwarder = GenServer.define({
    init: () => 0,
    call: {
      put: (n) => {
        send(sink, tuple(1, n, new Uint8Array(512 * KiB)))
        return reply(n, n + 1)
      },
      count: (n) => reply(n, n),
    },
    cast: {
      later: (n) => {
        send(sink, tuple(1, n, new Uint8Array(512 * KiB)))
        return noreply(n + 1)
      },
    },
  })
  kate.stop()
  const server = await alex.node.run(() => Forwarder.start(undefined))
  for (let n = 0; n < 50; n++) await alex.node.run(() => GenServer.cast(server, Forwarder.later()))
  await eventually('a suspended server', async () => (await info()).suspended.length === 1)
  expect((await info()).suspended).toEqual([server])
  const { messageQueueLen } = (await alex.node.run(() => Process.info(server)))!
  expect(messageQueueLen).toBeGreaterThan(30)
  await expect(
    alex.node.run(() => GenServer.call(server, Forwarder.count(), { timeout: 50 })),
  ).rejects.toThrow(/time out/)
  const counted = alex.node.run(() => GenServer.call(server, Forwarder.count(), { timeout: 60_000 }))
  kate.continue()
  expect(await counted).toBe(50)
  await arrived(50)
})

test('a thousand processes that send one message each get no error', async () => {
  await start()
  kate.stop()
  await alex.node.run(async () => {
    for (let n = 0; n < 1_000; n++) spawn(() => send(sink, tuple(n, 0, new Uint8Array(64 * KiB))))
  })
  await eventually('suspended processes', async () => (await info()).suspended.length > 900)
  kate.continue()
  await arrived(1_000)
  await eventually('their end', async () => (await info()).suspended.length === 0)
})

test('send.flushed waits where code sends without receiving', async () => {
  await start()
  kate.stop()
  let sent = 0
  const ended = alex.node.run(async () => {
    for (; sent < 20_000; sent++) {
      send(sink, tuple(1, sent, new Uint8Array(KiB)))
      await send.flushed(sink)
    }
  })
  await eventually('a busy connection', async () => (await info()).busy)
  const before = sent
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(sent).toBe(before)
  expect((await info()).queued).toBeLessThan(2 * MiB)
  kate.continue()
  await ended
  await arrived(20_000)
})

test('code that does not wait gets an error when the buffer is full, and what was accepted arrives in order', async () => {
  await start({ distBufferLimit: 4 * MiB })
  kate.stop()
  const [accepted, error] = await alex.node.run(() => {
    let n = 0
    try {
      for (;;) send(sink, tuple(1, n++, new Uint8Array(100 * KiB)))
    } catch (thrown) {
      return [n - 1, thrown] as const
    }
  })
  expect(error).toBeInstanceOf(BusyDistPortError)
  expect((error as BusyDistPortError).node).toBe(atom(KATE))
  expect((error as Error).message).toMatch(
    /^a message to kate@localhost was not accepted: \d+ bytes wait for that node, and distBufferLimit is 4194304\. Wait with await send\.flushed\(to\) after each message\.$/,
  )
  expect((await info()).queued).toBeLessThan(6 * MiB)
  expect(accepted).toBeGreaterThan(20)
  kate.continue()
  await arrived(accepted)
})

test('with the option "exit" a process whose messages are not accepted ends, whatever it catches', async () => {
  await start({ distBufferLimit: 2 * MiB, distBufferFull: 'exit' })
  kate.stop()
  const reason = await alex.node.run(async () => {
    const { ref } = spawnMonitor(async () => {
      for (let n = 0; ; n++)
        try {
          send(sink, tuple(1, n, new Uint8Array(100 * KiB)))
        } catch {
          await new Promise(() => {})
        }
    })
    return receive(on([atom('DOWN'), ref, _, _, _], (down) => down[4]))
  })
  expect(reason).toEqual(tuple(atom('busy_dist_port'), atom(KATE)))
})

test('calls of one process are sent when the connection takes them, in their order', async () => {
  await start({ distBufferLimit: 2 * MiB })
  kate.stop()
  const calls = alex.node.run(() =>
    Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        GenServer.call(echo, tuple(atom('size'), n, new Uint8Array(100 * KiB)), { timeout: 60_000 }),
      ),
    ),
  )
  await eventually('a full buffer', async () => (await info()).queued > 2 * MiB)
  expect((await info()).queued).toBeLessThan(4 * MiB)
  kate.continue()
  expect(await calls).toEqual(Array.from({ length: 200 }, (_, n) => tuple(n, n, 100 * KiB)))
})

test('a message that is always accepted does not overtake the calls of its process', async () => {
  await start({ distBufferLimit: 2 * MiB })
  kate.stop()
  const ended = alex.node.run(async () => {
    const calls = Array.from({ length: 100 }, (_, n) =>
      GenServer.call(echo, tuple(atom('size'), n, new Uint8Array(100 * KiB)), { timeout: 60_000 }),
    )
    const from = tuple(self(), makeRef())
    Process.sendAfter(echo, tuple(atom('$gen_call'), from, tuple(atom('size'), -1, new Uint8Array(1))), 1)
    const answer = await receive(on([from.elements[1], _], ([, answered]) => answered))
    await Promise.all(calls)
    return answer
  })
  await eventually('a full buffer', async () => (await info()).queued > 2 * MiB)
  kate.continue()
  expect(await ended).toEqual(tuple(-1, 100, 1))
})

test('requests of one process are sent when the connection takes them, in order, and one that is abandoned is not sent', async () => {
  await start({ distBufferLimit: 2 * MiB })
  kate.stop()
  const responses = alex.node.run(async () => {
    const requests = GenServer.reqidsNew<Term, number>()
    const size = (n: number) =>
      GenServer.sendRequest(echo, tuple(atom('size'), n, new Uint8Array(100 * KiB)) as Term)
    for (let n = 0; n < 100; n++) requests.add(size(n), n)
    await expect(GenServer.receiveResponse(size(100), 1)).rejects.toThrow('time out')
    for (let n = 101; n < 200; n++) requests.add(size(n), n)
    const values: unknown[] = []
    while (requests.size > 0) {
      const response = await GenServer.receiveResponse(requests, 60_000)
      values.push(response?.status === 'fulfilled' ? response.value : response)
    }
    return values
  })
  await eventually('a full buffer', async () => (await info()).queued > 2 * MiB)
  expect((await info()).queued).toBeLessThan(4 * MiB)
  kate.continue()
  const answered = Array.from({ length: 200 }, (_, n) => n).filter((n) => n !== 100)
  // The second element is the number of requests that the server has got before.
  expect(await responses).toEqual(answered.map((n, count) => tuple(n, count, 100 * KiB)))
})

test('the end of a monitor is sent, although it waits behind calls and its process has ended', async () => {
  await start({ distBufferLimit: 2 * MiB })
  const monitors = () =>
    alex.node.run(async () => {
      const pid = await erpc.call(KATE, ':erlang', 'whereis', [atom('sink')])
      const info = await erpc.call(KATE, ':erlang', 'process_info', [pid, atom('monitored_by')])
      return ((info as Tuple).elements[1] as Term[]).length
    })
  const before = await monitors()
  let ref: Reference
  const client = await alex.node.run(() =>
    spawn(async () => {
      ref = monitor(sink)
      await receive(on('stop', () => {}))
      for (let n = 0; n < 100; n++)
        GenServer.call(echo, tuple(atom('size'), n, new Uint8Array(100 * KiB)), { timeout: 60_000 }).catch(
          () => {},
        )
      demonitor(ref)
    }),
  )
  await eventually('the monitor', async () => (await monitors()) === before + 1)
  kate.stop()
  await alex.node.run(() => send(client, 'stop'))
  await eventually('a full buffer', async () => (await info()).queued > 2 * MiB)
  await alex.node.run(() => Process.exit(client, 'kill'))
  kate.continue()
  await eventually('the end of the monitor', async () => (await monitors()) === before)
})

test('tasks that send start no faster than the connection takes their messages', async () => {
  await start()
  kate.stop()
  let started = 0
  const ended = alex.node.run(async () => {
    const work = (n: number): number => {
      started++
      send(sink, tuple(n, 0, new Uint8Array(512 * KiB)))
      return n
    }
    const results: unknown[] = []
    for await (const result of Task.asyncStream(
      Array.from({ length: 60 }, (_, n) => n),
      work,
      {
        maxConcurrency: 4,
        timeout: 60_000,
      },
    ))
      results.push(result)
    return results.length
  })
  await eventually('suspended tasks', async () => (await info()).suspended.length === 4)
  const before = started
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(started).toBe(before)
  expect(before).toBeLessThan(40)
  kate.continue()
  expect(await ended).toBe(60)
  await arrived(60)
})

test('control signals are accepted when the buffer is full, and arrive', async () => {
  await start({ distBufferLimit: 2 * MiB })
  const pid = await alex.node.run(() => Node.spawn(KATE, ':timer', 'sleep', [60_000]))
  let refused = false
  kate.stop()
  const reason = alex.node.run(async () => {
    try {
      for (let n = 0; ; n++) send(sink, tuple(1, n, new Uint8Array(100 * KiB)))
    } catch {}
    const ref = monitor(pid)
    Process.exit(pid, 'kill')
    refused = true
    return receive(on([atom('DOWN'), ref, _, _, _], (down) => down[4]))
  })
  await eventually('an error', () => refused)
  kate.continue()
  expect(await reason).toBe(atom('killed'))
})

test('a process is resumed when the connection goes down', async () => {
  await start()
  kate.stop()
  const resumed = alex.node.run(async () => {
    for (let n = 0; n < 10; n++) {
      send(sink, tuple(1, n, new Uint8Array(512 * KiB)))
      await sleep(0)
    }
    return 'resumed'
  })
  await eventually('a suspended process', async () => (await info()).suspended.length === 1)
  await alex.node.run(() => Node.disconnect(KATE))
  expect(await resumed).toBe('resumed')
})

test('nosuspend and noconnect say why a message was not sent', async () => {
  await start()
  const carl = { name: 'sink', node: 'carl@localhost' }
  expect(await alex.node.run(() => Process.send(carl, 'hi', { noconnect: true }))).toBe(atom('noconnect'))
  expect(
    await alex.node.run(() => Process.send(sink, tuple(1, 0, 0), { noconnect: true, nosuspend: true })),
  ).toBe(atom('ok'))
  await eventually('the message', async () => (await received()).gap === null)
  kate.stop()
  const results = await alex.node.run(() => {
    const results = new Set()
    for (let n = 0; n < 300; n++)
      results.add(Process.send(sink, tuple(2, n, new Uint8Array(100 * KiB)), { nosuspend: true }))
    return [...results]
  })
  expect(results).toEqual([atom('ok'), atom('nosuspend')])
  kate.continue()
  await eventually('an idle connection', async () => !(await info()).busy)
})

test('a connection that is busy for five seconds is logged once, and its end', async () => {
  await start()
  kate.stop()
  await alex.node.run(() => {
    for (let n = 0; n < 250; n++) send(sink, tuple(1, n, new Uint8Array(100 * KiB)))
  })
  await eventually('the warning', () => /has been busy for 5 s/.test(alex.screen.log))
  kate.continue()
  await eventually('the end', () => /no longer busy/.test(alex.screen.log))
  expect(alex.screen.log).toMatch(
    /The connection to kate@localhost has been busy for 5 s: \d+ bytes wait for that node, and 1 process waits to send more\./,
  )
})

test('messages that wait for a connection that is being set up are limited too', async () => {
  alex = await cluster.moebi('alex', {
    distBufferLimit: 4 * MiB,
    connectTimeout: 2_000,
    epmdModule: { addressPlease: () => new Promise(() => {}) },
  })
  const error = await alex.node.run(() => {
    try {
      for (let n = 0; ; n++) send(sink, tuple(1, n, new Uint8Array(100 * KiB)))
    } catch (thrown) {
      return thrown
    }
  })
  expect(error).toBeInstanceOf(BusyDistPortError)
  expect((await info()).queued).toBeLessThan(6 * MiB)
})

/** Fills the queue of a process, defers one of its spawn requests, and then sets a monitor, which must wait for that request. */
const monitorBehindRequest = (): Promise<unknown> =>
  alex.node.run(async () => {
    try {
      for (let n = 0; ; n++) send(sink, tuple(1, n, new Uint8Array(100 * KiB)))
    } catch {}
    Node.spawnRequest(KATE, ':erlang', 'node', [])
    const ref = monitor({ name: 'nobody', node: KATE })
    return receive(on([atom('DOWN'), ref, _, _, _], (down) => down[4]))
  })

test('a monitor that waits for a connection behind a deferred request ends when the attempt fails', async () => {
  alex = await cluster.moebi('alex', {
    distBufferLimit: 2 * MiB,
    connectTimeout: 300,
    epmdModule: { addressPlease: () => new Promise(() => {}) },
  })
  expect(await monitorBehindRequest()).toBe(atom('noconnection'))
})

test('a monitor that waits for a connection behind a deferred request is sent when the connection is up', async () => {
  kate = await SinkNode.start('kate@localhost', cluster.cookie)
  alex = await cluster.moebi('alex', { distBufferLimit: 2 * MiB })
  expect(await monitorBehindRequest()).toBe(atom('noproc'))
})

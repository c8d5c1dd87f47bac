import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { atom, pg, receive, self, send, type Term, tuple } from '../../src/index.ts'
import { Atom, internPid, type Pid } from '../../src/term/index.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { frame, RawPeer } from './raw-peer.ts'

let cluster: Cluster

beforeEach(async () => {
  cluster = await Cluster.start()
})

afterEach(() => cluster[Symbol.asyncDispose]())

/** A client such as `erl_call`: a hidden node without the processes of a node. */
async function client(): Promise<{ peer: RawPeer; pid: Pid; call: () => void }> {
  const { epmdPort, cookie } = cluster
  const as = 'client@localhost'
  const peer = await RawPeer.link({ as, to: 'alex@localhost', epmdPort, cookie, hidden: true })
  const pid = internPid(Atom.intern(as) as Atom, 1, 0, 77)
  const call = (): void => {
    const request = tuple(atom('call'), atom('erlang'), atom('node'), [], atom('user'))
    peer.send(frame([6, pid, atom(''), atom('rex')], tuple(pid, request)))
  }
  return { peer, pid, call }
}

describe('a node sends nothing without a request', () => {
  for (const hidden of [false, true])
    test(`to a hidden client${hidden ? ', as a hidden node' : ''}: the first message is the reply to its call`, async () => {
      const { node } = await cluster.moebi('alex', { hidden })
      await node.run(() => pg.join('room', self()))
      const { peer, pid, call } = await client()
      call()
      await eventually('a message', () => peer.frames().length > 0)
      const [control, payload] = peer.frames()[0]!
      expect((control as { elements: Term[] }).elements.at(-1)).toBe(pid)
      expect(payload).toEqual(tuple(atom('rex'), atom('alex@localhost')))
      // A second call, whose reply shows that nothing came between.
      call()
      await eventually('two messages', () => peer.frames().length > 1)
      expect(peer.frames()[1]![1]).toEqual(payload)
      peer.end()
    })
})

describe('between Moebi nodes of which one is hidden, or both,', () => {
  /** Sends a message to a process of `to`, and returns what that process has received. */
  async function sent(from: TestNode, to: TestNode, message: Term): Promise<unknown> {
    let received!: Promise<unknown>
    const pid = await new Promise<Pid>((resolve) => {
      received = to.node.run(() => {
        resolve(self())
        return receive()
      })
    })
    await from.node.run(() => send(pid, message))
    return received
  }

  for (const [alexHidden, shadeHidden] of [
    [false, true],
    [true, false],
    [true, true],
  ] as const)
    test(`(${alexHidden}, ${shadeHidden}) each learns, when it has to know, that the other is one`, async () => {
      const alex = await cluster.moebi('alex', { hidden: alexHidden })
      const shade = await cluster.moebi('shade', { hidden: shadeHidden })
      expect(await alex.node.isMoebi(shade.node.kernel.name)).toBe(true)
      expect(await shade.node.isMoebi(alex.node.kernel.name)).toBe(true)
      expect(await sent(alex, shade, Uint8Array.of(104, 105))).toEqual(Uint8Array.of(104, 105))
      expect(await sent(shade, alex, Uint8Array.of(104, 105))).toEqual(Uint8Array.of(104, 105))
    })

  test('the hidden one asks nothing when it has connected, as a real hidden node, and sends bytes as bytes', async () => {
    const alex = await cluster.moebi('alex')
    const shade = await cluster.moebi('shade', { hidden: true })
    expect(await shade.node.peers.connect(alex.node.kernel.name)).toBe(true)
    const connection = await eventually('it is up', () => alex.node.peers.connection(shade.node.kernel.name))
    expect(await sent(shade, alex, Uint8Array.of(104, 105))).toEqual(Uint8Array.of(104, 105))
    expect(connection.stats).toMatchObject({ signalsIn: 1, signalsOut: 0 })
    expect(await alex.node.isMoebi(shade.node.kernel.name)).toBe(true)
    expect(await sent(alex, shade, Uint8Array.of(104, 105))).toEqual(Uint8Array.of(104, 105))
  })
})

import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Node, type RunningNode } from '../../node/index.ts'
import { nodeAtom } from '../../process/index.ts'
import { requireTestFile } from '../test-file.ts'
import type { Peer } from './peer.ts'

/** Time in ms within which the node of the test notices the end of a peer. */
const NOTICE_TIMEOUT = 10_000

/** A node in a partition: a peer, or {@link cluster.self | the node of the test}. */
export type ClusterMember = Pick<Peer, 'name' | 'setCookie'>

/** Failures of the nodes of a test and of the connections between them. None of them needs special rights. */
export const cluster = {
  /** The node of the test. */
  get self(): ClusterMember {
    const node = testNode('cluster.self')
    return {
      name: node.name,
      setCookie: async (other, cookie) => {
        await node.run(() => {
          Node.setCookie(other, cookie)
          Node.disconnect(other)
        })
      },
    }
  },

  /** Disconnects two nodes, and lets them refuse each other until {@link cluster.heal}. */
  async partition(a: ClusterMember, b: ClusterMember): Promise<void> {
    await a.setCookie(b.name, randomBytes(8).toString('hex'))
    await b.setCookie(a.name, randomBytes(8).toString('hex'))
  },

  /** Lets two nodes connect again. They do when one of them sends something to the other. */
  async heal(a: ClusterMember, b: ClusterMember): Promise<void> {
    const { cookies, name } = testNode('cluster.heal()')
    const cookie = cookies.for(name)
    await a.setCookie(b.name, cookie)
    await b.setCookie(a.name, cookie)
  },

  /** Ends a peer at once (SIGKILL). Resolves when the node of the test has noticed it. */
  async kill(peer: Peer): Promise<void> {
    const { peers } = testNode('cluster.kill()')
    await peer.kill()
    const deadline = performance.now() + NOTICE_TIMEOUT
    while (peers.connection(nodeAtom(peer.name)) && performance.now() < deadline) await setTimeout(1)
  },

  /** Stops the process of a peer (SIGSTOP): it is silent, and its connections stay open. */
  pause(peer: Peer): void {
    peer.pause()
  },

  /** Continues the process of a peer (SIGCONT). */
  resume(peer: Peer): void {
    peer.resume()
  },
} as const

function testNode(caller: string): RunningNode {
  const { runningNode } = requireTestFile(caller)
  if (runningNode) return runningNode
  throw new Error(
    `${caller} was called before the test started a node. Start one first: await startPeer('kate').`,
  )
}

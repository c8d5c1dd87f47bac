import { systemClock } from '../../clock/index.ts'
import { dial, type LinkSocket } from '../../distribution/index.ts'
import { isLoopbackHost, lookup } from '../../epmd/index.ts'
import type { Atom } from '../../term/index.ts'
import { parseNodeName } from './name.ts'

/** Opens a way to a node that carries bytes. Rejects with a sentence that goes on from "could not connect to … :". */
export type Dialer = (node: Atom, abort: AbortSignal) => Promise<LinkSocket>

/**
 * Reaches nodes over TCP, at the port that the epmd of their host names.
 *
 * @param longNames whether this node's own name is a long one; the two kinds cannot meet
 * @param timeout for each of the two steps, in ms
 */
export function epmdDialer(self: string, longNames: boolean, timeout: number): Dialer {
  return async (node, signal) => {
    const name = parseNodeName(node.name)
    if (name.host.includes('.') !== longNames)
      throw new Error(
        `its name is a ${longNames ? 'short' : 'long'} one, and this node, ${self}, has a ` +
          `${longNames ? 'long' : 'short'} one; the two kinds cannot meet. ` +
          'Start both with --sname, or both with --name.',
      )
    const found = await lookup(name.alive, name.host, { signal, timeout })
    if (!found)
      throw new Error(
        `the epmd of ${name.host} knows no node ${name.alive}. Is it up, and does it use the same epmd port?`,
      )
    const host = isLoopbackHost(name.host) ? '127.0.0.1' : name.host
    return dial({ host, port: found.port, timeout, clock: systemClock, signal })
  }
}

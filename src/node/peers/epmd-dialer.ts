import { systemClock } from '../../clock/index.ts'
import { type ConnectionSocket, dial, isTimeout, type TlsSettings } from '../../distribution/index.ts'
import { isLoopbackHost, lookup } from '../../epmd/index.ts'
import type { Atom } from '../../term/index.ts'
import { parseNodeName } from './name.ts'

/**
 * Opens a byte stream to a node, or rejects with a sentence that follows "could not connect to …: ". When the signal aborts,
 * the dialer rejects at once; the reason of the signal is a `TimeoutError` when the time was up.
 */
export type Dialer = (node: Atom, signal: AbortSignal) => Promise<ConnectionSocket>

/**
 * Returns a dialer for TCP. It asks the epmd of the node's host for the port.
 *
 * @param self name of this node, for messages
 * @param longNames whether this node has a long name; it cannot connect to a node with a short one, or the other way round
 * @param timeout longest time for each of the two steps, in ms
 * @param settings TLS of this node, if it has any
 */
export function epmdDialer(
  self: string,
  longNames: boolean,
  timeout: number,
  settings?: TlsSettings,
): Dialer {
  return async (node, signal) => {
    const name = parseNodeName(node.name)
    if (name.host.includes('.') !== longNames)
      throw new Error(
        `its name is a ${longNames ? 'short' : 'long'} one, and this node, ${self}, has a ` +
          `${longNames ? 'long' : 'short'} one; the two kinds cannot connect. ` +
          'Start both with --sname, or both with --name.',
      )
    const found = await lookup(name.alive, name.host, { signal, timeout }).catch((error: unknown) => {
      throw error === signal.reason && isTimeout(error)
        ? new Error(`the epmd of ${name.host} did not answer: ${error.message}`)
        : error
    })
    if (!found)
      throw new Error(
        `the epmd of ${name.host} knows no node ${name.alive}. Is it up, and does it use the same epmd port?`,
      )
    const host = isLoopbackHost(name.host) ? '127.0.0.1' : name.host
    const tls = settings && { settings, host: name.host }
    return dial({ host, port: found.port, timeout, clock: systemClock, signal, tls })
  }
}

import { isIP } from 'node:net'
import { inspect } from 'node:util'
import { systemClock } from '../../clock/index.ts'
import { dial, isTimeout, type TlsSettings } from '../../distribution/index.ts'
import { isLoopbackHost, lookup } from '../../epmd/index.ts'
import { type Dialer, isLongHost, type NodeName, parseNodeName } from '../peers/index.ts'
import type { DiscoveryOptions, NodeAddress } from './options.ts'

export interface DialerOptions extends Pick<DiscoveryOptions, 'distPort' | 'epmdModule'> {
  /** Name of this node, for messages. */
  readonly self: string
  /** Whether this node has a long name; it cannot connect to a node with a short one, or the other way round. */
  readonly longNames: boolean
  /** Longest time for each step, in ms. */
  readonly timeout: number
  /** TLS of this node, if it has any. */
  readonly tls?: TlsSettings | undefined
}

/** Returns a dialer for TCP. It asks the epmd of the node's host for the port, unless an option tells the port. */
export function tcpDialer(options: DialerOptions): Dialer {
  const { self, longNames, timeout, tls: settings } = options
  return async (node, signal) => {
    const name = parseNodeName(node.name)
    if (isLongHost(name.host) !== longNames)
      throw new Error(
        `its name is a ${longNames ? 'short' : 'long'} one, and this node, ${self}, has a ` +
          `${longNames ? 'long' : 'short'} one; the two kinds cannot connect. ` +
          'Start both with --sname, or both with --name.',
      )
    const { address, port } = await findNode(name, options, signal)
    const addresses = isLoopbackHost(address) ? loopbackAddresses(address) : undefined
    const tls = settings && { settings, host: name.host }
    return dial({ host: address, addresses, port, timeout, clock: systemClock, signal, tls })
  }
}

/** Returns the loopback addresses that a host name stands for. The file of the system's hosts may have only one of them. */
export function loopbackAddresses(host: string): string[] {
  return isIP(host) ? [host] : ['127.0.0.1', '::1']
}

async function findNode(name: NodeName, options: DialerOptions, signal: AbortSignal): Promise<NodeAddress> {
  const { distPort, epmdModule } = options
  if (epmdModule) return ask(epmdModule.addressPlease(name.alive, name.host), name, signal)
  if (distPort !== undefined) return { address: name.host, port: distPort }
  const found = await lookup(name.alive, name.host, { signal, timeout: options.timeout }).catch(
    (error: unknown) => {
      throw error === signal.reason && isTimeout(error)
        ? new Error(`the epmd of ${name.host} did not answer: ${error.message}`)
        : error
    },
  )
  if (found) return { address: name.host, port: found.port }
  throw new Error(
    `the epmd of ${name.host} knows no node ${name.alive}. Is it up, and does it use the same epmd port?`,
  )
}

/** Waits for the answer of an `epmdModule` as long as the signal allows. */
async function ask(
  answer: ReturnType<NonNullable<DialerOptions['epmdModule']>['addressPlease']>,
  name: NodeName,
  signal: AbortSignal,
): Promise<NodeAddress> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = (): void =>
      reject(new Error(`addressPlease of epmdModule did not answer: ${(signal.reason as Error).message}`))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  const found = await Promise.race([answer, aborted])
  if (found === undefined)
    throw new Error(`addressPlease of epmdModule knows no node ${name.alive} on ${name.host}.`)
  if (typeof found.address === 'string' && Number.isInteger(found.port)) return found
  throw new Error(`addressPlease of epmdModule returned ${inspect(found)}, expected { address, port }.`)
}

import { randomInt } from 'node:crypto'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Listener, type ListenOptions, listen } from '../../distribution/index.ts'
import { EpmdError, ensureEpmd, isLoopbackHost, type Registration, register } from '../../epmd/index.ts'
import { packageFolder } from '../../package/index.ts'
import type { NodeName } from '../peers/index.ts'
import { loopbackAddresses } from './dialer.ts'
import type { DiscoveryOptions } from './options.ts'

/** The creations 0 to 3 are those of older releases. */
const FIRST_CREATION = 4

/** A port at which other nodes reach a node, and its registration. */
export interface Presence {
  /** Undefined for a node that does not listen. */
  readonly port?: number
  /** Whether other nodes find the node only by epmd. */
  readonly atEpmd: boolean
  /** Distinguishes this instance of the node from earlier ones. */
  readonly creation: number
  close(): unknown
}

export interface PresenceOptions extends DiscoveryOptions, Pick<ListenOptions, 'tls' | 'onTlsError'> {
  readonly name: NodeName
  readonly hidden: boolean
  readonly onSocket: (socket: Socket) => void
  /** Called when epmd has ended. The name is registered again as soon as one runs. */
  readonly onEpmdLost: (error: Error) => void
}

/**
 * Opens the port of a node and registers the node, as the options say.
 *
 * @throws Error when no port is free, or the name cannot be registered
 */
export async function announce(options: PresenceOptions): Promise<Presence> {
  if (options.distListen === false) return { creation: newCreation(), atEpmd: false, close: () => {} }
  const listener = await openPort(options)
  try {
    const { creation, close } = await registerNode(options, listener.port)
    return {
      port: listener.port,
      creation,
      atEpmd: options.distPort === undefined && !options.epmdModule,
      close: () => {
        listener.close()
        return close()
      },
    }
  } catch (error) {
    listener.close()
    throw error
  }
}

/** Whether other machines can connect to a node. */
export function isReachable(options: DiscoveryOptions, host: string): boolean {
  return options.distListen !== false && !isLoopbackHost(options.inetDistUseInterface ?? host)
}

async function openPort(options: PresenceOptions): Promise<Listener> {
  const { name, tls, onTlsError, onSocket, inetDistUseInterface, distPort } = options
  const loopback = isLoopbackHost(name.host) ? loopbackAddresses(name.host) : ['::']
  const addresses = inetDistUseInterface === undefined ? loopback : [inetDistUseInterface]
  const first = distPort ?? options.inetDistListenMin ?? 0
  const last = distPort ?? options.inetDistListenMax ?? first
  for (let port = first; port <= last; port++)
    try {
      return await listen({ addresses, port, tls, ...(onTlsError && { onTlsError }) }, onSocket)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  const tried = first === last ? `port ${first} is in use` : `all ports from ${first} to ${last} are in use`
  throw new Error(
    `${name.full} cannot listen: ${tried} on this machine. Stop the program that has it (ss -ltnp shows it), or choose another port.`,
  )
}

async function registerNode(
  options: PresenceOptions,
  port: number,
): Promise<{ readonly creation: number; close(): unknown }> {
  const { name, distPort, epmdModule } = options
  if (epmdModule) {
    const unregister = await epmdModule.registerNode?.(name.alive, port)
    return {
      creation: newCreation(),
      close: () => (typeof unregister === 'function' ? unregister() : undefined),
    }
  }
  try {
    const registration = await registerAtEpmd(options, port)
    return { creation: registration.creation, close: () => registration.close() }
  } catch (error) {
    // Nodes with the same fixed port need no epmd.
    if (distPort === undefined || !(error instanceof EpmdError)) throw error
    return { creation: newCreation(), close: () => {} }
  }
}

function registerAtEpmd(options: PresenceOptions, port: number): Promise<Registration> {
  const { name, hidden, distPort, startEpmd = distPort === undefined, onEpmdLost } = options
  const loopback = isLoopbackHost(name.host)
  const command = options.epmdCommand ?? defaultEpmdCommand()
  return register({
    name: name.alive,
    port,
    hidden,
    onLost: onEpmdLost,
    ...(startEpmd && { ensureEpmd: () => ensureEpmd({ loopback, command }) }),
  })
}

function newCreation(): number {
  return randomInt(FIRST_CREATION, 2 ** 32)
}

/** Runs the epmd of this package. It ends when no node was registered for a minute. */
export function defaultEpmdCommand(): string[] {
  return [fileURLToPath(new URL('bin/moebi.js', packageFolder)), 'epmd', '--idle', '60']
}

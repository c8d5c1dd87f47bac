import { isIP } from 'node:net'
import { inspect } from 'node:util'

/** Where a node can be reached. */
export interface NodeAddress {
  /** IP address or host name. */
  readonly address: string
  readonly port: number
}

/**
 * Finds and registers nodes in the place of epmd.
 *
 * @see the option `-epmd_module` of `erl`
 */
export interface EpmdModule {
  /**
   * Returns where a node is; undefined when no such node is known. What it throws is the reason why the connection failed.
   *
   * @param name the part of the node's name before the `@`
   * @see `erl_epmd:address_please/3`
   */
  addressPlease(name: string, host: string): NodeAddress | undefined | Promise<NodeAddress | undefined>
  /**
   * Called when this node listens at a port. May return a function, which is called when the node stops. Default: this node is
   * registered nowhere.
   *
   * @see `erl_epmd:register_node/3`
   */
  registerNode?(name: string, port: number): unknown
}

/** How other nodes find a node, and how it finds them: options of `Node.start`. */
export interface DiscoveryOptions {
  /**
   * Port of this node and of every other node, which makes epmd unnecessary. The nodes need an IP address each. `-erl_epmd_port` of
   * `erl`, and `ERL_DIST_PORT` of releases. Default: a free port, which epmd knows.
   */
  readonly distPort?: number
  /** First port of a range, of which the node takes one that is free. Default: any free port. */
  readonly inetDistListenMin?: number
  /** Last port of the range. Default: `inetDistListenMin`. */
  readonly inetDistListenMax?: number
  /** IP address to listen at. Default: the loopback addresses for a node at `localhost`, otherwise every address. */
  readonly inetDistUseInterface?: string
  /** Whether other nodes can connect. A node to which they cannot is hidden, and not registered at epmd. Default: true. */
  readonly distListen?: boolean
  /** Whether the node starts an epmd when none is running. Default: true, and false with `distPort`. */
  readonly startEpmd?: boolean
  /** Finds and registers nodes in the place of epmd. */
  readonly epmdModule?: EpmdModule
  /** Arguments for Node.js that start an epmd if none is running. Default: the epmd of this package. */
  readonly epmdCommand?: readonly string[]
}

/** @throws TypeError for an invalid option */
export function checkDiscoveryOptions(options: DiscoveryOptions): void {
  const {
    distPort,
    inetDistListenMin: min,
    inetDistListenMax: max,
    inetDistUseInterface,
    epmdModule,
  } = options
  for (const [name, port] of Object.entries({ distPort, inetDistListenMin: min, inetDistListenMax: max }))
    if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536))
      throw new TypeError(`Node.start: ${name} is ${inspect(port)}, expected a port from 1 to 65535.`)
  if (max !== undefined && (min === undefined || min > max))
    throw new TypeError(
      `Node.start: inetDistListenMax is ${max}, and inetDistListenMin is ${min}. Expected the first and the last port of a range.`,
    )
  if (inetDistUseInterface !== undefined && !isIP(inetDistUseInterface))
    throw new TypeError(
      `Node.start: inetDistUseInterface is ${inspect(inetDistUseInterface)}, expected an IP address such as 10.0.0.5 or ::1.`,
    )
  if (epmdModule !== undefined && typeof epmdModule?.addressPlease !== 'function')
    throw new TypeError(
      `Node.start: epmdModule is ${inspect(epmdModule)}, expected an object with the function addressPlease(name, host).`,
    )
}

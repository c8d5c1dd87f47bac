import { currentKernel, type Kernel, type LocalProcess } from '../../process/index.ts'
import type { Peers } from '../peers/index.ts'
import { announceShutdown } from './announce-shutdown.ts'
import { type GlobalOptions, NameServer } from './name-server.ts'

const nameServers = new WeakMap<Kernel, NameServer>()

/** Starts the name server of a node. */
export function startGlobal(peers: Peers, options: GlobalOptions = {}): LocalProcess {
  const server = new NameServer(peers, options)
  nameServers.set(peers.kernel, server)
  return server.process
}

/** Tells the other nodes that this node stops, before its connections are closed. Takes two seconds at most. */
export async function announceGlobalShutdown(kernel: Kernel): Promise<void> {
  const server = nameServers.get(kernel)
  if (server) await announceShutdown(server.process, server.peers, server.members.known())
}

/** Returns the name server of a node. @throws Error when the kernel is not a node with a name */
export function nameServer(kernel: Kernel = currentKernel()): NameServer {
  const server = nameServers.get(kernel)
  if (server?.process.alive) return server
  throw new Error(`${kernel.name.name} has no global names: start a node with a name first.`)
}

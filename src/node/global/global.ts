import { currentKernel, type Kernel, type LocalProcess } from '../../process/index.ts'
import type { Pid, Term } from '../../term/index.ts'
import type { Peers } from '../peers/index.ts'
import { announceShutdown } from './announce-shutdown.ts'
import { NameServer } from './name-server.ts'

const nameServers = new WeakMap<Kernel, NameServer>()

/** Starts the name server of a node. */
export function startGlobal(peers: Peers): LocalProcess {
  const server = new NameServer(peers)
  nameServers.set(peers.kernel, server)
  return server.process
}

/** Tells the other nodes that this node stops, before its connections are closed. Takes two seconds at most. */
export async function announceGlobalShutdown(kernel: Kernel): Promise<void> {
  const server = nameServers.get(kernel)
  if (server) await announceShutdown(server.process, server.peers, server.members.known())
}

/** Returns the process that has a global name; undefined when no process has it. @see `global:whereis_name/1` */
export function whereisName(name: Term, kernel: Kernel = currentKernel()): Pid | undefined {
  return nameServerOf(kernel).names.get(name)?.pid
}

/** Registers a process under a name on all nodes. Resolves with false when the name is taken. @see `global:register_name/2` */
export function registerName(name: Term, pid: Pid, kernel: Kernel = currentKernel()): Promise<boolean> {
  return nameServerOf(kernel).registrar.register(name, pid)
}

/** Deletes a global name on all nodes. @see `global:unregister_name/1` */
export function unregisterName(name: Term, kernel: Kernel = currentKernel()): Promise<void> {
  return nameServerOf(kernel).registrar.unregister(name)
}

/** Returns all global names. @see `global:registered_names/0` */
export function registeredNames(kernel: Kernel = currentKernel()): Term[] {
  return nameServerOf(kernel).names.list()
}

/** Waits until names were exchanged with all connected nodes. @see `global:sync/0` */
export function syncGlobal(kernel: Kernel = currentKernel()): Promise<void> {
  return nameServerOf(kernel).sync()
}

function nameServerOf(kernel: Kernel): NameServer {
  const server = nameServers.get(kernel)
  if (server?.process.alive) return server
  throw new Error(
    `${kernel.name.name} has no global names: it is not connected to other nodes. Start a node with a name first.`,
  )
}

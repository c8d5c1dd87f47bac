import {
  currentKernel,
  currentProcess,
  type Destination,
  type Kernel,
  type LocalProcess,
  type RemoteName,
  resolveDestination,
  type ViaName,
  viaTerm,
} from '../../process/index.ts'
import { normal, type Pid, type Reference, type Term } from '../../term/index.ts'
import type { CallName } from './call-error.ts'
import { NO_OPTIONS, type RequestOptions } from './call-options.ts'
import { Request } from './request.ts'
import { isVia } from './server-name.ts'

/** A server that can be called: a pid, a name of this node or of another one, or a name in a registry. */
export type Server = Exclude<Destination, Reference> | ViaName

/**
 * Sends `{label, {From, Tag}, request}` to a server and returns its answer.
 *
 * @throws ExitError `{reason, {module, name, [dest, request, timeout]}}`, where the reason is `timeout`, `noproc`,
 *   `{:nodedown, node}`, `calling_self`, or the exit reason of the server
 */
export function callServer(
  dest: Server,
  label: Term,
  request: Term,
  callOptions: RequestOptions = NO_OPTIONS,
  name: CallName,
): Promise<Term> {
  const options = isVia(dest) ? { ...callOptions, shownServer: viaTerm(dest) } : callOptions
  const process = currentProcess()
  const kernel = process ? process.kernel : currentKernel()
  const target = resolveServer(dest, kernel)
  if (process) return callFrom(process, target, label, request, options, name)
  // Code outside of processes gets a process of its own that waits for the answer.
  const visitor = kernel.createEphemeral(`${name[0]}.${name[1]}`)
  return callFrom(visitor, target, label, request, options, name).finally(() => visitor.exit(normal))
}

/**
 * Resolves a server to a pid or to a name of a node. Undefined, which {@link GenServer.whereis} returns for an unknown name,
 * becomes the name `nil`, which no process has; calls to it fail with `noproc`, as in Elixir.
 */
export function resolveServer(dest: Server | null | undefined, kernel: Kernel): Pid | RemoteName {
  if (dest === undefined || dest === null) return { name: null as never, node: kernel.name }
  return resolveDestination(dest, kernel) as Pid | RemoteName
}

/** {@link callServer} from a known process to a resolved target. */
export function callFrom(
  process: LocalProcess,
  target: Pid | RemoteName,
  label: Term,
  request: Term,
  options: RequestOptions,
  name: CallName,
): Promise<Term> {
  const call = new Request(process, target, request, options, name)
  call.send(label)
  return call.promise()
}

/** {@link callFrom} with callbacks in place of a promise. Neither is called when the process has ended. */
export function sendRequest(
  process: LocalProcess,
  target: Pid | RemoteName,
  label: Term,
  request: Term,
  options: RequestOptions,
  name: CallName,
  resolve: (answer: Term) => void,
  reject: (error: unknown) => void,
): void {
  const call = new Request(process, target, request, options, name)
  call.send(label)
  call.settle(resolve, reject)
}

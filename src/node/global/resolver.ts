import type { LocalProcess } from '../../process/index.ts'
import { _, type Atom, atom, ExportFun, is, kill, type Pid, type Term, tuple } from '../../term/index.ts'
import { erpcCall } from '../rpc/index.ts'
import { type Names, operation } from './names.ts'

const NONE = atom('none')
const CONFLICT = atom('global_name_conflict')
const GLOBAL = atom('global')
const RESOLVE_IT = atom('resolve_it')
const RANDOM_EXIT_NAME = atom('random_exit_name')

// The methods that decide between two processes with one name. Each is called by its name, on the node of one of the processes.
export const randomExitName: ExportFun = new ExportFun(GLOBAL, RANDOM_EXIT_NAME, 3)
export const randomNotifyName: ExportFun = new ExportFun(GLOBAL, atom('random_notify_name'), 3)
export const notifyAllName: ExportFun = new ExportFun(GLOBAL, atom('notify_all_name'), 3)

/** The operations that follow from the names of two nodes, for the partition of each. */
export interface Resolution {
  readonly own: Term[]
  readonly peer: Term[]
}

/**
 * Compares the names of another node, `[{Name, Pid, Method}]`, with the names of this node. A name with two processes is a
 * conflict, which the node with the lesser name resolves.
 *
 * @see `global:exchange_names/4` in OTP's source
 */
export async function resolveNames(
  server: LocalProcess,
  names: Names,
  peer: Atom,
  peerNames: readonly Term[],
): Promise<Resolution> {
  const resolution: Resolution = { own: [], peer: [] }
  for (const row of peerNames) {
    if (!is(row, [_, _.pid, _])) continue
    const [name, pid, method] = row
    const own = names.get(name)
    if (!own) resolution.own.push(operation.insert(name, pid, method))
    else if (own.pid !== pid && server.kernel.name.name < peer.name) {
      const kept = await keptProcess(server, own.method, name, pid, own.pid)
      if (kept === pid) resolution.own.push(operation.insert(name, pid, method))
      else if (kept === own.pid) resolution.peer.push(operation.insert(name, own.pid, own.method))
      else {
        resolution.own.push(operation.delete(name))
        resolution.peer.push(operation.delete(name))
      }
    }
  }
  return resolution
}

/** Returns the process that keeps a name. The method of this node's process decides, on the node where that process lives. */
async function keptProcess(
  server: LocalProcess,
  method: Term,
  name: Term,
  peerPid: Pid,
  ownPid: Pid,
): Promise<Term> {
  try {
    if (server.kernel.isLocal(ownPid)) return await resolveConflict(server, method, name, peerPid, ownPid)
    return await erpcCall(server, ownPid.node, GLOBAL, RESOLVE_IT, [method, name, peerPid, ownPid])
  } catch (thrown) {
    return thrown instanceof Error ? peerPid : NONE
  }
}

/**
 * Decides between two processes with one name. Runs on a node where one of them lives.
 *
 * A method that this node does not have is replaced by the default, `global:random_exit_name/3`: it kills the process on the node
 * with the greater name.
 *
 * @returns the process that keeps the name, or `none`
 * @see `global:resolve_it/4`
 */
export function resolveConflict(
  server: LocalProcess,
  method: Term,
  name: Term,
  pid1: Pid,
  pid2: Pid,
): Term | Promise<Term> {
  const { kernel } = server
  if (method instanceof ExportFun && method.module !== GLOBAL && kernel.modules.has(method.module))
    return kernel.applyNamed(method.module, method.name, [name, pid1, pid2]) as Term | Promise<Term>
  const [kept, other] = pid1.node.name < pid2.node.name ? [pid1, pid2] : [pid2, pid1]
  const methodName = method instanceof ExportFun ? method.name.name : RANDOM_EXIT_NAME.name
  if (methodName === 'notify_all_name') {
    kernel.send(server.pid, pid1, tuple(CONFLICT, name, pid2))
    kernel.send(server.pid, pid2, tuple(CONFLICT, name, pid1))
    return NONE
  }
  if (methodName === 'random_notify_name') kernel.send(server.pid, other, tuple(CONFLICT, name))
  else kernel.signal({ type: 'exit2', from: server.pid, to: other, reason: kill })
  return kept
}

import {
  closeAlias,
  type MonitorOptions,
  nodeAtom,
  openMonitorAlias,
  requireProcess,
} from '../../process/index.ts'
import { type Atom, atom, ok, Pid, type Reference, type Term, tuple } from '../../term/index.ts'
import { type CallArguments, readCall } from '../rpc/index.ts'

/** Options of `Node.spawnRequest`. */
export interface SpawnRequestOptions {
  /** Whether the new process is linked to the current one. Default: false. */
  readonly link?: boolean
  /** Whether the current process monitors the new one. The reference of the request is that of the monitor. Default: false. */
  readonly monitor?: boolean | MonitorOptions
  /** Which replies are sent: `'yes'`, the default, all; `'no'` none; or those of a failure or of a success. */
  readonly reply?: 'yes' | 'no' | 'error_only' | 'success_only'
  /** First element of the reply. Default: the atom `spawn_reply`. */
  readonly replyTag?: Term
}

/** Call signatures of `Node.spawnRequest`. */
export interface SpawnRequestForms {
  <A extends readonly Term[]>(
    node: string | Atom,
    fn: (...args: A) => unknown,
    args: A,
    options?: SpawnRequestOptions,
  ): Reference
  (
    node: string | Atom,
    module: string | Atom,
    fn: string | Atom,
    args: readonly Term[],
    options?: SpawnRequestOptions,
  ): Reference
}

const REPLIES = ['yes', 'no', 'error_only', 'success_only']

export function spawnRequest(node: string | Atom, ...given: CallArguments<SpawnRequestOptions>): Reference {
  const process = requireProcess('Node.spawnRequest()')
  const { kernel } = process
  const [{ module, name, args }, options = {}] = readCall(kernel, given)
  const { link = false, monitor = false, reply = 'yes', replyTag = atom('spawn_reply') } = options
  if (!REPLIES.includes(reply))
    throw new TypeError(
      `Node.spawnRequest: the option reply is ${kernel.inspect(reply)}, expected 'yes', 'no', 'error_only' or 'success_only'.`,
    )
  const ref = kernel.makeRef()
  const extras = typeof monitor === 'object' ? openMonitorAlias(process, ref, monitor) : monitor
  const onResult = (result: Pid | Atom): void => {
    const succeeded = result instanceof Pid
    if (!succeeded && typeof extras === 'object') extras.onEnd?.()
    if (reply === 'no' || reply === (succeeded ? 'error_only' : 'success_only')) return
    process.deliver(tuple(replyTag, ref, succeeded ? ok : atom('error'), result))
  }
  try {
    kernel.requestSpawn(process, nodeAtom(node), module, name, args, { link, monitor: extras, ref, onResult })
  } catch (error) {
    // An argument is not a term, so there is no request whose monitor could end.
    if (typeof extras === 'object') closeAlias(process, ref)
    throw error
  }
  return ref
}

/** Abandons a request of the current process, and ends the alias of its monitor, as on a BEAM. Returns whether there was such a request. */
export function spawnRequestAbandon(ref: Reference): boolean {
  const process = requireProcess('Node.spawnRequestAbandon()')
  const abandoned = process.kernel.abandonSpawn(process, ref)
  if (abandoned) closeAlias(process, ref)
  return abandoned
}

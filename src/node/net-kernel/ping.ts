import { type Atom, atom, ImproperList, isTuple, normal, tuple } from '../../term/index.ts'
import type { Peers } from '../peers/index.ts'

const IS_AUTH = atom('is_auth')
const YES = atom('yes')
const GEN_CALL = atom('$gen_call')
const NET_KERNEL = atom('net_kernel')
const ALIAS = atom('alias')

/**
 * Connects to a node and sends `is_auth` to its `net_kernel`, as `net_adm:ping/1` does.
 *
 * @returns false when the node cannot be reached, goes down meanwhile, or answers anything other than `yes`
 */
export async function ping(peers: Peers, node: Atom): Promise<boolean> {
  if (!(await peers.connect(node))) return false
  const { kernel } = peers
  const process = kernel.createEphemeral('Node.ping')
  const answer = await new Promise<unknown>((resolve) => {
    const take = (message: unknown): void => resolve(isTuple(message) ? message.elements[1] : undefined)
    process.handle(take)
    const target = { name: NET_KERNEL, node }
    const ref = process.monitors.monitor(target, resolve)
    kernel.alias({ ref, receive: take })
    process.onExit(() => kernel.dropAlias(ref))
    const tag = new ImproperList([ALIAS], ref)
    kernel.send(process.pid, target, tuple(GEN_CALL, tuple(process.pid, tag), tuple(IS_AUTH, kernel.name)))
  })
  process.exit(normal)
  return answer === YES
}

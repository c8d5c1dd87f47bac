import type { Term } from '../../term/index.ts'
import { currentProcess } from '../current-process.ts'
import { currentKernel } from './current-kernel.ts'
import { type Destination, resolveDestination } from './destination.ts'
import type { Sendable } from './sendable.ts'

/**
 * Sends a message, and returns it. There is no confirmation: monitor the receiver when its end matters.
 *
 * @param to a pid, a registered name of this node, `{ name, node }`, or an alias. A message to a name that is not registered,
 *   or to a node that cannot be reached, is lost
 * @throws EncodeError when the receiver is on another node and a part of the message is not a term; the error has its path
 * @see `send/2`
 */
export function send<T>(to: Destination<never>, message: T & Sendable<T>): T {
  const process = currentProcess()
  if (process?.alive === false) return message
  const kernel = process ? process.kernel : currentKernel()
  const target = resolveDestination(to, kernel)
  kernel.send(process?.pid ?? kernel.user, target, message as Term)
  return message
}

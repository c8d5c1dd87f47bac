import type { Term } from '../term/index.ts'
import { currentProcess } from './ambient.ts'
import { currentKernel, type Destination, resolve } from './current-kernel.ts'
import type { Sendable } from './sendable.ts'

/**
 * Sends a message, and returns it. Nobody says whether it arrived: monitor the receiver where that matters.
 *
 * @param to a pid, a name of this node, `{ name, node }`, or an alias. A name nobody has and a node nobody reaches
 *   swallow the message
 * @throws EncodeError when the receiver is on another node and the message is no term; it names the path to what is not
 * @see `send/2`
 */
export function send<T>(to: Destination<never>, message: T & Sendable<T>): T {
  const process = currentProcess()
  if (process?.alive === false) return message
  const kernel = process ? process.kernel : currentKernel()
  const target = resolve(to, kernel)
  kernel.send(process?.pid ?? kernel.user, target, message as Term)
  return message
}

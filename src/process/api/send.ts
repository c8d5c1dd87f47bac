import type { Term } from '../../term/index.ts'
import { currentProcess } from '../current-process.ts'
import { currentKernel } from './current-kernel.ts'
import { type Destination, resolveDestination } from './destination.ts'
import type { Sendable } from './sendable.ts'

/** Option of what sends a message or a signal. */
export interface PriorityOption {
  /** Whether it overtakes the ordinary messages of a receiver that asks for that. Default: false. */
  readonly priority?: boolean
}

/**
 * Sends a message, and returns it. There is no confirmation: monitor the receiver when its end matters.
 *
 * @param to a pid, a registered name of this node, `{ name, node }`, or an alias. A message to a name that is not registered,
 *   or to a node that cannot be reached, is lost
 * @param options `priority` lets it overtake ordinary messages, if `to` is an alias that takes priority messages
 * @throws EncodeError when the receiver is on another node and a part of the message is not a term; the error has its path
 * @see `send/2`, `erlang:send/3`
 */
export function send<T>(to: Destination<never>, message: T & Sendable<T>, options?: PriorityOption): T {
  const process = currentProcess()
  if (process?.alive === false) return message
  const kernel = process ? process.kernel : currentKernel()
  const target = resolveDestination(to, kernel)
  const from = process?.pid ?? kernel.user
  if (options?.priority) kernel.sendPriority(from, target, message as Term)
  else kernel.send(from, target, message as Term)
  return message
}

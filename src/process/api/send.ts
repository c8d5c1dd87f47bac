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

/** Type of {@link send}. */
export interface Send {
  /**
   * Sends a message, and returns it. There is no confirmation: monitor the receiver when its end matters.
   *
   * @param to a pid, a registered name of this node, `{ name, node }`, or an alias. A message to a name that is not registered,
   *   or to a node that cannot be reached, is lost
   * @param options `priority` lets it overtake ordinary messages, if `to` is an alias that takes priority messages
   * @throws EncodeError when the receiver is on another node and a part of the message is not a term; the error has its path.
   *   BusyDistPortError when the code does not wait and too many bytes wait for the receiver's node, see {@link Send.flushed}
   * @see `send/2`, `erlang:send/3`
   */
  <T>(to: Destination<never>, message: T & Sendable<T>, options?: PriorityOption): T
  /**
   * Waits until the node of a receiver is not behind, or the connection to it is down. For code that sends much without `receive` or calls,
   * such as a loop. The promise never settles when the current process ends first.
   *
   * When not to use it: in a server, which waits by itself after each callback. To know that the receiver has handled a message, which only
   * its answer tells.
   *
   * @example for await (const chunk of file) {
   *   send(store, chunk)
   *   await send.flushed(store)
   * }
   */
  flushed(to: Destination<never>): Promise<void>
}

/** Sends a message, see {@link Send}. */
export const send: Send = Object.assign(sendMessage, { flushed })

function sendMessage<T>(to: Destination<never>, message: T & Sendable<T>, options?: PriorityOption): T {
  const process = currentProcess()
  if (process?.alive === false) return message
  const kernel = process ? process.kernel : currentKernel()
  const target = resolveDestination(to, kernel)
  const from = process?.pid ?? kernel.user
  if (options?.priority) kernel.sendPriority(from, target, message as Term)
  else kernel.send(from, target, message as Term)
  return message
}

function flushed(to: Destination<never>): Promise<void> {
  const process = currentProcess()
  const kernel = process ? process.kernel : currentKernel()
  const { node } = resolveDestination(to, kernel)
  const { links } = kernel.router
  // A loop that never waits would keep sockets and timers from their turn.
  if (!links?.isBusy(node) && kernel.runQueue.spend()) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      if (process?.alive !== false) resolve()
    }
    if (links?.isBusy(node)) links.whenIdle(node, done)
    else setImmediate(done)
  })
}

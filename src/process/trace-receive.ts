import type { Term } from '../term/index.ts'
import type { LocalProcess } from './local-process.ts'
import type { InlineRequest } from './process-execution.ts'

const traced = new WeakSet<LocalProcess>()

/**
 * Calls `note` with each message that a process receives, before the message is in the mailbox, like the flag `receive` of
 * `erlang:trace/3`.
 *
 * Methods of the traced object take the place of those of its class, so a process that is not traced pays nothing.
 *
 * @returns a function that ends the trace. `note` must not call it, since it runs in one of the methods. Undefined when the process
 * is traced already
 */
export function traceReceive(target: LocalProcess, note: (message: Term) => void): (() => void) | undefined {
  if (traced.has(target)) return undefined
  traced.add(target)
  const { deliver, deliverPriority } = target
  const replaced = {
    deliver(message: Term): void {
      note(message)
      deliver.call(target, message)
    },
    deliverPriority(message: Term): void {
      note(message)
      deliverPriority.call(target, message)
    },
    // A server that is traced gets a message for every request.
    handleInline: (_request: InlineRequest<LocalProcess>): boolean => false,
  }
  Object.assign(target, replaced)
  return () => {
    traced.delete(target)
    for (const name of Object.keys(replaced).reverse()) Reflect.deleteProperty(target, name)
  }
}

import { atom, tuple } from '../../term/index.ts'
import type { LocalProcess } from '../local-process.ts'
import { MailboxFullError } from '../mailbox/index.ts'
import { reportOf } from '../reports/index.ts'

const MAX_QUEUE = atom('max_queue')
const LABEL = tuple(atom('monitor'), atom('long_message_queue'))

/**
 * Returns whether a message of code enters a mailbox whose length has reached `queueLimit`, and reports the length.
 *
 * @param local whether the sender is code of this node, which can get an error
 * @throws MailboxFullError
 */
export function admitMessage(process: LocalProcess, local: boolean): boolean {
  const { kernel, pid, mailbox, maxQueue } = process
  const { length } = mailbox
  if (!maxQueue || maxQueue.action === 'warn') {
    process.queueLimit = length * 2
    reportQueue(process, `${length} messages wait in its mailbox`)
    return true
  }
  const { size, action } = maxQueue
  if (action === 'exit') {
    reportQueue(process, `it ends, since ${length} messages wait in its mailbox, its limit`)
    process.exit(tuple(MAX_QUEUE, size))
    return false
  }
  if (action === 'refuse' && local) throw new MailboxFullError(pid, kernel.inspect(pid), size)
  const dropped = ++process.droppedMessages
  // Each doubling is reported, not each message.
  if ((dropped & (dropped - 1)) === 0)
    reportQueue(
      process,
      `${length} messages wait in its mailbox, its limit; ${dropped} more were dropped so far`,
    )
  return false
}

function reportQueue(process: LocalProcess, what: string): void {
  const { kernel, pid, registeredName, mailbox } = process
  const shown = kernel.inspect(registeredName ?? pid)
  const event = { label: LABEL, report: { pid, message_queue_len: mailbox.length } }
  reportOf(process, 'warning', { text: `Process ${shown}: ${what}.`, event })
}

import type { Pid } from '../../term/index.ts'

/** What happens to a message for a mailbox that has its most messages. */
export type MaxQueueAction = 'warn' | 'drop' | 'exit' | 'refuse'

/** Limit of the length of a mailbox, see `Process.maxQueue`. */
export interface MaxQueue {
  /** Most messages. */
  readonly size: number
  readonly action: MaxQueueAction
}

/** Length of a mailbox at which it is reported, when its process has set no limit. It is reported again at each doubling. */
export const LONG_QUEUE: number = 100_000

/** A message was not accepted, because the mailbox of its receiver has its most messages, see `Process.maxQueue`. */
export class MailboxFullError extends Error {
  override readonly name = 'MailboxFullError'
  readonly receiver: Pid

  /** @param shown the receiver, for people */
  constructor(receiver: Pid, shown: string, size: number) {
    super(
      `a message to ${shown} was not accepted: ${size} messages wait there, which is its limit (Process.maxQueue). Use calls, whose ` +
        'answers tell when the receiver takes more.',
    )
    this.receiver = receiver
  }
}

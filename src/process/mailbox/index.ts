export { IoReplies } from './io-replies.ts'
export { Mailbox, type MailboxKernel, type MailboxOwner } from './mailbox.ts'
export { LONG_QUEUE, MailboxFullError, type MaxQueue, type MaxQueueAction } from './max-queue.ts'

export { IoReplies } from './io-replies.ts'
export { Mailbox, type MailboxKernel, type MailboxOwner } from './mailbox.ts'

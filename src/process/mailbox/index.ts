export { IoReplies } from './io-replies.ts'
export { Mailbox, type MailboxOwner } from './mailbox.ts'

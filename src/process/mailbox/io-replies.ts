import { atom, isTuple, Reference, type Term } from '../../term/index.ts'
import { RefTable } from '../table/index.ts'

interface ExpectedReply {
  readonly ref: Reference
  readonly handler: (answer: Term) => void
}

const IO_REPLY = atom('io_reply')

/** Handlers for the `{:io_reply, ref, answer}` messages that must not enter the mailbox of a process. */
export class IoReplies {
  readonly #expected = new RefTable<ExpectedReply>()

  /** Gives the reply with this reference to `handler`, once. */
  expect(ref: Reference, handler: (answer: Term) => void): void {
    this.#expected.set({ ref, handler })
  }

  cancel(ref: Reference): void {
    this.#expected.delete(ref)
  }

  /** Calls the handler when the message is an expected reply. Returns whether it is one. */
  handle(message: Term): boolean {
    if (this.#expected.size === 0) return false
    if (!isTuple(message) || message.elements[0] !== IO_REPLY || message.length !== 3) return false
    const [, ref, answer] = message.elements as readonly Term[]
    if (!(ref instanceof Reference)) return false
    const expected = this.#expected.get(ref)
    if (!expected) return false
    this.#expected.delete(ref)
    expected.handler(answer)
    return true
  }
}

import type { Cancel } from '../../clock/index.ts'
import type { After, Clause, Term } from '../../term/index.ts'

/** A clause of a `receive`, or its `after`. */
export interface MessageHandler {
  handle(message: Term): unknown
}

/** A `receive`, from its call until it has taken a message. */
export class PendingReceive {
  readonly clauses: readonly Clause<unknown>[] | undefined
  readonly after: After<unknown> | undefined
  /** Whether {@link handle} is called by the continuation of a promise, which is code of the process. */
  continues = false
  cancelTimer: Cancel | undefined = undefined
  /** Number of messages at the front of the mailbox that no clause matched. */
  scanned = 0
  /** Whether a message was taken, or the timeout has passed. */
  taken = false
  message: Term = undefined
  readonly #owner: { readonly alive: boolean }
  #handler: MessageHandler | undefined
  #inPlace: boolean | undefined
  #resolve: ((taken: PendingReceive) => void) | undefined
  #reject: ((thrown: unknown) => void) | undefined

  constructor(
    owner: { readonly alive: boolean },
    clauses: readonly Clause<unknown>[] | undefined,
    after: After<unknown> | undefined,
  ) {
    this.#owner = owner
    this.clauses = clauses
    this.after = after
  }

  /** Sets what is called when a message is taken, and when a guard throws. */
  onTaken(resolve: (taken: PendingReceive) => void, reject: (thrown: unknown) => void): void {
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Whether the sender of a message may compare it with the clauses: their tests run no code of the program. */
  get inPlace(): boolean {
    this.#inPlace ??= arePure(this.clauses!)
    return this.#inPlace
  }

  /** Returns the first clause that matches a message. */
  clauseFor(message: Term): Clause<unknown> | undefined {
    const clauses = this.clauses!
    for (let index = 0; index < clauses.length; index++)
      if (clauses[index]!.test(message)) return clauses[index]
    return undefined
  }

  take(handler: MessageHandler | undefined, message: Term): void {
    this.taken = true
    this.#handler = handler
    this.message = message
    this.#resolve?.(this)
  }

  fail(thrown: unknown): void {
    if (!this.#reject) throw thrown
    this.#reject(thrown)
  }

  /** Calls the handler with the message that was taken. The result never settles when the process has ended meanwhile. */
  handle(): unknown {
    return this.#owner.alive ? this.#handler!.handle(this.message) : new Promise(() => {})
  }
}

function arePure(clauses: readonly Clause<unknown>[]): boolean {
  try {
    for (let index = 0; index < clauses.length; index++) if (clauses[index]!.pure !== true) return false
    return true
  } catch {
    // A pattern is not valid. The process gets the error when it compares the message itself.
    return false
  }
}

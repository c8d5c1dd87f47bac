import type { Term } from '../term/index.ts'

/** What a live process is at and has not ended: a callback, or a function that waits neither for a message nor for a time. */
export interface Busy {
  /**
   * For how long, in milliseconds: in a callback since it was called, in a function since somebody first asked after its last
   * step (its begin, a `receive`, a `sleep`), since a clock that is read at each would cost more than they do.
   */
  readonly ms: number
  /** What the callback was called with. */
  readonly message?: Term
}

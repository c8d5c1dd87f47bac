import type { LocalProcess, Maybe } from '../../process/index.ts'
import type { Atom, Term } from '../../term/index.ts'
import type { From } from '../call/index.ts'
import type { NoReply, Reply, Stop } from './result.ts'

/** What a callback says next. Undefined where the state stays what it was. */
export type CallbackResult<S> = Reply<unknown, S> | NoReply<S> | Stop<S, unknown> | undefined

/** What `init` says: the first state, alone or with what is done next; or that there is to be no server. */
export type InitResult<S> = S | NoReply<S> | Stop<never> | Atom<'ignore'>

/** What is shown of a server: to those who ask for its status, and in the report of its crash. */
export interface Status<S> {
  readonly state: S
  /** The last message, in a report. */
  readonly message?: Term
  /** Why it ends, in a report. */
  readonly reason?: Term
}

/** The callbacks of a server. What they return as plain values costs no promise. */
export interface Behaviour<A, S> {
  /** What the server is, for people: `GenServer`, `Supervisor`. */
  readonly kind: string
  /** Whether a callback has to say what comes next, and undefined is nonsense. */
  readonly strict?: boolean
  init(arg: A, process: LocalProcess): Maybe<InitResult<S>>
  handleCall(request: Term, from: From, state: S, process: LocalProcess): Maybe<CallbackResult<S>>
  handleCast(message: Term, state: S, process: LocalProcess): Maybe<CallbackResult<S>>
  handleInfo(message: Term, state: S, process: LocalProcess): Maybe<CallbackResult<S>>
  terminate(reason: Term, state: S, process: LocalProcess): Maybe<unknown>
  readonly codeChange?: ((oldVersion: Term, state: S, extra: Term) => Maybe<S>) | undefined
  readonly formatStatus?: ((status: Status<S>) => Partial<Status<unknown>>) | undefined
}

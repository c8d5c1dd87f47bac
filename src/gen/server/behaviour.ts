import type { FunctionName, LocalProcess, MaybePromise } from '../../process/index.ts'
import { type Atom, atom, type Term } from '../../term/index.ts'
import type { From } from '../call/index.ts'
import type { NoReply, Reply, Stop } from './result.ts'

const SUPERVISOR = atom('supervisor') as Atom

/** Result of a callback. Undefined when the state is unchanged. */
export type CallbackResult<S> = Reply<unknown, S> | NoReply<S> | Stop<S, unknown> | undefined

/** Result of `init`: the first state, alone or with a next action; or `ignore` or `stop`. */
export type InitResult<S> = S | NoReply<S> | Stop<never> | Atom<'ignore'>

/** Visible status of a server, in the answer of `sys` and in the report of its crash. */
export interface Status<S> {
  readonly state: S
  /** The last message, in a report. */
  readonly message?: Term
  /** The exit reason, in a report. */
  readonly reason?: Term
}

/** Callbacks of a server. A result that is not a promise is used at once, without a turn of the event loop. */
export interface Behaviour<A, S> {
  /** Kind of server, for reports: `GenServer`, `Supervisor`. */
  readonly kind: string
  /** The first function that a process of this kind has on a BEAM node. Default: `init/1` of the module of the kind. */
  readonly initialCall?: FunctionName
  /** Whether `undefined` is an invalid result of a callback. */
  readonly strict?: boolean
  init(arg: A, process: LocalProcess): MaybePromise<InitResult<S>>
  handleCall(request: Term, from: From, state: S, process: LocalProcess): MaybePromise<CallbackResult<S>>
  handleCast(message: Term, state: S, process: LocalProcess): MaybePromise<CallbackResult<S>>
  handleInfo(message: Term, state: S, process: LocalProcess): MaybePromise<CallbackResult<S>>
  terminate(reason: Term, state: S, process: LocalProcess): MaybePromise<unknown>
  readonly codeChange?: ((oldVersion: Term, state: S, extra: Term) => MaybePromise<S>) | undefined
  readonly formatStatus?: ((status: Status<S>) => Partial<Status<unknown>>) | undefined
}

/** Returns `supervisor:Module/1`, the first function of a supervisor whose module is the Elixir module of that name. */
export function supervisorCall(module: string): FunctionName {
  return { module: SUPERVISOR, name: atom(`Elixir.${module}`) as Atom, arity: 1 }
}

import { type ExitReason, type MaybePromise, reasonTerm } from '../../process/index.ts'
import { type Atom, atom, type Term } from '../../term/index.ts'
import type { From } from '../call/index.ts'

/** What a server does before its next message. */
export interface NextAction<S> {
  /** Runs before any other message, for work that the start or a caller should not wait for. @see `{:continue, term}` */
  readonly continue?: (state: S) => MaybePromise<NoReply<NoInfer<S>> | Stop<NoInfer<S>>>
  /** Milliseconds after which the server receives `:timeout`, unless a message arrives earlier. */
  readonly timeout?: number
  /** Accepted without an effect: JavaScript manages its memory. */
  readonly hibernate?: true
}

/** {@link NextAction} of a server with any state. */
export interface AnyNextAction extends Omit<NextAction<never>, 'continue'> {
  readonly continue?: (state: never) => unknown
}

/** Answers a call and sets the next state. Made by {@link reply}. */
export class Reply<out R, out S> {
  declare protected readonly kind: 'reply'
  readonly value: R
  readonly state: S
  /** @internal */
  readonly next: AnyNextAction | undefined

  constructor(value: R, state: S, then?: AnyNextAction) {
    this.value = value
    this.state = state
    this.next = then
  }
}

/** Sets the next state. Made by {@link noreply}. */
export class NoReply<out S> {
  declare protected readonly kind: 'noreply'
  readonly state: S
  /** @internal */
  readonly next: AnyNextAction | undefined

  constructor(state: S, then?: AnyNextAction) {
    this.state = state
    this.next = then
  }
}

/** Ends the server. Made by {@link stop}. */
export class Stop<out S, out R = never> {
  declare protected readonly kind: 'stop'
  readonly reason: Term
  readonly state: S
  readonly replies: readonly R[]
  /** Whether the state is unchanged, since none was given. */
  readonly keepsState: boolean

  constructor(reason: Term, state: S, answer: readonly R[], keeps: boolean = false) {
    this.reason = reason
    this.state = state
    this.replies = answer
    this.keepsState = keeps
  }
}

/** Result of `init` of a server that is not needed: it is not started, without an error. */
export const ignore: Atom<'ignore'> = atom('ignore')

/** Answers the call and sets the next state. @see `{:reply, reply, state}` */
export function reply<R, S>(value: R, state: S, then?: NextAction<NoInfer<S>>): Reply<R, S> {
  return new Reply(value, state, then)
}

/** Sets the next state; from `init`, the first state. @see `{:noreply, state}` */
export function noreply<S>(state: S, then?: NextAction<NoInfer<S>>): NoReply<S> {
  return new NoReply(state, then)
}

/**
 * Ends the server with a reason: `'normal'`, `'shutdown'`, or an error. Without a state the last state is kept. In a call,
 * `value` is the answer. From `init`, the start fails with the reason.
 *
 * @see `{:stop, reason, reply, state}`
 */
export function stop<S = never, R = never>(
  reason: ExitReason,
  ...rest: [] | [state: S] | [state: S, value: R]
): Stop<S, R> {
  const [state, ...answer] = rest
  return new Stop(reasonTerm(reason), state as S, answer as R[], rest.length === 0)
}

/** Call that is answered after its handler has returned. Made by {@link deferredReply}. */
export class DeferredReply<out R, out F extends (...args: never[]) => unknown> {
  declare protected readonly answer?: R
  readonly handler: F

  constructor(handler: F) {
    this.handler = handler
  }
}

/**
 * Defines a call whose handler returns without an answer. The handler receives a {@link From} after the state, keeps it,
 * and answers later with `from.reply(value)`.
 *
 * @example next: deferredReply((queue, from: From<Job>) => noreply({ ...queue, waiting: [...queue.waiting, from] }))
 * @see `{:noreply, state}` in `handle_call/3`
 */
export function deferredReply<S, R, A extends readonly unknown[]>(
  handler: (state: S, from: From<R>, ...args: A) => MaybePromise<NoReply<S> | Stop<S>>,
): DeferredReply<R, (state: S, ...args: A) => unknown> {
  return new DeferredReply(handler as never)
}

import { type Maybe, reasonTerm } from '../../process/index.ts'
import { type Atom, atom, type Term } from '../../term/index.ts'
import type { From } from '../call/index.ts'

/** What a server does before it takes its next message. */
export interface NextAction<S> {
  /** Runs before any other message: for work that `init` or an answer should not wait for. @see `{:continue, term}` */
  readonly continue?: (state: S) => Maybe<NoReply<NoInfer<S>> | Stop<NoInfer<S>>>
  /** Milliseconds: when nothing has come by then, the message `:timeout` has. It is gone with the next message. */
  readonly timeout?: number
  /** Accepted, and of no consequence: memory is JavaScript's affair. */
  readonly hibernate?: true
}

/** The same, of whichever server. */
export interface AnyNextAction extends Omit<NextAction<never>, 'continue'> {
  readonly continue?: (state: never) => unknown
}

/** Answers a call and goes on with a new state. Made by {@link reply}. */
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

/** Goes on with a new state. Made by {@link noreply}. */
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
  /** Whether the last state stays what it was. */
  readonly keepsState: boolean

  constructor(reason: Term, state: S, answer: readonly R[], keeps: boolean = false) {
    this.reason = reason
    this.state = state
    this.replies = answer
    this.keepsState = keeps
  }
}

/** What `init` returns where there is nothing to be done: the server is not started, and nothing is wrong. */
export const ignore: Atom<'ignore'> = atom('ignore')

/** Answers the call, and goes on with a new state. @see `{:reply, reply, state}` */
export function reply<R, S>(value: R, state: S, then?: NextAction<NoInfer<S>>): Reply<R, S> {
  return new Reply(value, state, then)
}

/** Goes on with a new state; from `init`, starts with it. @see `{:noreply, state}` */
export function noreply<S>(state: S, then?: NextAction<NoInfer<S>>): NoReply<S> {
  return new NoReply(state, then)
}

/**
 * Ends the server with a reason: `'normal'`, `'shutdown'`, or what went wrong. Without a state the last one counts. In a
 * call, `value` answers it first. From `init`: the server could not be started.
 *
 * @see `{:stop, reason, reply, state}`
 */
export function stop<S = never, R = never>(
  reason: Term,
  ...rest: [] | [state: S] | [state: S, value: R]
): Stop<S, R> {
  const [state, ...answer] = rest
  return new Stop(reasonTerm(reason), state as S, answer as R[], rest.length === 0)
}

/** A call that is answered later. Made by {@link deferredReply}. */
export class DeferredReply<out R, out F extends (...args: never[]) => unknown> {
  declare protected readonly answer?: R
  readonly handler: F

  constructor(handler: F) {
    this.handler = handler
  }
}

/**
 * A call that its handler does not answer when it returns: it gets a {@link From} besides the arguments, to keep and to
 * `reply` to when there is something to say.
 *
 * @example next: later((queue, from: From<Job>) => noreply({ ...queue, waiting: [...queue.waiting, from] }))
 */
export function deferredReply<S, R, A extends readonly unknown[]>(
  handler: (state: S, from: From<R>, ...args: A) => Maybe<NoReply<S> | Stop<S>>,
): DeferredReply<R, (state: S, ...args: A) => unknown> {
  return new DeferredReply(handler as never)
}

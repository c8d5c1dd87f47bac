import type { MaybePromise } from '../../process/index.ts'
import type { Atom, Floats, Pid, Term } from '../../term/index.ts'
import type { From, ServerRequest } from '../call/index.ts'
import type { ChildOptions, ChildSpec } from '../child/index.ts'
import type { Status } from './behaviour.ts'
import type { DeferredReply, NoReply, Reply, Stop } from './result.ts'
import type { StartOptions } from './start-server.ts'

/** Request with an answer of type `R`. It is an ordinary term: `{:add, 2}`. */
export interface Call<out R> {
  /** Exists for the compiler only. */
  readonly [answers]: () => R
}
declare const answers: unique symbol

/** A message for {@link GenServer.cast}. It is an ordinary term. */
export interface Cast {
  /** Exists for the compiler only. */
  readonly [casts]: true
}
declare const casts: unique symbol

export type CallHandler<S> =
  | ((state: S, ...args: never[]) => MaybePromise<Reply<unknown, S> | Stop<S, unknown>>)
  | DeferredReply<unknown, (state: S, ...args: never[]) => unknown>
export type CastHandler<S> = (state: S, ...args: never[]) => MaybePromise<NoReply<S> | Stop<S>>

type ReplyOf<T> = T extends Reply<infer R, unknown> ? R : T extends Stop<unknown, infer R> ? R : never

type CallBuilder<H> =
  H extends DeferredReply<infer R, infer F>
    ? F extends (state: never, ...args: infer A) => unknown
      ? (...args: A) => Call<R>
      : never
    : H extends (state: never, ...args: infer A) => infer T
      ? (...args: A) => Call<ReplyOf<Awaited<T>>>
      : never
type CastBuilder<H> = H extends (state: never, ...args: infer A) => unknown ? (...args: A) => Cast : never
/** Request of a name that is a call and a cast: both, where the arguments are the same. */
type BothBuilder<H, I> =
  CallBuilder<H> extends (...args: infer A) => infer R
    ? CastBuilder<I> extends (...args: infer B) => unknown
      ? [A, B] extends [B, A]
        ? (...args: A) => R & Cast
        : CallBuilder<H> & CastBuilder<I>
      : never
    : never

/** State of a server, derived from the type of its `init`. */
export type StateOf<I> =
  Awaited<I> extends infer R
    ? R extends NoReply<infer S>
      ? S
      : R extends Stop<unknown, unknown> | Atom<'ignore'>
        ? never
        : R
    : never

/** Result of a start, derived from the type of `init`: the pid, or `:ignore` if `init` may return it. */
export type StartResult<I> = Pid | Extract<Awaited<I>, Atom<'ignore'>>

/** Callbacks of a server beside its named requests. */
export interface Callbacks<S> {
  /**
   * Handles every call that no name in `call` fits, such as a struct or `{1, 2}`. It may return `noreply(state)` and answer later with
   * `from.reply`. Without it, such a call ends the server.
   */
  readonly handleCall?: (
    request: Term,
    from: From<unknown>,
    state: S,
  ) => MaybePromise<Reply<unknown, S> | NoReply<S> | Stop<S, unknown>>
  /** Handles every cast that no name in `cast` fits. Without it, such a cast ends the server. */
  readonly handleCast?: (message: Term, state: S) => MaybePromise<NoReply<S> | Stop<S>>
  /** Handles every other message. Without it, such messages are reported and dropped. */
  readonly info?: (message: Term, state: S) => MaybePromise<NoReply<S> | Stop<S>>
  /**
   * Cleans up at the end of the server: after `stop` or an error, and, if the server traps exits, when its supervisor ends
   * it.
   */
  readonly terminate?: (reason: Term, state: S) => MaybePromise<unknown>
  /** Converts the state of the old code when the code of a running server is changed. */
  readonly codeChange?: (oldVersion: Term, state: never, extra: Term) => MaybePromise<S>
  /** Removes secrets from the status and from reports. */
  readonly formatStatus?: (status: Status<S>) => Partial<Status<unknown>>
}

/** Definition of a server. @see {@link GenServer.define} */
export interface Definition<A, I, C, K> {
  /**
   * Returns the first state, or `noreply(state, { continue, timeout })`; or `ignore` or `stop(reason)` when the server is
   * not started. The start fails with what `init` throws.
   */
  readonly init: (arg: A) => I
  /**
   * Calls by name: `add: (n, by: number) => reply(n + by, n + by)` answers `{:add, 2}`. `addLater` is `:add_later` in messages; a name with
   * a colon, `':addLater'`, is the atom as it is written.
   */
  readonly call?: C
  /** Casts by name: `clear: () => noreply(0)` handles `:clear`. */
  readonly cast?: K
  /**
   * What a float without a fraction is in a request from a BEAM node: `'exact'`, a `Float`, or `'number'`, for handlers that
   * compare numbers. Default: `'exact'`.
   */
  readonly floats?: Floats
}

/** Module of a defined server: functions that start it, and its requests by name. */
export type GenServerModule<A, I, C, K> = {
  readonly [N in keyof C]: N extends keyof K ? BothBuilder<C[N], K[N]> : CallBuilder<C[N]>
} & {
  readonly [N in Exclude<keyof K, keyof C>]: CastBuilder<K[N]>
} & {
  /** Exists for the compiler only. */
  readonly [parts]?: { readonly state: StateOf<I>; readonly call: C; readonly cast: K }
  /**
   * Starts the server without a link.
   *
   * @param options `name`; `timeout`, the milliseconds that `init` may take; `debug`, what {@link sys} records from the
   *   start
   * @returns the pid when `init` has returned, or `:ignore` when `init` returned that
   * @throws ExitError with the reason of a failed `init`, `timeout`, or `{:already_started, pid}`
   */
  start(arg: A, options?: StartOptions): Promise<StartResult<I>>
  /** Starts the server, linked to the calling process. @throws ExitError as {@link start} */
  startLink(arg: A, options?: StartOptions): Promise<StartResult<I>>
  /** Returns the child specification of the server. Its default id is its name. */
  child(arg: A, options?: ChildOptions): ChildSpec
}
declare const parts: unique symbol

type CallsOf<M> = M extends { readonly [parts]?: { readonly call: infer C } } ? C : never
type CastsOf<M> = M extends { readonly [parts]?: { readonly cast: infer K } } ? K : never
type ArgsOf<B> = B extends (...args: infer A) => unknown ? A : never
type ResultOf<B> = B extends (...args: never[]) => Call<infer R> ? R : never

/** Server on any node with the types of its definition, of which `import type` is enough. Made by {@link GenServer.at}. */
export interface TypedServer<M> {
  /** Sends a request by its name and returns the answer. @throws ExitError as {@link GenServer.call} */
  call<N extends keyof CallsOf<M> & string>(
    name: N,
    ...args: ArgsOf<CallBuilder<CallsOf<M>[N]>>
  ): Promise<ResultOf<CallBuilder<CallsOf<M>[N]>>>
  /** Sends a request by its name, and returns at once. @see {@link GenServer.sendRequest} */
  sendRequest<N extends keyof CallsOf<M> & string>(
    name: N,
    ...args: ArgsOf<CallBuilder<CallsOf<M>[N]>>
  ): ServerRequest<ResultOf<CallBuilder<CallsOf<M>[N]>>>
  cast<N extends keyof CastsOf<M> & string>(name: N, ...args: ArgsOf<CastBuilder<CastsOf<M>[N]>>): void
}

/** Term that is neither a cast nor a call with a typed answer. */
export type UntypedRequest<T> = T extends Cast | Call<unknown> ? never : T

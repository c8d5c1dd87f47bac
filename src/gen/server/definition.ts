import type { Maybe } from '../../process/index.ts'
import type { Atom, Pid, Term } from '../../term/index.ts'
import type { ChildOptions, ChildSpec } from '../child/index.ts'
import type { Status } from './behaviour.ts'
import type { DeferredReply, NoReply, Reply, Stop } from './result.ts'
import type { StartOptions } from './start-server.ts'

/** A request that is answered with an `R`. It is an ordinary term: `{:add, 2}`. */
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
  | ((state: S, ...args: never[]) => Maybe<Reply<unknown, S> | Stop<S, unknown>>)
  | DeferredReply<unknown, (state: S, ...args: never[]) => unknown>
export type CastHandler<S> = (state: S, ...args: never[]) => Maybe<NoReply<S> | Stop<S>>

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

/** The state of a server, by what its `init` returns. */
export type StateOf<I> =
  Awaited<I> extends infer R
    ? R extends NoReply<infer S>
      ? S
      : R extends Stop<unknown, unknown> | Atom<'ignore'>
        ? never
        : R
    : never

/** What starting a server comes to, by what its `init` returns: its pid, or `:ignore` where that says so. */
export type StartResult<I> = Pid | Extract<Awaited<I>, Atom<'ignore'>>

/** The callbacks of a server that have no name on the wire. */
export interface Callbacks<S> {
  /** Every other message. Left out, they are reported and dropped. */
  readonly info?: (message: Term, state: S) => Maybe<NoReply<S> | Stop<S>>
  /** Cleans up when the server ends by itself, or is told to by its supervisor while it traps exits. */
  readonly terminate?: (reason: Term, state: S) => Maybe<unknown>
  /** Makes a state of the old code one of the new, when the code of a running server is changed. */
  readonly codeChange?: (oldVersion: Term, state: never, extra: Term) => Maybe<S>
  /** Leaves out of the status and of reports what nobody should see. */
  readonly formatStatus?: (status: Status<S>) => Partial<Status<unknown>>
}

/** What a server is made of. @see {@link GenServer.define} */
export interface Definition<A, I, C, K> {
  /**
   * Makes the first state: returns it, or `noreply(state, { continue, timeout })`; or `ignore` or `stop(reason)`, where there
   * is to be no server. What it throws is why the server could not be started.
   */
  readonly init: (arg: A) => I
  /** Calls by name: `add: (n, by: number) => reply(n + by, n + by)` answers `{:add, 2}`. */
  readonly call?: C
  /** Casts by name: `clear: () => noreply(0)` takes `:clear`. */
  readonly cast?: K
}

/** A server that was defined: how it is started, and its requests by name. */
export type GenServerModule<A, I, C, K> = {
  readonly [N in keyof C]: CallBuilder<C[N]>
} & {
  readonly [N in keyof K]: CastBuilder<K[N]>
} & {
  /** Exists for the compiler only. */
  readonly [parts]?: { readonly state: StateOf<I>; readonly call: C; readonly cast: K }
  /**
   * Starts the server; it belongs to nobody.
   *
   * @param options `name`; `timeout`, the milliseconds that `init` may take; `debug` as {@link sys} has it
   * @returns the pid when `init` is done, or `:ignore` where it says so
   * @throws ExitError with the reason of a failed `init`, `timeout`, or `{:already_started, pid}`
   */
  start(arg: A, options?: StartOptions): Promise<StartResult<I>>
  /** Starts the server, linked to the process whose code this is. @throws ExitError as {@link start} */
  startLink(arg: A, options?: StartOptions): Promise<StartResult<I>>
  /** How a supervisor starts the server. Its id is its name, unless one is given. */
  child(arg: A, options?: ChildOptions): ChildSpec
}
declare const parts: unique symbol

type CallsOf<M> = M extends { readonly [parts]?: { readonly call: infer C } } ? C : never
type CastsOf<M> = M extends { readonly [parts]?: { readonly cast: infer K } } ? K : never
type ArgsOf<B> = B extends (...args: infer A) => unknown ? A : never
type ResultOf<B> = B extends (...args: never[]) => Call<infer R> ? R : never

/** A server on whichever node, by the type of its definition: `import type` is enough. Made by {@link GenServer.at}. */
export interface TypedServer<M> {
  /** Calls it by the name of the request. @throws ExitError as {@link GenServer.call} */
  call<N extends keyof CallsOf<M> & string>(
    name: N,
    ...args: ArgsOf<CallBuilder<CallsOf<M>[N]>>
  ): Promise<ResultOf<CallBuilder<CallsOf<M>[N]>>>
  cast<N extends keyof CastsOf<M> & string>(name: N, ...args: ArgsOf<CastBuilder<CastsOf<M>[N]>>): void
}

/** A term that is no cast, and no call whose answer has a type. */
export type UntypedRequest<T> = T extends Cast | Call<unknown> ? never : T

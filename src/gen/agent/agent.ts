import {
  currentKernel,
  currentProcess,
  DEFAULT_TIMEOUT,
  type ExitReason,
  type Kernel,
  type MaybePromise,
  readTimeout,
  requireProcess,
  resolveDestination,
  type Timeout,
  type TimeoutOptions,
} from '../../process/index.ts'
import { type Atom, atom, escapeName, nameToAtom, type Pid, type Term, tuple } from '../../term/index.ts'
import { callServer, GEN_CALL, GEN_CAST, type Server } from '../call/index.ts'
import { type ChildOptions, type ChildSpec, specOptions, withName } from '../child/index.ts'
import { checkStartOptions, GenServer, type StartOptions, startServer } from '../server/index.ts'
import { agentBehaviour, CAST, GET, GET_AND_UPDATE, UPDATE } from './agent-behaviour.ts'

/** Pid of an agent, with the type of its state. */
export type AgentPid<S> = Pid & {
  /** Exists for the compiler only. */
  readonly [state]?: S
}
declare const state: unique symbol

type Fn = (...args: never[]) => unknown
type Mfa = [
  module: string | Atom,
  name: string | Atom,
  args: readonly Term[],
  timeout?: Timeout | TimeoutOptions,
]

/** Function that reads or changes a state: a function of this node, or the name of one of the agent's node. */
interface Get {
  <S, R>(
    agent: AgentPid<S>,
    fn: (state: NoInfer<S>) => R,
    timeout?: Timeout | TimeoutOptions,
  ): Promise<Awaited<R>>
  <R, S = unknown>(
    agent: Server,
    fn: (state: S) => R,
    timeout?: Timeout | TimeoutOptions,
  ): Promise<Awaited<R>>
  (agent: Server, ...mfa: Mfa): Promise<Term>
}
interface GetAndUpdate {
  <S, R>(
    agent: AgentPid<S>,
    fn: (state: NoInfer<S>) => MaybePromise<readonly [R, NoInfer<S>]>,
    timeout?: Timeout | TimeoutOptions,
  ): Promise<R>
  <R, S = unknown>(
    agent: Server,
    fn: (state: S) => MaybePromise<readonly [R, S]>,
    timeout?: Timeout | TimeoutOptions,
  ): Promise<R>
  (agent: Server, ...mfa: Mfa): Promise<Term>
}
interface Update {
  <S>(
    agent: AgentPid<S>,
    fn: (state: NoInfer<S>) => MaybePromise<NoInfer<S>>,
    timeout?: Timeout | TimeoutOptions,
  ): Promise<void>
  <S = unknown>(
    agent: Server,
    fn: (state: S) => MaybePromise<S>,
    timeout?: Timeout | TimeoutOptions,
  ): Promise<void>
  (agent: Server, ...mfa: Mfa): Promise<void>
}
interface CastState {
  <S>(agent: AgentPid<S>, fn: (state: NoInfer<S>) => MaybePromise<NoInfer<S>>): void
  <S = unknown>(agent: Server, fn: (state: S) => MaybePromise<S>): void
  (agent: Server, module: string | Atom, name: string | Atom, args: readonly Term[]): void
}

/**
 * Process that keeps a value, which other processes read and change with functions.
 *
 * The functions run in the agent, one after the other. An error of a function ends the agent.
 *
 * When not to use it: for a value that only one process uses (use a variable); for a state with rules (use a `GenServer`).
 * A function cannot be sent to another program, so it is named for an agent on another node.
 */
export const Agent = {
  /**
   * Starts an agent, linked to the calling process, with the result of the function as its state. @see `Agent.start_link/2`
   */
  startLink<S>(fn: () => MaybePromise<S>, options: StartOptions = {}): Promise<AgentPid<S>> {
    const link = requireProcess('Agent.startLink()')
    return startServer(link.kernel, agentBehaviour, fn as () => unknown, {
      ...checkStartOptions(options, 'Agent.startLink'),
      link,
    })
  },

  /** Starts an agent without a link. @see `Agent.start/2` */
  start<S>(fn: () => MaybePromise<S>, options: StartOptions = {}): Promise<AgentPid<S>> {
    return startServer(
      currentKernel(),
      agentBehaviour,
      fn as () => unknown,
      checkStartOptions(options, 'Agent.start'),
    )
  },

  /** Returns the child specification of an agent. */
  child(fn: () => unknown, options: ChildOptions = {}): ChildSpec {
    return {
      ...specOptions(options, 'Agent'),
      start: withName('Agent.startLink', () => Agent.startLink(fn, { name: options.name })),
    }
  },

  /**
   * Returns the result of a function of the state: `Agent.get(agent, (n: number) => n)`. For another node the function is
   * named: `Agent.get({ name: 'Counter', node }, 'Kernel', 'to_string', [])` passes the state before the arguments.
   *
   * @param timeout milliseconds, or `{ timeout }`. Default: 5,000
   * @throws ExitError when the agent does not exist, does not answer in time, or ends because the function threw
   * @throws TypeError when the agent is on another node and the function is not exported
   * @see `Agent.get/3`
   */
  get: ((agent: Server, ...rest: Rest) => request([GET, 'Agent.get'], agent, rest)) as Get,

  /** Replaces the state by the result of the function. @throws as {@link Agent.get} @see `Agent.update/3` */
  update: (async (agent: Server, ...rest: Rest) => {
    await request([UPDATE, 'Agent.update'], agent, rest)
  }) as Update,

  /**
   * Calls a function that returns a pair: the answer, and the new state.
   *
   * @throws as {@link Agent.get}
   * @see `Agent.get_and_update/3`
   */
  getAndUpdate: ((agent: Server, ...rest: Rest) =>
    request([GET_AND_UPDATE, 'Agent.getAndUpdate'], agent, rest)) as GetAndUpdate,

  /** Replaces the state by the result of the function, without waiting for it. @see `Agent.cast/2` */
  cast: ((agent: Server, ...rest: Rest) => {
    const kernel = currentKernel()
    const process = currentProcess()
    if (process?.alive === false) return
    const message = tuple(GEN_CAST, tuple(CAST, functionTerm(agent, rest, kernel)))
    kernel.send(process?.pid ?? kernel.user, resolveDestination(agent, kernel), message)
  }) as CastState,

  /** Ends an agent and waits for its exit. @throws ExitError as {@link GenServer.stop} @see `Agent.stop/3` */
  stop(agent: Server, reason?: ExitReason, timeout?: Timeout | TimeoutOptions): Promise<void> {
    return GenServer.stop(agent, reason, readTimeout(timeout, Number.POSITIVE_INFINITY, 'Agent.stop'))
  },
} as const

type Rest = readonly [Fn, (Timeout | TimeoutOptions)?] | Readonly<Mfa>

async function request(
  [word, fn]: readonly [word: Term, fn: string],
  agent: Server,
  rest: Rest,
): Promise<never> {
  const given = (typeof rest[0] === 'function' ? rest[1] : rest[3]) as Timeout | TimeoutOptions | undefined
  const timeout = readTimeout(given, DEFAULT_TIMEOUT, fn)
  const message = tuple(word, functionTerm(agent, rest, currentKernel()))
  return (await callServer(agent, GEN_CALL, message, { timeout }, ['GenServer', 'call'])) as never
}

/** Returns a function for the agent: itself within this node, and `{module, function, args}` for another node. */
function functionTerm(agent: Server, [first, second, third]: Rest, kernel: Kernel): Term {
  if (typeof first !== 'function') {
    const name = second as string | Atom
    return tuple(nameToAtom(first), typeof name === 'string' ? atom(name) : name, third as readonly Term[])
  }
  const target = resolveDestination(agent, kernel)
  if (kernel.isLocal(target)) return first as unknown as Term
  const exported = kernel.modules.exportedAs(first)
  if (exported) return tuple(exported.module, exported.name, [])
  throw new TypeError(
    `the function ${first.name || '(an arrow)'} is to run in an agent on ${escapeName(target.node.name)}, but it is not exported by any ` +
      "module: list its module in the application (modules: { Counters }), or name a function of that node: Agent.get(agent, 'Counters', 'total', []).",
  )
}

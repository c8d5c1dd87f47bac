import {
  currentKernel,
  type ExitReason,
  readTimeout,
  reasonTerm,
  type Timeout,
  type TimeoutOptions,
  timeoutTerm,
} from '../../process/index.ts'
import { atom, ErlangError, error, isTuple, nameToAtom, ok, type Term, tuple } from '../../term/index.ts'
import { callServer, resolveServer, type Server } from '../call/index.ts'
import { stateFormOf } from './state-form.ts'
import { SYSTEM } from './system-messages.ts'

/** Time to wait for the answer: a timeout, as in Elixir, or `{ timeout }`. Default: 5,000 ms. */
export type SysOptions = Timeout | TimeoutOptions

/** Counts of {@link sys.statistics}. */
export interface Statistics {
  readonly messagesIn: number
  readonly messagesOut: number
}

/**
 * Inspects and changes a server on any node, Moebi or BEAM: a GenServer, a Supervisor, a Task.Supervisor.
 *
 * When not to use it: in the code of a program. It is for the shell, for tests and for tools; a program calls the server.
 *
 * Each function throws an ExitError `{reason, {:sys, …}}` when there is no answer, as a call does.
 *
 * @see `:sys`
 */
export const sys = {
  /**
   * Returns the state of a server.
   *
   * @throws ErlangError when the server fails to return it
   * @see `:sys.get_state/2`
   */
  async getState<S = Term>(server: Server, options?: SysOptions): Promise<S> {
    return (await askState(server, atom('get_state'), 'get_state', [], options)) as S
  },

  /**
   * Replaces the state of a server by the result of a function, and returns it.
   *
   * @param fn for a server on another node, a function that is exported there
   * @throws ErlangError `{:callback_failed, …}` when `fn` throws; the state is then unchanged
   * @see `:sys.replace_state/3`
   */
  async replaceState<S = Term>(server: Server, fn: (state: S) => S, options?: SysOptions): Promise<S> {
    const request = tuple(atom('replace_state'), fn as unknown as Term)
    return (await askState(server, request, 'replace_state', [fn as unknown as Term], options)) as S
  },

  /** Suspends a server: it handles only system messages until it is resumed. @see `:sys.suspend/2` */
  async suspend(server: Server, options?: SysOptions): Promise<void> {
    await ask(server, atom('suspend'), 'suspend', [], options)
  },

  /** Resumes a suspended server. @see `:sys.resume/2` */
  async resume(server: Server, options?: SysOptions): Promise<void> {
    await ask(server, atom('resume'), 'resume', [], options)
  },

  /** Returns the status of a server: `{:status, pid, {:module, module}, […]}`. @see `:sys.get_status/2` */
  getStatus(server: Server, options?: SysOptions): Promise<Term> {
    return ask(server, atom('get_status'), 'get_status', [], options)
  },

  /** Tells a server to end with a reason, without waiting for its exit. @see `:sys.terminate/3` */
  async terminate(server: Server, reason: ExitReason, options?: SysOptions): Promise<void> {
    const term = reasonTerm(reason)
    await ask(server, tuple(atom('terminate'), term), 'terminate', [term], options)
  },

  /**
   * Changes the code of a suspended server.
   *
   * @param module the new definition of a server of this node, or the name of a module of the server's node
   * @param extra goes to `codeChange`; for an agent the function that changes its state, or `{module, function, args}`
   * @throws ErlangError when `codeChange` throws; the server is then unchanged
   * @see `:sys.change_code/5`
   */
  async changeCode(
    server: Server,
    module: object | string,
    oldVersion: Term = atom('undefined'),
    extra: Term | ((state: never) => unknown) = [],
    options?: SysOptions,
  ): Promise<void> {
    const named = typeof module === 'string' ? nameToAtom(module) : (module as unknown as Term)
    const args = [named, oldVersion, extra as Term]
    checked(await ask(server, tuple(atom('change_code'), ...args), 'change_code', args, options))
  },

  /** Makes a server print its messages and answers, or stops it. @see `:sys.trace/3` */
  async trace(server: Server, on: boolean, options?: SysOptions): Promise<void> {
    await debug(server, 'trace', on, options)
  },

  /**
   * Makes a server keep its last events (`true`: 10, or a number), or stops it (`false`). `'get'` returns them, the oldest
   * first: `{:in, message}`, `{:out, answer, from, state}`, `{:noreply, state}`.
   *
   * @see `:sys.log/3`
   */
  async log(server: Server, flag: boolean | number | 'get', options?: SysOptions): Promise<readonly Term[]> {
    const word = flag === 'get' ? atom('get') : typeof flag === 'number' ? tuple(true, flag) : flag
    const answer = await debug(server, 'log', word, options)
    return isTuple(answer) ? (answer.elements[1] as readonly Term[]) : []
  },

  /** Makes a server count its messages, or stops it. `'get'` returns the counts, or undefined. @see `:sys.statistics/3` */
  async statistics(
    server: Server,
    flag: boolean | 'get',
    options?: SysOptions,
  ): Promise<Statistics | undefined> {
    const answer = await debug(server, 'statistics', flag === 'get' ? atom('get') : flag, options)
    const counts = isTuple(answer) ? answer.elements[1] : undefined
    if (!Array.isArray(counts)) return undefined
    const count = (name: string): number =>
      Number(counts.find((pair) => isTuple(pair) && pair.elements[0] === atom(name))?.elements[1] ?? 0)
    return { messagesIn: count('messages_in'), messagesOut: count('messages_out') }
  },

  /** Stops `trace`, `log` and `statistics`. @see `:sys.no_debug/2` */
  async noDebug(server: Server, options?: SysOptions): Promise<void> {
    await ask(server, tuple(atom('debug'), atom('no_debug')), 'no_debug', [], options)
  },
} as const

function ask(
  server: Server,
  request: Term,
  word: string,
  args: readonly Term[],
  options: SysOptions | undefined,
): Promise<Term> {
  const timeout = timeoutOf(options, word)
  const shownArgs = timeout === undefined ? args : [...args, timeoutTerm(timeout)]
  return callServer(server, SYSTEM, request, { ...(timeout !== undefined && { timeout }), shownArgs }, [
    'sys',
    word,
  ])
}

/** Undefined when no timeout is given: the error of a failed call then shows no timeout. */
function timeoutOf(options: SysOptions | undefined, word: string): number | undefined {
  const timeout = readTimeout(options, -1, `sys.${camelCase(word)}`)
  return timeout === -1 ? undefined : timeout
}

const camelCase = (word: string): string =>
  word.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

async function askState(
  server: Server,
  request: Term,
  word: string,
  args: readonly Term[],
  options?: SysOptions,
): Promise<Term> {
  const kernel = currentKernel()
  const timeout = timeoutOf(options, word)
  const form = await stateFormOf(
    resolveServer(server, kernel).node,
    kernel,
    timeout === undefined ? {} : { timeout },
  )
  return form.read(checked(await ask(server, request, word, args, options)))
}

async function debug(server: Server, what: string, value: Term, options?: SysOptions): Promise<Term> {
  const answer = await ask(server, tuple(atom('debug'), tuple(atom(what), value)), what, [value], options)
  if (answer === ok || isTuple(answer)) return answer
  throw new ErlangError(answer)
}

/** Returns an answer that is not an error. @throws ErlangError with the reason in `{:error, reason}` */
function checked(answer: Term): Term {
  if (isTuple(answer) && answer.elements[0] === error && answer.length === 2)
    throw new ErlangError(answer.elements[1] as Term)
  return answer
}

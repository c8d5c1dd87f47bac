import { currentKernel, reasonTerm } from '../../process/index.ts'
import { atom, ErlangError, error, isTuple, nameToAtom, ok, type Term, tuple } from '../../term/index.ts'
import {
  callServer,
  readTimeout,
  resolveServer,
  type Server,
  type Timeout,
  type TimeoutOptions,
  timeoutTerm,
} from '../call/index.ts'
import { stateFormOf } from './state-form.ts'
import { SYSTEM } from './system-messages.ts'

/** How long to wait for the answer: a timeout, as in Elixir, or `{ timeout }`. Default: 5,000 ms. */
export type SysOptions = Timeout | TimeoutOptions

/** How often and since when, as {@link sys.statistics} counts. */
export interface Statistics {
  readonly messagesIn: number
  readonly messagesOut: number
}

/**
 * Looks into a server on whichever node, and changes it, whatever it is made of: a GenServer, a Supervisor, a Task.Supervisor,
 * of ours or of a real node.
 *
 * When not to use it: in a program. It is for people at a shell, for tests and for tools; what a program wants to know of a
 * server is a call.
 *
 * Each throws an ExitError `{reason, {:sys, …}}` when there is no answer, as a call does.
 *
 * @see `:sys`
 */
export const sys = {
  /**
   * Returns the state of a server.
   *
   * @throws ErlangError when it cannot tell
   * @see `:sys.get_state/2`
   */
  async getState<S = Term>(server: Server, options?: SysOptions): Promise<S> {
    return (await askState(server, atom('get_state'), 'get_state', [], options)) as S
  },

  /**
   * Gives a server another state, made of the one it has, and returns it.
   *
   * @param fn for a server on another node, a function that is exported there
   * @throws ErlangError `{:callback_failed, …}` when `fn` throws; the state stays what it was
   * @see `:sys.replace_state/3`
   */
  async replaceState<S = Term>(server: Server, fn: (state: S) => S, options?: SysOptions): Promise<S> {
    const request = tuple(atom('replace_state'), fn as unknown as Term)
    return (await askState(server, request, 'replace_state', [fn as unknown as Term], options)) as S
  },

  /** Makes a server wait: until it is resumed, it takes system messages only. @see `:sys.suspend/2` */
  async suspend(server: Server, options?: SysOptions): Promise<void> {
    await ask(server, atom('suspend'), 'suspend', [], options)
  },

  /** Makes a suspended server go on. @see `:sys.resume/2` */
  async resume(server: Server, options?: SysOptions): Promise<void> {
    await ask(server, atom('resume'), 'resume', [], options)
  },

  /** Returns all that there is to be known of a server: `{:status, pid, {:module, module}, […]}`. @see `:sys.get_status/2` */
  getStatus(server: Server, options?: SysOptions): Promise<Term> {
    return ask(server, atom('get_status'), 'get_status', [], options)
  },

  /** Tells a server to end with this reason, and does not wait for it. @see `:sys.terminate/3` */
  async terminate(server: Server, reason: Term, options?: SysOptions): Promise<void> {
    const term = reasonTerm(reason)
    await ask(server, tuple(atom('terminate'), term), 'terminate', [term], options)
  },

  /**
   * Changes the code of a suspended server.
   *
   * @param module the server as it is defined now, for one of this node; else the name of its module
   * @param extra goes to `codeChange`; for an agent the function that changes its state, or `{module, function, args}`
   * @throws ErlangError when `codeChange` throws; the server stays what it was
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

  /** Whether a server writes what it takes and answers, to where its output goes. @see `:sys.trace/3` */
  async trace(server: Server, on: boolean, options?: SysOptions): Promise<void> {
    await debug(server, 'trace', on, options)
  },

  /**
   * Makes a server keep the last events (`true`: 10, or how many), or forget them (`false`); `'get'` returns them, the oldest
   * first: `{:in, message}`, `{:out, answer, from, state}`, `{:noreply, state}`.
   *
   * @see `:sys.log/3`
   */
  async log(server: Server, flag: boolean | number | 'get', options?: SysOptions): Promise<readonly Term[]> {
    const word = flag === 'get' ? atom('get') : typeof flag === 'number' ? tuple(true, flag) : flag
    const answer = await debug(server, 'log', word, options)
    return isTuple(answer) ? (answer.elements[1] as readonly Term[]) : []
  },

  /** Makes a server count its messages, or no more; `'get'` returns the counts, where there are any. @see `:sys.statistics/3` */
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

  /** Ends all of `trace`, `log` and `statistics`. @see `:sys.no_debug/2` */
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

/** Undefined when no timeout is given: the error of a call that failed then shows none. */
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

/** @throws ErlangError with the reason in `{:error, reason}` */
function checked(answer: Term): Term {
  if (isTuple(answer) && answer.elements[0] === error && answer.length === 2)
    throw new ErlangError(answer.elements[1] as Term)
  return answer
}

import {
  currentProcess,
  exitReason,
  type FunctionName,
  isThenable,
  type Kernel,
  type LocalProcess,
  type MaybePromise,
  type ProcessOrigin,
  readTimeout,
  type Timeout,
  type TimeoutOptions,
  viaTerm,
} from '../../process/index.ts'
import {
  type Atom,
  atom,
  atomToName,
  ExitError,
  isTuple,
  kill,
  normal,
  type Pid,
  type Term,
  timeout as timeoutAtom,
  tuple,
} from '../../term/index.ts'
import { isVia, registeredProcess, registerProcess, type ServerName } from '../call/index.ts'
import { Debug, type DebugOption } from '../system/index.ts'
import type { Behaviour, InitResult } from './behaviour.ts'
import { ignore, NoReply, Reply, Stop } from './result.ts'
import { ServerLoop } from './server-loop.ts'

/** Options of a server that is started. */
export interface StartOptions {
  /** Registers the process under this name. */
  readonly name?: ServerName | undefined
  /** How long `init` may take: milliseconds, `Infinity` or `'infinity'`. Default: Infinity. */
  readonly timeout?: Timeout | undefined
  /** What `sys` records from the start: `'trace'`, `'log'`, `'statistics'`. */
  readonly debug?: readonly DebugOption[]
}

const START_OPTIONS = ['name', 'timeout', 'debug']

/**
 * Checks the options of a server that is started.
 *
 * @throws TypeError when an option is unknown; RangeError when the timeout is negative or NaN
 */
export function checkStartOptions(options: StartOptions, fn: string): StartOptions {
  readTimeout(options as TimeoutOptions, 0, fn, START_OPTIONS)
  return options
}

interface ServerOptions extends StartOptions {
  readonly link?: LocalProcess | undefined
  readonly label?: string
}

/**
 * Starts a server and returns its pid when `init` has returned, or `:ignore` when `init` returned that.
 *
 * @throws ExitError with the reason of a failed `init`, `timeout`, or `{:already_started, pid}`
 */
export function startServer<A, S>(
  kernel: Kernel,
  behaviour: Behaviour<A, S>,
  arg: A,
  options: ServerOptions,
): Promise<Pid> {
  const parent = currentProcess()
  return new Promise<Pid | Atom>((resolve, reject) => {
    if (parent?.alive === false) return
    const name = options.name ?? undefined
    const holder = name === undefined ? undefined : registeredProcess(name, kernel)
    if (holder) {
      reject(new ExitError(tuple(atom('already_started'), holder), { self: kernel.name }))
      return
    }
    const process = kernel.create({
      link: options.link,
      groupLeader: parent?.groupLeader,
      label: options.label ?? behaviour.kind,
    })
    process.origin = originOf(behaviour, parent)
    let named: MaybePromise<void>
    if (name !== undefined)
      try {
        named = registerProcess(name, process)
      } catch (thrown) {
        process.exit(normal)
        throw thrown
      }
    const failed = (reason: Term): void => {
      cancelTimeout?.()
      if (parent?.alive !== false) reject(new ExitError(reason, { self: kernel.name }))
    }
    const cancelTimeout = startTimeout(process, options, () => failed(timeoutAtom))
    process.onExit(failed)
    const started = (first: InitResult<S>): void | PromiseLike<void> => {
      cancelTimeout?.()
      if (first instanceof Stop) throw new ExitError(first.reason, { self: kernel.name })
      if (first instanceof Reply)
        throw new ExitError(tuple(atom('bad_return_value'), first as never), { self: kernel.name })
      process.offExit(failed)
      if (!process.alive) return
      if (first === ignore) {
        process.exit(normal)
        return resolve(ignore)
      }
      const state = first instanceof NoReply ? first.state : (first as S)
      const shown = name !== undefined && isVia(name) ? keyOf(viaTerm(name)) : undefined
      const debug = options.debug && new Debug(options.debug)
      const server = new ServerLoop(behaviour, process, state, options.link?.pid, shown, debug)
      resolve(process.pid)
      return server.begin(first instanceof NoReply ? first.next : undefined)
    }
    const refused = (thrown: unknown): never => {
      failed(exitReason(thrown))
      throw new ExitError(normal)
    }
    // An error of `init` is the exit reason. Only the caller of the start receives it; no crash is reported.
    const quietly = (thrown: unknown): never => {
      throw new ExitError(exitReason(thrown), { self: kernel.name })
    }
    process.begin(() => {
      try {
        const first = isThenable(named)
          ? named.then(() => behaviour.init(arg, process), refused)
          : behaviour.init(arg, process)
        if (isThenable(first)) return first.then(started).then(undefined, quietly)
        return started(first)
      } catch (thrown) {
        return quietly(thrown)
      }
    })
  }) as Promise<Pid>
}

const initialCalls = new Map<string, FunctionName>()

// A process keeps this object: it holds nothing of the start, and shares its parts with other servers of the kind and the parent.
function originOf(
  { kind, initialCall }: Pick<Behaviour<never, unknown>, 'kind' | 'initialCall'>,
  parent: LocalProcess | undefined,
): ProcessOrigin {
  let first = initialCall ?? initialCalls.get(kind)
  if (!first) {
    first = { module: atom(`Elixir.${kind}`) as Atom, name: INIT, arity: 1 }
    initialCalls.set(kind, first)
  }
  return { initialCall: first, ancestors: parent?.lineage ?? [] }
}

const INIT = atom('init') as Atom

// The caller of the start receives `timeout`, and no exit signal of the process.
function startTimeout(
  process: LocalProcess,
  { timeout: given, link }: ServerOptions,
  late: () => void,
): (() => void) | undefined {
  const timeout = readTimeout(given, Number.POSITIVE_INFINITY, 'GenServer.start')
  if (timeout === Number.POSITIVE_INFINITY) return undefined
  return process.kernel.clock.schedule(timeout, () => {
    late()
    link?.links.unlink(process.pid)
    process.exitSignal(link?.pid ?? process.pid, kill, false)
  })
}

/** Returns the name in `{:via, module, name}`. */
const keyOf = (via: Term): Term => (isTuple(via) ? (via.elements[2] as Term) : via)

/** Returns the name of a server for messages and reports. */
export function serverName(process: LocalProcess): string {
  return process.registeredName ? atomToName(process.registeredName) : process.kernel.inspect(process.pid)
}

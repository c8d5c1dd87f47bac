import { checkTerm } from '../../etf/index.ts'
import {
  type Kernel,
  type LocalProcess,
  THIS_NODE,
  type Timeout,
  UndefinedFunction,
} from '../../process/index.ts'
import {
  Atom,
  atom,
  ErlangError,
  ExitError,
  errorToReason,
  identical,
  isTuple,
  noconnection,
  normal,
  Pid,
  type Reference,
  type Term,
  timeout as timeoutAtom,
  tuple,
} from '../../term/index.ts'

// Calls of functions on other nodes, as in OTP's module erpc: each call spawns a process on the other node, which exits with the
// result as its reason, {Ref, return, Value}. https://www.erlang.org/doc/apps/kernel/erpc

const ERPC = atom('erpc')
const EXECUTE_CALL = atom('execute_call')
const RETURN = atom('return')
const THROW = atom('throw')
const EXIT = atom('exit')
const ERROR = atom('error')
const EXCEPTION = atom('exception')
const SIGNAL = atom('signal')

/** How a called function ended. */
export type CallResult =
  | { readonly class: 'return' | 'throw' | 'exit'; readonly value: Term }
  | { readonly class: 'error'; readonly value: Term; readonly stack: Term }

/**
 * Calls an exported function, waits for an asynchronous result, and returns how the call ended. Never rejects.
 *
 * @param check throws for a result that cannot be sent; the call has failed then
 */
export async function execute(
  kernel: Kernel,
  module: Atom,
  name: Atom,
  args: readonly Term[],
  check: (value: unknown) => void = () => {},
): Promise<CallResult> {
  try {
    const value = await kernel.apply(module, name, args)
    check(value)
    return { class: 'return', value: value as Term }
  } catch (thrown) {
    if (thrown instanceof ExitError) return { class: 'exit', value: thrown.reason }
    if (!(thrown instanceof Error)) return { class: 'throw', value: thrown as Term }
    const reason = thrown instanceof UndefinedFunction ? thrown.reason : errorToReason(thrown)
    const [value, stack] = isTuple(reason) ? (reason.elements as readonly Term[]) : []
    const called = [tuple(module, name, args.length, [])]
    if (Array.isArray(stack)) return { class: 'error', value, stack: stack.length > 0 ? stack : called }
    return { class: 'error', value: reason, stack: called }
  }
}

/** Defines the functions of the module `erpc` that peers spawn on this node. */
export function defineErpc(kernel: Kernel): void {
  const executeCall = async (ref: Term, module: Atom, name: Atom, args: readonly Term[]): Promise<never> => {
    const outcome = await execute(kernel, module, name, args, checkTerm)
    const { value } = outcome
    if (outcome.class === 'error') throw new ExitError(tuple(ref, ERROR, value, outcome.stack))
    throw new ExitError(tuple(ref, outcome.class === 'return' ? RETURN : atom(outcome.class), value))
  }
  kernel.modules.define(
    ':erpc',
    {
      execute_call: async (...args: Term[]): Promise<Term> => {
        const [module, name, list] = args.slice(-3)
        if (args.length > 4 || !(module instanceof Atom) || !(name instanceof Atom) || !Array.isArray(list))
          throw new UndefinedFunction(ERPC, EXECUTE_CALL, args)
        if (args.length === 4) return executeCall(args[0], module, name, list)
        return tuple(RETURN, (await kernel.apply(module, name, list)) as Term)
      },
      execute_cast: (module: Atom, name: Atom, args: readonly Term[]): unknown =>
        kernel.apply(module, name, args),
    },
    THIS_NODE,
  )
}

export interface CallOptions {
  /** How long to wait for the result: ms, `Infinity` or `'infinity'`. Default: no limit. The function continues to run after a timeout. */
  readonly timeout?: Timeout | undefined
}

/**
 * Calls a function on a node and returns its result.
 *
 * @param process the caller: its group leader gets the output, and the call is aborted when it exits
 * @throws the value that the function threw; `ExitError` `{exception, reason}` when the function exited and `{signal, reason}` when
 *   its process was ended; `ErlangError` `{exception, error, stack}` when the function failed and
 *   `{erpc, noconnection | timeout | …}` when the call failed
 * @see `erpc:call/5`
 */
export async function erpcCall(
  process: LocalProcess,
  node: Atom,
  module: Atom,
  name: Atom,
  args: readonly Term[],
  timeout: number = Number.POSITIVE_INFINITY,
): Promise<Term> {
  const { kernel } = process
  const result = kernel.makeRef()
  // A separate process, so that a result after the timeout does not stay in the mailbox of the caller.
  const caller = kernel.create({ groupLeader: process.groupLeader, label: 'erpc:call' })
  const giveUp = (): void => caller.exit(normal)
  process.onExit(giveUp)
  let cancel: (() => void) | undefined
  try {
    const ended = await new Promise<{ readonly reason: Term } | { readonly failure: Term }>((resolve) => {
      caller.handle((message) => {
        // {'DOWN', Ref, process, Pid, Reason}
        if (isTuple(message) && message.length === 5) resolve({ reason: message.elements[4] as Term })
      })
      if (timeout !== Number.POSITIVE_INFINITY)
        cancel = kernel.clock.schedule(timeout, () => resolve({ failure: timeoutAtom }))
      const call = [result, module, name, args]
      void kernel
        .requestSpawn(caller, node, ERPC, EXECUTE_CALL, call, { monitor: true })
        .result.then((spawned) => {
          if (!(spawned instanceof Pid)) resolve({ failure: spawned })
        })
    })
    if ('failure' in ended) throw new ErlangError(tuple(ERPC, ended.failure))
    return resultOf(ended.reason, result)
  } finally {
    cancel?.()
    process.offExit(giveUp)
    giveUp()
  }
}

function resultOf(reason: Term, result: Reference): Term {
  if (isTuple(reason) && identical(reason.elements[0], result)) {
    const [, type, value, stack] = reason.elements as readonly Term[]
    if (type === RETURN) return value
    if (type === THROW) throw value
    if (type === EXIT) throw new ExitError(tuple(EXCEPTION, value))
    if (type === ERROR && reason.length === 3) throw new ErlangError(value)
    if (type === ERROR) throw new ErlangError(tuple(EXCEPTION, value, stack))
  }
  if (reason === noconnection) throw new ErlangError(tuple(ERPC, noconnection))
  throw new ExitError(tuple(SIGNAL, reason))
}

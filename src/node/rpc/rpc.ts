import { currentKernel, currentProcess, nodeAtom, readTimeout, type Timeout } from '../../process/index.ts'
import {
  Atom,
  atom,
  badarg,
  ErlangError,
  ExitError,
  isTuple,
  nameToAtom,
  noconnection,
  normal,
  type Term,
  timeout,
  tuple,
} from '../../term/index.ts'
import { type CallOptions, erpcCall } from './erpc.ts'

type AnyFunction = (...args: never[]) => unknown

/** Call signatures: an exported function and its arguments, or a module, a function name and arguments. */
export interface RemoteCallForms {
  <A extends readonly Term[], R>(
    node: string | Atom,
    fn: (...args: A) => R,
    args: A,
    options?: Timeout | CallOptions,
  ): Promise<Awaited<R>>
  (
    node: string | Atom,
    module: string | Atom,
    fn: string | Atom,
    args: readonly Term[],
    options?: Timeout | CallOptions,
  ): Promise<Term>
}

type Call =
  | [node: string | Atom, fn: AnyFunction, args: readonly Term[], options?: Timeout | CallOptions]
  | [
      node: string | Atom,
      module: string | Atom,
      fn: string | Atom,
      args: readonly Term[],
      options?: Timeout | CallOptions,
    ]

const ERPC = atom('erpc')
const EXIT = atom('EXIT')
const BADRPC = atom('badrpc')

async function call(caller: 'erpc.call' | 'rpc.call', [node, target, ...rest]: Call): Promise<Term> {
  const kernel = currentKernel()
  let module: Atom
  let name: Atom
  let options: Timeout | CallOptions | undefined
  let args: readonly Term[]
  if (typeof target === 'function') {
    const exported = kernel.modules.exportedAs(target)
    if (!exported)
      throw new TypeError(
        `the function ${target.name || '(without a name)'} is not exported, so another node cannot know it. ` +
          'Export it from a module of the application, or name module and function.',
      )
    ;({ module, name } = exported)
    ;[args, options] = rest as [readonly Term[], (Timeout | CallOptions)?]
  } else {
    const [fn, list, last] = rest as [string | Atom, readonly Term[], (Timeout | CallOptions)?]
    module = nameToAtom(target)
    name = fn instanceof Atom ? fn : Atom.intern(fn)
    args = list
    options = last
  }
  const timeout = readTimeout(options, Number.POSITIVE_INFINITY, caller)
  const owner = currentProcess()
  const process = owner ?? kernel.createEphemeral(caller)
  try {
    return await erpcCall(process, nodeAtom(node), module, name, args, timeout)
  } finally {
    if (!owner) process.exit(normal)
  }
}

/** Calls of functions on other nodes. Errors of the function are thrown by the call. */
export const erpc: { readonly call: RemoteCallForms } = {
  /**
   * Calls a function on a node and resolves with its result. Connects if necessary. The output of the function goes to the group
   * leader of the caller.
   *
   * When not to use it: for work that should be supervised, which is a `Task`.
   *
   * @param fn an exported function, or the names of a module and a function: `erpc.call(node, 'Kate', 'say_name', [])`,
   *   `erpc.call(node, 'lists', 'reverse', [[1, 2]])`
   * @throws what the function threw; `ExitError` with `{exception, reason}` or `{signal, reason}`; `ErlangError` with
   *   `{exception, error, stack}` or `{erpc, reason}`, such as `{erpc, noconnection}` and `{erpc, timeout}`
   * @see `erpc:call/5`
   */
  call: ((...request: Call) => call('erpc.call', request)) as RemoteCallForms,
}

/** Like {@link erpc}, but an error is returned as `{badrpc, reason}`. */
export const rpc: {
  readonly call: (...request: Call) => Promise<Term>
} = {
  /**
   * Calls a function on a node and resolves with its result, or with `{badrpc, reason}`. The reason is `nodedown`, `timeout`, or
   * `{'EXIT', reason}` when the function failed. A value that the function throws is returned as it is.
   *
   * @see `rpc:call/5`
   */
  async call(...request) {
    try {
      return await call('rpc.call', request)
    } catch (thrown) {
      return badrpc(thrown)
    }
  },
}

function badrpc(thrown: unknown): Term {
  if (!(thrown instanceof Error)) return thrown as Term
  if (!(thrown instanceof ExitError || thrown instanceof ErlangError) || !isTuple(thrown.reason)) throw thrown
  const [tag, reason, stack] = thrown.reason.elements as readonly Term[]
  if (thrown instanceof ExitError) return tuple(BADRPC, tuple(EXIT, reason))
  if (tag !== ERPC) return tuple(BADRPC, tuple(EXIT, tuple(reason, stack)))
  if (reason === badarg) throw thrown
  if (reason === noconnection) return tuple(BADRPC, atom('nodedown'))
  return tuple(BADRPC, reason === timeout ? timeout : tuple(EXIT, reason))
}

import {
  type CheckForms,
  checkResponse,
  currentKernel,
  currentProcess,
  type LocalProcess,
  nodeAtom,
  type ReceiveForms,
  RequestCollection,
  readTimeout,
  receiveResponse,
  requireProcess,
  type SentRequest,
  type Timeout,
  type WaitForms,
  waitResponse,
} from '../../process/index.ts'
import {
  type Atom,
  atom,
  badarg,
  ErlangError,
  ExitError,
  isTuple,
  noconnection,
  normal,
  type Term,
  timeout as timeoutAtom,
  tuple,
} from '../../term/index.ts'
import { ERPC } from './erpc.ts'
import { type CallArguments, readCall } from './exported-call.ts'
import { ErpcRequest, erpcCall, erpcTimeout } from './request.ts'

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

/** Call signatures of `erpc.multicall`, with a list of nodes in place of the node. */
export interface MulticallForms {
  <A extends readonly Term[], R>(
    nodes: readonly (string | Atom)[],
    fn: (...args: A) => R,
    args: A,
    options?: Timeout | CallOptions,
  ): Promise<PromiseSettledResult<Awaited<R>>[]>
  (
    nodes: readonly (string | Atom)[],
    module: string | Atom,
    fn: string | Atom,
    args: readonly Term[],
    options?: Timeout | CallOptions,
  ): Promise<PromiseSettledResult<Term>[]>
}

/** Call signatures of `erpc.sendRequest`. */
export interface SendRequestForms {
  <A extends readonly Term[], R>(node: string | Atom, fn: (...args: A) => R, args: A): ErpcRequest<Awaited<R>>
  (node: string | Atom, module: string | Atom, fn: string | Atom, args: readonly Term[]): ErpcRequest
}

/** Call signatures of `erpc.cast` and `erpc.multicast`. `N`: a node, or a list of nodes. */
export interface CastForms<N> {
  <A extends readonly Term[]>(nodes: N, fn: (...args: A) => unknown, args: A): void
  (nodes: N, module: string | Atom, fn: string | Atom, args: readonly Term[]): void
}

export interface CallOptions {
  /** How long to wait for the result: ms, `Infinity` or `'infinity'`. Default: no limit. The function continues to run after a timeout. */
  readonly timeout?: Timeout | undefined
}

type Call = [node: string | Atom, ...CallArguments<Timeout | CallOptions>]

const EXECUTE_CAST = atom('execute_cast') as Atom
const EXIT = atom('EXIT')
const BADRPC = atom('badrpc')

async function call(caller: 'erpc.call' | 'rpc.call', [node, ...rest]: Call): Promise<Term> {
  const [{ module, name, args }, options] = readCall(currentKernel(), rest)
  const timeout = readTimeout(options, Number.POSITIVE_INFINITY, caller)
  return asProcess(caller, (process) => erpcCall(process, nodeAtom(node), module, name, args, timeout))
}

/** Calls a function with the current process, or with one that ends when the promise settles. */
async function asProcess<T>(label: string, fn: (process: LocalProcess) => Promise<T>): Promise<T> {
  const owner = currentProcess()
  const process = owner ?? currentKernel().createEphemeral(label)
  try {
    return await fn(process)
  } finally {
    if (!owner) process.exit(normal)
  }
}

function multicall(
  nodes: readonly (string | Atom)[],
  ...given: CallArguments<Timeout | CallOptions>
): Promise<PromiseSettledResult<Term>[]> {
  const [{ module, name, args }, options] = readCall(currentKernel(), given)
  const timeout = readTimeout(options, Number.POSITIVE_INFINITY, 'erpc.multicall')
  return asProcess('erpc.multicall', (process) =>
    Promise.allSettled(nodes.map((node) => erpcCall(process, nodeAtom(node), module, name, args, timeout))),
  )
}

function cast(label: string, nodes: readonly (string | Atom)[], given: CallArguments<never>): void {
  const kernel = currentKernel()
  const [{ module, name, args }] = readCall(kernel, given)
  const owner = currentProcess()
  const process = owner ?? kernel.createEphemeral(label)
  for (const node of nodes)
    kernel.requestSpawn(process, nodeAtom(node), ERPC, EXECUTE_CAST, [module, name, args])
  if (!owner) process.exit(normal)
}

function sendRequest(node: string | Atom, ...given: CallArguments<never>): ErpcRequest {
  const process = requireProcess('erpc.sendRequest()')
  return new ErpcRequest(process, nodeAtom(node), readCall(process.kernel, given)[0])
}

type Requests = SentRequest<unknown> | RequestCollection<unknown, unknown>

function receive(from: Requests, options?: Timeout | CallOptions): Promise<unknown> {
  const process = requireProcess('erpc.receiveResponse()')
  const timeout = readTimeout(options, Number.POSITIVE_INFINITY, 'erpc.receiveResponse')
  return receiveResponse(process, from, timeout, erpcTimeout)
}

function wait(from: Requests, time?: Timeout): Promise<unknown> {
  const process = requireProcess('erpc.waitResponse()')
  return waitResponse(process, from, readTimeout(time, 0, 'erpc.waitResponse'))
}

/** Calls of functions on other nodes. Errors of the function are thrown by the call. */
export const erpc = {
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

  /**
   * Calls a function on several nodes at the same time. Resolves with one result for each node, in their order, as
   * `Promise.allSettled`: the errors are those that {@link erpc.call} throws.
   *
   * @param options the timeout holds for all nodes together
   * @see `erpc:multicall/5`
   */
  multicall: multicall as MulticallForms,

  /**
   * Calls a function on a node and ignores its result. Returns at once, also when the node cannot be reached.
   *
   * @see `erpc:cast/4`
   */
  cast: ((node: string | Atom, ...call: CallArguments<never>) =>
    cast('erpc.cast', [node], call)) as CastForms<string | Atom>,

  /** Does the same as {@link erpc.cast} on several nodes. @see `erpc:multicast/4` */
  multicast: ((nodes: readonly (string | Atom)[], ...call: CallArguments<never>) =>
    cast('erpc.multicast', nodes, call)) as CastForms<readonly (string | Atom)[]>,

  /**
   * Sends a call to a node, and returns at once. The response is a message for the current process. One of the three functions that
   * follow takes it.
   *
   * When not to use it: to wait at once, which is {@link erpc.call}.
   *
   * @throws Error outside of processes
   * @see `erpc:send_request/4`
   */
  sendRequest: sendRequest as SendRequestForms,

  /**
   * Waits for the response to a request and resolves with the result, or throws as {@link erpc.call}. Of a collection it takes the
   * first response, `{ label, status, value }` or `{ label, status, reason }`, and resolves with undefined when the collection is empty.
   *
   * @param options after the timeout, the requests are abandoned
   * @throws ErlangError `{erpc, timeout}`, and `{erpc, badarg}` for a request of another process or one whose response was taken
   * @see `erpc:receive_response/2`, `erpc:receive_response/3`
   */
  receiveResponse: receive as ReceiveForms,

  /**
   * Waits for a response for some time. Resolves with `{ response }`, or as {@link erpc.receiveResponse} for a collection. Resolves with
   * undefined when there is none in time: the requests remain.
   *
   * @param time ms, `Infinity` or `'infinity'`. Default: 0
   * @see `erpc:wait_response/2`, `erpc:wait_response/3`
   */
  waitResponse: wait as WaitForms,

  /**
   * Returns the response in a message that the process has received, in the form of {@link erpc.waitResponse}. Returns undefined for any
   * other message.
   *
   * @see `erpc:check_response/2`, `erpc:check_response/3`
   */
  checkResponse: ((message: Term, from: Requests) =>
    checkResponse('erpc.checkResponse()', message, from)) as CheckForms,

  /** Returns an empty collection of requests. @see `erpc:reqids_new/0` */
  reqidsNew<R = Term, L = Term>(): RequestCollection<R, L> {
    return new RequestCollection()
  },
} as const

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
  return tuple(BADRPC, reason === timeoutAtom ? timeoutAtom : tuple(EXIT, reason))
}

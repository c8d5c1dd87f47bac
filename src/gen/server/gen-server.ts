import {
  type CheckForms,
  checkResponse,
  currentKernel,
  currentProcess,
  type ExitReason,
  type ReceiveForms,
  type RemoteName,
  RequestCollection,
  readTimeout,
  reasonTerm,
  receiveResponse,
  requireProcess,
  resolveDestination,
  type SentRequest,
  type Timeout,
  type TimeoutOptions,
  timeoutTerm,
  viaTerm,
  type WaitForms,
  waitResponse,
} from '../../process/index.ts'
import {
  Atom,
  atom,
  escapeName,
  normal,
  Pid,
  Reference,
  type Term,
  timeout,
  tuple,
} from '../../term/index.ts'
import {
  abcast,
  type CallOptions,
  callError,
  callServer,
  From,
  GEN_CALL,
  GEN_CAST,
  isVia,
  type MultiCallResult,
  multiCall,
  readCallOptions,
  readFrom,
  resolveServer,
  type Server,
  ServerRequest,
} from '../call/index.ts'
import { stopServer, sys } from '../system/index.ts'
import { exportedName } from './code-change.ts'
import { define, requestName, requestTerm } from './defined-server.ts'
import type {
  Call,
  Callbacks,
  CallHandler,
  Cast,
  CastHandler,
  Definition,
  GenServerModule,
  StateOf,
  TypedServer,
  UntypedRequest,
} from './definition.ts'

const CALL = ['GenServer', 'call'] as const
const RECEIVE_RESPONSE = ['GenServer', 'receive_response'] as const

/**
 * Process that keeps a state and answers requests one at a time.
 *
 * When not to use it: to organise code. Functions without shared state need no process, and a value that only one process
 * changes is a variable.
 */
export const GenServer = {
  /**
   * Defines a server.
   *
   * @returns functions that start the server, and its requests as functions: `Counter.add(2)` is the request `{:add, 2}`
   * @throws TypeError when two requests have the same name in messages, or one is called `start`, `startLink` or `child`
   */
  define<
    A,
    I,
    C extends Record<string, CallHandler<NoInfer<StateOf<I>>>> = Record<never, never>,
    K extends Record<string, CastHandler<NoInfer<StateOf<I>>>> = Record<never, never>,
  >(
    definition: Definition<
      A,
      I,
      C & Record<string, CallHandler<NoInfer<StateOf<I>>>>,
      K & Record<string, CastHandler<NoInfer<StateOf<I>>>>
    > &
      Callbacks<NoInfer<StateOf<I>>>,
  ): GenServerModule<A, I, C, K> {
    return define(definition as never) as unknown as GenServerModule<A, I, C, K>
  },

  /**
   * Sends a request to a server on any node and returns its answer.
   *
   * @param dest a pid, a name, or `{ name, node }`
   * @param options the timeout, as in Elixir, or `{ timeout, signal }`. Default: 5,000 ms
   * @throws ExitError `{reason, {GenServer, call, [dest, request, timeout]}}` when there is no answer: the reason is
   *   `timeout`, `noproc`, `{:nodedown, node}`, or the exit reason of the server. A late answer is dropped
   * @throws TypeError or RangeError when the options are wrong
   * @see `GenServer.call/3`
   */
  call: call as typeof call,

  /**
   * Sends a request to a server on any node, and returns at once. The response is a message for the current process. One of
   * `receiveResponse`, `waitResponse` and `checkResponse` takes it.
   *
   * When not to use it: to wait at once, which is {@link GenServer.call}.
   *
   * @throws Error outside of processes
   * @see `gen_server:send_request/2`
   */
  sendRequest: sendRequest as typeof sendRequest,

  /**
   * Waits for the response to a request and resolves with the reply. Of a collection it takes the first response,
   * `{ label, status, value }` or `{ label, status, reason }`, and resolves with undefined when the collection is empty.
   *
   * @param options after the timeout, the requests are abandoned. Default: Infinity
   * @throws ExitError `{reason, {GenServer, send_request, [dest, request]}}` when there is no reply: the reason is `noproc`,
   *   `noconnection`, or the exit reason of the server; `{timeout, {GenServer, receive_response, [timeout]}}` after the timeout
   * @throws ErlangError `badarg` for a request of another process, or one whose response was taken
   * @see `gen_server:receive_response/2`, `gen_server:receive_response/3`
   */
  receiveResponse: receiveReply as ReceiveForms,

  /**
   * Waits for a response for some time. Resolves with `{ response }`, or as {@link GenServer.receiveResponse} for a
   * collection. Resolves with undefined when there is none in time: the requests remain.
   *
   * @param time ms, `Infinity` or `'infinity'`. Default: 0
   * @see `gen_server:wait_response/2`, `gen_server:wait_response/3`
   */
  waitResponse: waitReply as WaitForms,

  /**
   * Returns the response in a message that the process has received, in the form of {@link GenServer.waitResponse}. Returns
   * undefined for any other message.
   *
   * @see `gen_server:check_response/2`, `gen_server:check_response/3`
   */
  checkResponse: ((message: Term, from: Requests) =>
    checkResponse('GenServer.checkResponse()', message, from)) as CheckForms,

  /** Returns an empty collection of requests. @see `gen_server:reqids_new/0` */
  reqidsNew<R = Term, L = Term>(): RequestCollection<R, L> {
    return new RequestCollection()
  },

  /**
   * Sends a message to a server on any node, without waiting for an answer.
   *
   * @see `GenServer.cast/2`
   */
  cast: cast as typeof cast,

  /**
   * Returns a server with the types of its definition, for code that does not import the definition.
   *
   * @param options timeout and signal of its calls, as of {@link GenServer.call}
   * @example
   * import type { Counter } from '../counter.ts'
   * await GenServer.at<typeof Counter>({ name: 'Counter', node }).call('add', 2)
   */
  at<M>(dest: Server, given?: CallOptions | Timeout): TypedServer<M> {
    const options = readCallOptions(given, 'GenServer.at')
    return {
      call: (name: string, ...args: readonly Term[]) =>
        callServer(dest, GEN_CALL, requestTerm(requestName(name), args), options, CALL),
      sendRequest: (name: string, ...args: readonly Term[]) =>
        sendRequest(dest, requestTerm(requestName(name), args) as never),
      cast: (name: string, ...args: readonly Term[]) => castTerm(dest, requestTerm(requestName(name), args)),
    } as unknown as TypedServer<M>
  },

  /**
   * Tells a server to end and waits for its exit.
   *
   * @param timeout milliseconds, or `{ timeout }`. Default: Infinity
   * @throws ExitError when the server has not ended in time, or ended with another reason
   * @see `GenServer.stop/3`
   */
  async stop(dest: Server, reason: ExitReason = normal, timeout?: Timeout | TimeoutOptions): Promise<void> {
    const ms = readTimeout(timeout, Number.POSITIVE_INFINITY, 'GenServer.stop')
    const kernel = currentKernel()
    const current = currentProcess()
    const process = current ?? kernel.createEphemeral('GenServer.stop')
    try {
      const shown = isVia(dest) ? viaTerm(dest) : undefined
      await stopServer(process, resolveServer(dest, kernel), reasonTerm(reason), ms, shown)
    } finally {
      if (!current) process.exit(normal)
    }
  },

  /**
   * Answers a call from any process on any node: with the {@link From} of a `deferredReply`, or with its term.
   *
   * @see `GenServer.reply/2`
   */
  reply: answer as typeof answer,

  /**
   * Calls the servers of one name on several nodes at once. Returns their answers, and the nodes without an answer.
   *
   * @param options the timeout, or `{ nodes, timeout }`. Default: this node and all connected nodes; Infinity
   * @see `GenServer.multi_call/4`
   */
  multiCall: callMany as typeof callMany,

  /**
   * Casts to the servers of one name on several nodes. Default: this node and all connected nodes.
   *
   * @see `GenServer.abcast/3`
   */
  abcast(name: string | Atom, message: Cast | Term, nodes: readonly (string | Atom)[] = allNodes()): void {
    abcast(nodes, name, message as Term)
  },

  /**
   * Gives a running server the code of another module, and the state that its `codeChange` returns. It suspends the server,
   * changes its code and resumes it. Messages that arrive meanwhile are handled afterwards.
   *
   * @param module a defined server, or the name of a module. A server on another node needs the name of a module of that
   *   node: listed in an application of a Moebi node (`modules: { Counter }`), or loaded on a BEAM node. A defined server
   *   that this node exports is sent by its name
   * @param extra passed to `codeChange` after the `oldVersion`
   * @throws ErlangError when `codeChange` throws; the server continues unchanged
   * @throws TypeError when the server is on another node and the module has no name
   * @see `:sys.change_code/4`
   */
  async reload(dest: Server, module: object | string, oldVersion?: Term, extra?: Term): Promise<void> {
    const code = moduleFor(dest, module)
    await sys.suspend(dest)
    try {
      await sys.changeCode(dest, code, oldVersion, extra)
    } finally {
      await sys.resume(dest)
    }
  },

  /**
   * Returns the pid of a registered name, or undefined; a name of another node unchanged; and a pid of this node if it is
   * alive.
   *
   * @see `GenServer.whereis/1`
   */
  whereis(server: Server): Pid | RemoteName | undefined {
    if (server instanceof Pid) return server
    const kernel = currentKernel()
    const target = resolveDestination(server, kernel)
    if (target instanceof Pid) return kernel.isLocal(target) && !kernel.process(target) ? undefined : target
    if (target instanceof Reference || !kernel.isLocal(target)) return target as RemoteName
    return kernel.whereis(target.name)?.pid
  },
} as const

function call<R>(dest: Server, request: Call<R>, options?: CallOptions | Timeout): Promise<R>
function call<T extends Term>(
  dest: Server,
  request: UntypedRequest<T>,
  options?: CallOptions | Timeout,
): Promise<Term>
function call(dest: Server, request: unknown, options?: CallOptions | Timeout): Promise<unknown> {
  return callServer(dest, GEN_CALL, request as Term, readCallOptions(options, 'GenServer.call'), CALL)
}

function sendRequest<R>(dest: Server, request: Call<R>): ServerRequest<R>
function sendRequest<T extends Term>(dest: Server, request: UntypedRequest<T>): ServerRequest
function sendRequest(dest: Server, request: unknown): ServerRequest {
  const process = requireProcess('GenServer.sendRequest()')
  const shown = isVia(dest) ? viaTerm(dest) : undefined
  return new ServerRequest(process, resolveServer(dest, process.kernel), request as Term, shown)
}

type Requests = SentRequest<unknown> | RequestCollection<unknown, unknown>

function receiveReply(from: Requests, options?: Timeout | TimeoutOptions): Promise<unknown> {
  const process = requireProcess('GenServer.receiveResponse()')
  const ms = readTimeout(options, Number.POSITIVE_INFINITY, 'GenServer.receiveResponse')
  return receiveResponse(process, from, ms, () =>
    callError(timeout, RECEIVE_RESPONSE, [timeoutTerm(ms)], process),
  )
}

function waitReply(from: Requests, time?: Timeout): Promise<unknown> {
  const process = requireProcess('GenServer.waitResponse()')
  return waitResponse(process, from, readTimeout(time, 0, 'GenServer.waitResponse'))
}

function cast(dest: Server, message: Cast): void
function cast<T extends Term>(dest: Server, message: UntypedRequest<T>): void
function cast(dest: Server, message: unknown): void {
  castTerm(dest, message as Term)
}

function answer<R>(from: From<R>, value: R): void
function answer(from: Term, value: Term): void
function answer(from: unknown, value: unknown): void {
  const process = currentProcess()
  const kernel = currentKernel()
  const client = from instanceof From ? from : readFrom(kernel, process?.pid ?? kernel.user, from as Term)
  if (!client)
    throw new TypeError(
      `GenServer.reply: expected a From or its term, {pid, tag}, got: ${kernel.inspect(from as Term)}`,
    )
  client.reply(value as never)
}

/** Options of {@link GenServer.multiCall}. */
export interface MultiCallOptions {
  readonly nodes?: readonly (string | Atom)[]
  /** How long to wait for all answers: milliseconds, `Infinity` or `'infinity'`. Default: Infinity. */
  readonly timeout?: Timeout
}

function callMany<R>(
  name: string | Atom,
  request: Call<R>,
  options?: MultiCallOptions | Timeout,
): Promise<MultiCallResult<R>>
function callMany<T extends Term>(
  name: string | Atom,
  request: UntypedRequest<T>,
  options?: MultiCallOptions | Timeout,
): Promise<MultiCallResult>
async function callMany(
  name: string | Atom,
  request: unknown,
  options?: MultiCallOptions | Timeout,
): Promise<MultiCallResult> {
  const timeout = readTimeout(options, Number.POSITIVE_INFINITY, 'GenServer.multiCall', ['nodes', 'timeout'])
  const { nodes = allNodes() } = (typeof options === 'object' ? options : {}) as MultiCallOptions
  return multiCall(nodes, name, request as Term, timeout)
}

function moduleFor(dest: Server, module: object | string): object | string {
  const kernel = currentKernel()
  if (typeof module === 'string' || module instanceof Atom) return module
  const target = resolveServer(dest, kernel)
  if (kernel.isLocal(target)) return module
  const name = exportedName(module, kernel)
  if (name) return name
  throw new TypeError(
    `the server is on ${escapeName(target.node.name)}, and code cannot be sent there: name a module of that node, ` +
      "GenServer.reload(server, 'Counter'), which is in the modules of its application (modules: { Counter }); " +
      'or call reload on that node, as with erpc.call().',
  )
}

function allNodes(): Atom[] {
  const kernel = currentKernel()
  const nodes = kernel.modules.find(atom('erlang') as Atom, atom('nodes') as Atom, 0)
  return [kernel.name, ...((nodes?.fn as (() => Atom[]) | undefined)?.() ?? [])]
}

function castTerm(dest: Server, message: Term): void {
  const process = currentProcess()
  if (process?.alive === false) return
  const kernel = currentKernel()
  let target: Pid | RemoteName
  try {
    target = resolveServer(dest, kernel)
  } catch (thrown) {
    // A registry that does not run has no processes, so the message is dropped.
    if (isVia(dest)) return
    throw thrown
  }
  kernel.send(process?.pid ?? kernel.user, target, tuple(GEN_CAST, message))
}

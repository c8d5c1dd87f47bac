import {
  currentKernel,
  currentProcess,
  type RemoteName,
  reasonTerm,
  resolve,
  viaTerm,
} from '../../process/index.ts'
import { type Atom, atom, normal, Pid, Reference, type Term, tuple } from '../../term/index.ts'
import type { CallOptions } from '../call/index.ts'
import {
  abcast,
  callServer,
  From,
  GEN_CALL,
  GEN_CAST,
  isVia,
  type MultiCallResult,
  multiCall,
  readFrom,
  resolveServer,
  type Server,
} from '../call/index.ts'
import { stopServer, sys } from '../system/index.ts'
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

/**
 * A server: a process that keeps a state and answers requests one at a time.
 *
 * When not to use it: to organise code. Functions that share nothing need no process, and a value that nobody else
 * changes is a variable.
 */
export const GenServer = {
  /**
   * Defines a server.
   *
   * @returns how to start it, and its requests as functions: `Counter.add(2)` is the request `{:add, 2}`
   * @throws TypeError when two requests have one name on the wire, or one is called `start`, `startLink` or `child`
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
   * Sends a request to a server on whichever node and returns its answer.
   *
   * @param dest a pid, a name, or `{ name, node }`
   * @param options `timeout` in milliseconds (5,000), `signal` to give up
   * @throws ExitError `{reason, {GenServer, call, [dest, request, timeout]}}` when there is no answer: the reason is
   *   `timeout`, `noproc`, `{:nodedown, node}`, or why the server has ended. A late answer is dropped
   * @see `GenServer.call/3`
   */
  call: call as typeof call,

  /**
   * Sends a message to a server on whichever node. Nobody says whether it arrived.
   *
   * @see `GenServer.cast/2`
   */
  cast: cast as typeof cast,

  /**
   * A server by the type of its definition, for code that cannot or does not want to import it.
   *
   * @example
   * import type { Counter } from '../counter.ts'
   * await GenServer.at<typeof Counter>({ name: 'Counter', node }).call('add', 2)
   */
  at<M>(dest: Server, options: CallOptions = {}): TypedServer<M> {
    return {
      call: (name: string, ...args: readonly Term[]) =>
        callServer(dest, GEN_CALL, requestTerm(requestName(name), args), options, CALL),
      cast: (name: string, ...args: readonly Term[]) => castTerm(dest, requestTerm(requestName(name), args)),
    } as unknown as TypedServer<M>
  },

  /**
   * Tells a server to end and waits until it has.
   *
   * @throws ExitError when it has not ended after `timeout` milliseconds (Infinity), or ended for another reason
   * @see `GenServer.stop/3`
   */
  async stop(dest: Server, reason: Term = normal, timeout: number = Number.POSITIVE_INFINITY): Promise<void> {
    const kernel = currentKernel()
    const current = currentProcess()
    const process = current ?? kernel.visitor('GenServer.stop')
    try {
      const shown = isVia(dest) ? viaTerm(dest) : undefined
      await stopServer(process, resolveServer(dest, kernel), reasonTerm(reason), timeout, shown)
    } finally {
      if (!current) process.exit(normal)
    }
  },

  /**
   * Answers a call, from whichever process and node: with the {@link From} of a `deferredReply`, or with its term.
   *
   * @see `GenServer.reply/2`
   */
  reply: answer as typeof answer,

  /**
   * Calls the servers of one name on several nodes at once, and returns what they have answered, and which have not.
   *
   * @param options `nodes`: this one and all that it is connected to, when left out; `timeout` in milliseconds (Infinity)
   * @see `GenServer.multi_call/4`
   */
  multiCall: callMany as typeof callMany,

  /**
   * Casts to the servers of one name on several nodes: this one and all that it is connected to, when left out.
   *
   * @see `GenServer.abcast/3`
   */
  abcast(name: string | Atom, message: Cast | Term, nodes: readonly (string | Atom)[] = allNodes()): void {
    abcast(nodes, name, message as Term)
  },

  /**
   * Gives a running server of this node the code of another definition: its state is what `codeChange` makes of the one it
   * has. The messages that come meanwhile wait.
   *
   * @param extra goes to `codeChange`, besides the `oldVersion`
   * @throws ErlangError when `codeChange` throws; the server goes on as it was
   * @throws TypeError when the server is on another node
   */
  async reload(dest: Server, module: object, oldVersion?: Term, extra?: Term): Promise<void> {
    const target = resolve(dest, currentKernel())
    if (!currentKernel().isLocal(target))
      throw new TypeError(
        `new code is given to a server of this node, and this one is on ${target.node.name}: reload it there, or ask it with ` +
          "sys.changeCode(server, 'Module').",
      )
    await sys.suspend(dest)
    try {
      await sys.changeCode(dest, module, oldVersion, extra)
    } finally {
      await sys.resume(dest)
    }
  },

  /**
   * Who has a name: the pid, or undefined; for a name of another node, that name. A pid is itself, whether it is alive or not.
   *
   * @see `GenServer.whereis/1`
   */
  whereis(server: Server): Pid | RemoteName | undefined {
    if (server instanceof Pid) return server
    const kernel = currentKernel()
    const target = resolve(server, kernel)
    if (target instanceof Pid) return kernel.isLocal(target) && !kernel.process(target) ? undefined : target
    if (target instanceof Reference || !kernel.isLocal(target)) return target as RemoteName
    return kernel.whereis(target.name)?.pid
  },
} as const

function call<R>(dest: Server, request: Call<R>, options?: CallOptions): Promise<R>
function call<T extends Term>(dest: Server, request: UntypedRequest<T>, options?: CallOptions): Promise<Term>
function call(dest: Server, request: unknown, options?: CallOptions): Promise<unknown> {
  return callServer(dest, GEN_CALL, request as Term, options, CALL)
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
    throw new TypeError(`expected who waits for an answer, {pid, tag}, got ${kernel.inspect(from as Term)}`)
  client.reply(value as never)
}

interface ManyOptions {
  readonly nodes?: readonly (string | Atom)[]
  readonly timeout?: number
}

function callMany<R>(
  name: string | Atom,
  request: Call<R>,
  options?: ManyOptions,
): Promise<MultiCallResult<R>>
function callMany<T extends Term>(
  name: string | Atom,
  request: UntypedRequest<T>,
  options?: ManyOptions,
): Promise<MultiCallResult>
function callMany(
  name: string | Atom,
  request: unknown,
  options: ManyOptions = {},
): Promise<MultiCallResult> {
  const { nodes = allNodes(), timeout = Number.POSITIVE_INFINITY } = options
  return multiCall(nodes, name, request as Term, timeout)
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
    // A registry that is not there has nobody who would hear it.
    if (isVia(dest)) return
    throw thrown
  }
  kernel.send(process?.pid ?? kernel.user, target, tuple(GEN_CAST, message))
}

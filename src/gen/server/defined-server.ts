import {
  acceptsArity,
  currentKernel,
  type LocalProcess,
  type MaybePromise,
  reportOf,
  requireProcess,
  snakeCase,
} from '../../process/index.ts'
import {
  Atom,
  atom,
  ElixirError,
  floatsOption,
  inspect,
  isTuple,
  plainNumbers,
  type Term,
  TupleClass,
} from '../../term/index.ts'
import type { From } from '../call/index.ts'
import { type ChildOptions, type ChildSpec, withName } from '../child/index.ts'
import type { Behaviour, CallbackResult } from './behaviour.ts'
import { BEHAVIOUR, registerCallbacks } from './code-change.ts'
import type { Callbacks, Definition, GenServerModule } from './definition.ts'
import { DeferredReply, NoReply } from './result.ts'
import { checkStartOptions, type StartOptions, serverName, startServer } from './start-server.ts'

const RESERVED = new Set(['start', 'startLink', 'child'])

interface Handler {
  readonly key: string
  readonly fn: (...args: never[]) => unknown
  readonly deferred: boolean
  /** Number of parameters before those of the request: the state, and `from` in a deferred reply. */
  readonly leadingParameters: number
  /** Number of parameters without default values. */
  readonly length: number
}

type AnyServer = GenServerModule<never, unknown, object, object>
type AnyDefinition = Definition<never, unknown, object, object> & Callbacks<never>

/** Returns the module of a definition: functions that start the server, and its requests. */
export function define(definition: AnyDefinition): AnyServer {
  const calls = handlersOf(definition.call ?? {})
  const casts = handlersOf(definition.cast ?? {})
  const requests: Record<string, unknown> = {}
  for (const [name, { key }] of [...calls, ...casts]) {
    if (RESERVED.has(key)) throw new TypeError(`a request cannot be called ${key}, which starts the server`)
    requests[key] = (...args: readonly Term[]) => requestTerm(name, args)
  }
  const behaviour = new DefinedServer(definition, calls, casts)
  const start = (arg: unknown, options: StartOptions = {}) =>
    startServer(currentKernel(), behaviour, arg, checkStartOptions(options, 'GenServer.start'))
  registerCallbacks(start, behaviour)
  return {
    ...requests,
    [BEHAVIOUR]: behaviour,
    start,
    startLink: (arg: unknown, options: StartOptions = {}) => {
      const link = requireProcess('startLink()')
      return startServer(link.kernel, behaviour, arg, {
        ...checkStartOptions(options, 'GenServer.startLink'),
        link,
      })
    },
    child: (arg: unknown, { name, id, ...options }: ChildOptions = {}): ChildSpec => ({
      id: id ?? name ?? 'GenServer',
      start: withName('GenServer.startLink', () => {
        const link = requireProcess('child()')
        return startServer(link.kernel, behaviour, arg, { name, link })
      }),
      ...options,
    }),
  } as unknown as AnyServer
}

function handlersOf(section: object): Map<Atom, Handler> {
  const handlers = new Map<Atom, Handler>()
  for (const [key, handler] of Object.entries(section)) {
    const name = requestName(key)
    const twin = handlers.get(name)
    if (twin)
      throw new TypeError(`${twin.key} and ${key} are both ${name.name} on the wire: rename one of them`)
    const isLater = handler instanceof DeferredReply
    const fn = isLater ? handler.handler : handler
    handlers.set(name, { key, fn, deferred: isLater, leadingParameters: isLater ? 2 : 1, length: fn.length })
  }
  return handlers
}

/** Returns the name of a request in messages: `addLater` is `add_later`, and `:addLater` is the atom as it is written. */
export const requestName = (key: string): Atom =>
  atom(key.startsWith(':') ? key.slice(1) : snakeCase(key)) as Atom

/** Returns `{:add, 2}`, or the atom alone for a request without arguments. */
export function requestTerm(name: Atom, args: readonly Term[]): Term {
  if (args.length === 0) return name
  return new TupleClass(args.length === 1 ? [name, args[0]] : [name, ...args])
}

const NO_ARGS: readonly Term[] = []

class DefinedServer implements Behaviour<unknown, unknown> {
  readonly kind = 'GenServer'
  readonly strict = true
  readonly #definition: AnyDefinition
  readonly #calls: Map<Atom, Handler>
  readonly #casts: Map<Atom, Handler>
  readonly #plainNumbers: boolean
  readonly codeChange: Behaviour<unknown, unknown>['codeChange']
  readonly formatStatus: Behaviour<unknown, unknown>['formatStatus']

  constructor(definition: AnyDefinition, calls: Map<Atom, Handler>, casts: Map<Atom, Handler>) {
    const { codeChange, formatStatus } = definition
    this.#definition = definition
    this.#calls = calls
    this.#casts = casts
    this.#plainNumbers = floatsOption(definition.floats, 'GenServer.define') === 'number'
    this.codeChange = codeChange as Behaviour<unknown, unknown>['codeChange']
    this.formatStatus = formatStatus as Behaviour<unknown, unknown>['formatStatus']
  }

  init(arg: unknown): unknown {
    return this.#definition.init(arg as never)
  }

  handleCall(
    request: Term,
    from: From,
    state: unknown,
    process: LocalProcess,
  ): MaybePromise<CallbackResult<unknown>> {
    const handler = find(this.#calls, request)
    const term = this.#plainNumbers ? plainNumbers(request) : request
    if (!handler) {
      const { handleCall } = this.#definition
      if (handleCall) return handleCall(term, from as From<unknown>, state as never)
      throw unknownRequest('call', request, process, this.#calls)
    }
    return (
      handler.deferred
        ? handler.fn(state as never, from as never, ...(argsOf(term) as never[]))
        : run(handler.fn, state, term)
    ) as MaybePromise<CallbackResult<unknown>>
  }

  handleCast(message: Term, state: unknown, process: LocalProcess): MaybePromise<CallbackResult<unknown>> {
    const handler = find(this.#casts, message)
    const term = this.#plainNumbers ? plainNumbers(message) : message
    if (handler) return run(handler.fn, state, term) as MaybePromise<CallbackResult<unknown>>
    const { handleCast } = this.#definition
    if (handleCast) return handleCast(term, state as never)
    throw unknownRequest('cast', message, process, this.#casts)
  }

  handleInfo(message: Term, state: unknown, process: LocalProcess): MaybePromise<CallbackResult<unknown>> {
    if (this.#definition.info) return this.#definition.info(message, state as never)
    const name = `${this.kind} ${serverName(process)}`
    const text = `${name} received unexpected message in handle_info/2: ${process.kernel.inspect(message)}`
    reportOf(process, 'error', { text })
    return new NoReply(state)
  }

  terminate(reason: Term, state: unknown): MaybePromise<unknown> {
    return this.#definition.terminate?.(reason, state as never)
  }
}

function run(fn: (...args: never[]) => unknown, state: unknown, request: Term): unknown {
  const call = fn as (state: unknown, ...args: readonly Term[]) => unknown
  if (!isTuple(request)) return call(state)
  const { elements } = request
  switch (elements.length) {
    case 1:
      return call(state)
    case 2:
      return call(state, elements[1] as Term)
    default:
      return call(state, ...argsOf(request))
  }
}

function argsOf(request: Term): readonly Term[] {
  return isTuple(request) ? (request.elements.slice(1) as Term[]) : NO_ARGS
}

function find(handlers: Map<Atom, Handler>, request: Term): Handler | undefined {
  const elements = isTuple(request) ? request.elements : undefined
  const name = elements ? elements[0] : request
  const handler = name instanceof Atom ? handlers.get(name) : undefined
  if (!handler) return undefined
  const given = elements ? elements.length - 1 : 0
  // A handler without use for the state may leave it out, if it has no other parameter.
  if (
    handler.length === given + handler.leadingParameters ||
    (handler.length < handler.leadingParameters && given === 0)
  )
    return handler
  return acceptsArity(handler.fn, given + handler.leadingParameters) ? handler : undefined
}

// The server ends, as in Elixir: the client has mistaken it for another server.
function unknownRequest(
  kind: 'call' | 'cast',
  request: Term,
  process: LocalProcess,
  handlers: Map<Atom, Handler>,
): ElixirError {
  const known = [...handlers].map(
    ([name, { fn, leadingParameters }]) => `${name.name}/${Math.max(0, fn.length - leadingParameters)}`,
  )
  return new ElixirError('RuntimeError', {
    message:
      `attempted to ${kind} GenServer ${serverName(process)} with ${inspect(request, { self: process.kernel.name })}, ` +
      `which it does not know. Its ${kind}s: ${known.join(', ') || 'none'}`,
  })
}

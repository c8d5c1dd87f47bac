import {
  type AliasHolder,
  currentKernel,
  currentProcess,
  type Destination,
  type Errand,
  type Kernel,
  type LocalProcess,
  type RemoteName,
  resolve,
  type ViaName,
  viaTerm,
} from '../process/index.ts'
import {
  atom,
  ExitError,
  type ImproperList,
  infinity,
  isTuple,
  nameToAtom,
  noproc,
  normal,
  Pid,
  type Reference,
  type Term,
  TupleClass,
  tuple,
} from '../term/index.ts'
import { Caretaker, type OpenCall } from './caretaker.ts'
import { aliasTag, type Client, From, GEN_CALL } from './from.ts'
import { ServerLoop } from './server-loop.ts'
import { isVia } from './server-name.ts'

/** Who may be called: a pid, a name of this node, a name of another one, or a name in a registry. */
export type Server = Exclude<Destination, Reference> | ViaName

export interface CallOptions {
  /** How long to wait for the answer in milliseconds, or Infinity; 5,000 when left out. */
  readonly timeout?: number
  /** Gives up when it fires. */
  readonly signal?: AbortSignal | undefined
}

export const DEFAULT_TIMEOUT = 5_000
const NO_OPTIONS: RequestOptions = {}

/** What only the package itself says of a call. */
export interface RequestOptions extends CallOptions {
  /** What stands in the sentence when it fails, behind the server: `request, timeout` when left out. */
  readonly shownArgs?: readonly Term[]
  /** What stands for the server there, where it is not its pid or name. */
  readonly shownServer?: Term | undefined
}

/** The function that a person called, for the sentence when it fails: `GenServer.call(dest, request, timeout)`. */
export type CallName = readonly [module: string, name: string]

/**
 * Sends `{label, {From, Tag}, request}` to a server and returns what it answers.
 *
 * @throws ExitError `{reason, {module, name, [dest, request, timeout]}}`, where the reason is `timeout`, `noproc`,
 *   `{:nodedown, node}`, `calling_self`, or why the server has ended
 */
export function callServer(
  dest: Server,
  label: Term,
  request: Term,
  callOptions: RequestOptions = NO_OPTIONS,
  name: CallName,
): Promise<Term> {
  const options = isVia(dest) ? { ...callOptions, shownServer: viaTerm(dest) } : callOptions
  const process = currentProcess()
  const kernel = process ? process.kernel : currentKernel()
  const target = targetOf(dest, kernel)
  if (process) return callFrom(process, target, label, request, options, name)
  // Outside of processes somebody has to wait in the caller's place.
  const visitor = kernel.visitor(`${name[0]}.${name[1]}`)
  return callFrom(visitor, target, label, request, options, name).finally(() => visitor.exit(normal))
}

/**
 * Whom a request goes to. Nobody (undefined, where {@link GenServer.whereis} found none) is a name that nobody has: `nil`, as
 * in Elixir.
 */
export function targetOf(dest: Server | null | undefined, kernel: Kernel): Pid | RemoteName {
  if (dest === undefined || dest === null) return { name: null as never, node: kernel.name }
  return resolve(dest, kernel) as Pid | RemoteName
}

/** The same for a process, and a target that is resolved. */
export function callFrom(
  process: LocalProcess,
  target: Pid | RemoteName,
  label: Term,
  request: Term,
  options: RequestOptions,
  name: CallName,
): Promise<Term> {
  const call = new Request(process, target, request, options, name)
  call.send(label)
  return call.promise()
}

/** The same without a promise: one of the two functions is called, unless the process ends before. */
export function sendRequest(
  process: LocalProcess,
  target: Pid | RemoteName,
  label: Term,
  request: Term,
  options: RequestOptions,
  name: CallName,
  resolve: (answer: Term) => void,
  reject: (error: unknown) => void,
): void {
  const call = new Request(process, target, request, options, name)
  call.send(label)
  call.settle(resolve, reject)
}

/** How far a call is; `gone` with its caller. */
type Phase = 'open' | 'answered' | 'failed' | 'gone'

/** One call on its way, until there is an answer, or none to be waited for. When its caller has ended, nobody is told. */
class Request implements OpenCall, AliasHolder, Errand {
  readonly process: LocalProcess
  readonly target: Pid | RemoteName
  /** Stands for it in messages. One that is answered without a message has none. */
  ref!: Reference
  readonly #request: Term
  readonly #options: RequestOptions
  readonly #name: CallName
  #phase: Phase = 'open'
  /** The answer, or why there is none. */
  #result: unknown
  #resolve: ((answer: Term) => void) | undefined
  #reject: ((error: unknown) => void) | undefined
  #caller: Caller | undefined
  #caretaker: Caretaker | undefined

  constructor(
    process: LocalProcess,
    target: Pid | RemoteName,
    request: Term,
    options: RequestOptions,
    name: CallName,
  ) {
    this.process = process
    this.target = target
    this.#request = request
    this.#options = options
    this.#name = name
  }

  get timeout(): number {
    return this.#options.timeout ?? DEFAULT_TIMEOUT
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal
  }

  send(label: Term): void {
    const { process, target, signal } = this
    if (!process.alive) return this.drop()
    if (signal?.aborted) return this.abort(signal.reason)
    if (process.kernel.isLocal(target)) this.#sendHere(label)
    else this.#sendAway(label)
  }

  #sendHere(label: Term): void {
    const { process, target, signal } = this
    const { kernel } = process
    const server = target instanceof Pid ? kernel.process(target) : kernel.whereis(target.name)
    if (!server) return this.fail(noproc)
    if (server === process) return this.fail(atom('calling_self'))
    if (label !== GEN_CALL || !this.#handOver(server)) server.deliver(this.#messageOf(label))
    if (this.#phase !== 'open') return
    if (!server.alive) return this.fail(server.reason)
    if (signal?.aborted) return this.abort(signal.reason)
    this.#caretaker = new Caretaker(this)
    this.#caretaker.watch(server)
  }

  // Who calls has little else to do than to wait, so its turn is the server's, where that is idle.
  #handOver(server: LocalProcess): boolean {
    const { owner } = server
    return owner instanceof ServerLoop && owner.direct && server.handleNow(this)
  }

  run({ owner }: LocalProcess): void | PromiseLike<void> {
    this.#caller = new Caller(this)
    return (owner as ServerLoop).take(this.#request, new From(this.#caller))
  }

  get message(): Term {
    return this.#messageOf(GEN_CALL)
  }

  #sendAway(label: Term): void {
    const { process, target } = this
    const message = this.#messageOf(label)
    this.#caretaker = new Caretaker(this)
    this.#caretaker.watchAway()
    if (this.#phase !== 'open') return
    try {
      process.kernel.send(process.pid, target, message)
    } catch (error) {
      this.#end('failed', error)
    }
  }

  #messageOf(label: Term): Term {
    const from = new TupleClass([this.process.pid, this.#caller?.tag ?? aliasTag(this.address())])
    return new TupleClass([label, from, this.#request])
  }

  /** Where answers reach it that come as messages. */
  address(): Reference {
    if (this.ref === undefined) {
      this.ref = this.process.kernel.makeRef()
      this.process.kernel.alias(this)
    }
    return this.ref
  }

  receive(message: Term): void {
    if (isTuple(message) && message.length === 2) this.answer(message.elements[1] as Term)
  }

  answer(value: Term): void {
    this.#end('answered', value)
  }

  fail(reason: Term): void {
    if (this.#phase !== 'open') return
    const { process, timeout } = this
    const { shownServer, shownArgs = [this.#request, timeoutTerm(timeout)] } = this.#options
    const server = shownServer ?? destinationTerm(this.target, process)
    this.#end('failed', callFailed(reason, this.#name, [server, ...shownArgs], process))
  }

  abort(why: unknown): void {
    this.#end('failed', why)
  }

  drop(): void {
    this.#end('gone', undefined)
  }

  #end(phase: Phase, result: unknown): void {
    if (this.#phase !== 'open') return
    this.#phase = phase
    this.#result = result
    if (this.ref !== undefined) this.process.kernel.dropAlias(this.ref)
    if (this.#caller) this.#caller.call = undefined
    this.#caretaker?.leave()
    this.#tell()
  }

  promise(): Promise<Term> {
    // What is answered already needs no functions to say so.
    if (this.#phase === 'answered' && this.process.alive) return Promise.resolve(this.#result as Term)
    return new Promise((resolve, reject) => this.settle(resolve, reject))
  }

  /** Calls one of the two, now or when there is something to say. */
  settle(resolve: (answer: Term) => void, reject: (error: unknown) => void): void {
    this.#resolve = resolve
    this.#reject = reject
    this.#tell()
  }

  #tell(): void {
    if (!this.process.alive) return
    if (this.#phase === 'answered') this.#resolve?.(this.#result as Term)
    else if (this.#phase === 'failed') this.#reject?.(this.#result)
  }
}

/**
 * Whose call it is that has not come as a message. A server may keep this for ever, so it holds nothing of a caller that waits
 * no more.
 */
class Caller implements Client {
  readonly pid: Pid
  call: Request | undefined
  readonly #kernel: Kernel
  #tag: ImproperList | undefined

  constructor(call: Request) {
    this.call = call
    this.pid = call.process.pid
    this.#kernel = call.process.kernel
  }

  get tag(): Term {
    this.#tag ??= aliasTag(this.call?.address() ?? this.#kernel.makeRef())
    return this.#tag
  }

  answer(value: Term): void {
    this.call?.answer(value)
  }
}

/** The error of a call that failed: its sentence is `exited in: Module.name(args)` and, below, why. */
export function callFailed(
  reason: Term,
  [module, name]: CallName,
  args: readonly Term[],
  { kernel }: Pick<LocalProcess, 'kernel'>,
): ExitError {
  return new ExitError(tuple(reason, tuple(nameToAtom(module), atom(name), args)), {
    self: kernel.name,
  })
}

/** A time to wait, as it stands there. */
export function timeoutTerm(ms: number): Term {
  return ms === Number.POSITIVE_INFINITY ? infinity : ms
}

/** A server as it stands in the sentence of a call that failed. */
export function destinationTerm(target: Pid | RemoteName, { kernel }: LocalProcess): Term {
  if (target instanceof Pid) return target
  return kernel.isLocal(target) ? target.name : tuple(target.name, target.node)
}

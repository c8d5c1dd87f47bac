import { type Cancel, Chain, type Link } from '../clock/index.ts'
import {
  type AliasHolder,
  currentKernel,
  currentProcess,
  type Destination,
  type EndWaiter,
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
  infinity,
  isTuple,
  nameToAtom,
  noconnection,
  noproc,
  normal,
  Pid,
  type Reference,
  type Term,
  TupleClass,
  timeout as timeoutAtom,
  tuple,
} from '../term/index.ts'
import { aliasTag } from './from.ts'
import { isVia } from './server-name.ts'
import { standingMonitors, type Waiting } from './standing-monitors.ts'

/** Who may be called: a pid, a name of this node, a name of another one, or a name in a registry. */
export type Server = Exclude<Destination, Reference> | ViaName

export interface CallOptions {
  /** How long to wait for the answer in milliseconds, or Infinity; 5,000 when left out. */
  readonly timeout?: number
  /** Gives up when it fires. */
  readonly signal?: AbortSignal | undefined
}

export const DEFAULT_TIMEOUT = 5_000

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
  callOptions: RequestOptions,
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
  return new Promise((resolve, reject) =>
    sendRequest(process, target, label, request, options, name, resolve, reject),
  )
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
  if (process.alive) new Request(process, target, request, options, name, resolve, reject).send(label)
}

/** The calls of this turn. Most of those to servers of this node are answered in it, and need neither timer nor caretaker. */
const fresh: (Request | undefined)[] = []

function stayAll(): void {
  for (const request of fresh.splice(0)) request?.stay()
}

/**
 * One call on its way: it ends with the answer, with the end of the server, when it takes too long, or with its caller, whose
 * code then waits for ever.
 */
class Request implements Waiting, EndWaiter, AliasHolder {
  readonly #process: LocalProcess
  readonly #target: Pid | RemoteName
  readonly #request: Term
  readonly #options: RequestOptions
  readonly #name: CallName
  readonly #resolve: (answer: Term) => void
  readonly #reject: (error: unknown) => void
  readonly ref: Reference
  seen = false
  #open = true
  #monitored = false
  #cancelTimer: Cancel | undefined
  #waiting: Link<Waiting> | undefined
  #caller: Link<EndWaiter> | undefined
  #fresh = -1
  #server: Link<EndWaiter> | undefined
  #aborted: (() => void) | undefined

  constructor(
    process: LocalProcess,
    target: Pid | RemoteName,
    request: Term,
    options: RequestOptions,
    name: CallName,
    resolve: (answer: Term) => void,
    reject: (error: unknown) => void,
  ) {
    this.#process = process
    this.#target = target
    this.#request = request
    this.#options = options
    this.#name = name
    this.#resolve = resolve
    this.#reject = reject
    this.ref = process.kernel.makeRef()
  }

  send(label: Term): void {
    const process = this.#process
    const { kernel, pid } = process
    const target = this.#target
    const { signal } = this.#options
    if (signal?.aborted) return this.#giveUp()
    if (
      target === pid ||
      (!(target instanceof Pid) && kernel.whereis(target.name) === process && kernel.isLocal(target))
    )
      return this.#fail(atom('calling_self'))
    kernel.alias(this)
    if (kernel.isLocal(target)) this.#awaitLocal(target)
    else {
      const waiting = standingMonitors(kernel).wait(target, this)
      if (this.#open) this.#waiting = waiting
      else Chain.remove(waiting)
    }
    if (!this.#open) return
    this.#fresh = fresh.push(this) - 1
    if (fresh.length === 1) setImmediate(stayAll)
    if (signal) {
      this.#aborted = () => this.#giveUp()
      signal.addEventListener('abort', this.#aborted, { once: true })
    }
    try {
      const from = new TupleClass([pid, aliasTag(this.ref)])
      kernel.send(pid, target, new TupleClass([label, from, this.#request]))
    } catch (error) {
      this.#end()
      this.#reject(error)
    }
  }

  down(reason: Term): void {
    const { node } = this.#target
    this.#fail(reason === noconnection ? tuple(atom('nodedown'), node) : reason)
  }

  // A server of this node needs no signals to be watched, only a word when it ends.
  #awaitLocal(target: Pid | RemoteName): void {
    const { kernel } = this.#process
    const server = target instanceof Pid ? kernel.process(target) : kernel.whereis(target.name)
    if (server) this.#server = server.awaitEnd(this)
    else this.#fail(noproc)
  }

  /** The caller, for whom nothing is left to do, or a server of this node. */
  ended(process: LocalProcess, reason: Term): void {
    if (process === this.#process) this.#end()
    else this.#fail(reason)
  }

  /** Monitors the server for this call alone. */
  lingers(): void {
    if (this.#monitored || !this.#open) return
    this.#monitored = true
    this.#process.monitor(this.#target, (reason) => this.down(reason), this.ref)
  }

  /** The turn is over, and there is no answer: it may take a while. */
  stay(): void {
    const { alive, kernel } = this.#process
    const { timeout = DEFAULT_TIMEOUT } = this.#options
    this.#fresh = -1
    if (!alive) return this.#end()
    this.#caller = this.#process.awaitEnd(this)
    if (timeout !== Number.POSITIVE_INFINITY)
      this.#cancelTimer = kernel.clock.schedule(timeout, () => this.#fail(timeoutAtom))
  }

  receive(message: Term): void {
    if (!this.#open || !isTuple(message) || message.length !== 2) return
    this.#end()
    if (this.#process.alive) this.#resolve(message.elements[1] as Term)
  }

  #giveUp(): void {
    if (!this.#open) return
    this.#end()
    if (this.#process.alive) this.#reject(this.#options.signal!.reason)
  }

  #fail(reason: Term): void {
    if (!this.#open) return
    this.#end()
    if (!this.#process.alive) return
    const { timeout = DEFAULT_TIMEOUT, shownServer } = this.#options
    const { shownArgs = [this.#request, timeoutTerm(timeout)] } = this.#options
    const server = shownServer ?? destinationTerm(this.#target, this.#process)
    this.#reject(callFailed(reason, this.#name, [server, ...shownArgs], this.#process))
  }

  #end(): void {
    this.#open = false
    const process = this.#process
    process.kernel.dropAlias(this.ref)
    if (this.#fresh >= 0) fresh[this.#fresh] = undefined
    if (this.#caller) Chain.remove(this.#caller)
    if (this.#server) Chain.remove(this.#server)
    this.#cancelTimer?.()
    if (this.#waiting) Chain.remove(this.#waiting)
    if (this.#monitored) process.demonitor(this.ref)
    if (this.#aborted) this.#options.signal!.removeEventListener('abort', this.#aborted)
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

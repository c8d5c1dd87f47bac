import { type LocalProcess, type MaybePromise, type RestartEvent, restarts } from '../../process/index.ts'
import {
  atom,
  error,
  hideFields,
  identical,
  isTuple,
  killed,
  ok,
  type Pid,
  shutdown,
  type Term,
  TermMap,
  tuple,
} from '../../term/index.ts'
import { GEN_CAST } from '../call/index.ts'
import type { Restart } from '../child/index.ts'
import { terminateProcess } from '../child/index.ts'
import type { CallbackResult } from '../server/index.ts'
import { isNormalExit, NoReply, Stop } from '../server/index.ts'
import {
  type AutoShutdown,
  type Child,
  childRecord,
  InvalidSpec,
  readChild,
  type StartedProcess,
  specTerm,
  startErrorReason,
  startProcess,
} from './child.ts'
import { type ErrorContext, reportChild, reportProgress } from './child-report.ts'
import { RestartLimit } from './restart-limit.ts'
import { readChildSpecs, type Strategy, type SupervisorInit } from './supervisor-options.ts'
import {
  COUNT_CHILDREN,
  DELETE_CHILD,
  RESTART_CHILD,
  START_CHILD,
  TERMINATE_CHILD,
  WHICH_CHILDREN,
} from './supervisor-request.ts'

/** Message of a supervisor to itself after a restart that failed. */
export const TRY_AGAIN: Term = atom('try_again_restart')
const GET_CHILDSPEC = atom('get_childspec')
const UNDEFINED = atom('undefined')
const NOT_FOUND = tuple(error, atom('not_found'))

/** Whether a child with this restart value is started again after this exit reason. */
export function isRestarted(restart: Restart, reason: Term): boolean {
  return restart === 'permanent' || (restart === 'transient' && !isNormalExit(reason))
}

interface Failure {
  readonly child: Child
  readonly reason: Term
}

/** Children and options of a supervisor, in the order in which the children were started. */
export class SupervisorState {
  children: Child[] = []
  readonly running: Map<Pid, Child> = new Map()
  #arg: SupervisorInit
  readonly #ids = new TermMap() as unknown as Map<Term, Child>
  readonly #restarts: RestartLimit
  readonly #process: LocalProcess

  /** @throws ExitError as {@link readChildSpecs} */
  constructor(arg: SupervisorInit, process: LocalProcess) {
    this.#process = process
    this.#arg = arg
    for (const child of readChildSpecs(arg, process.kernel)) this.#add(child)
    this.#restarts = new RestartLimit(process.kernel, arg)
  }

  get strategy(): Strategy {
    return this.#arg.strategy
  }

  get autoShutdown(): AutoShutdown {
    return this.#arg.autoShutdown ?? 'never'
  }

  /**
   * Replaces the options and children. A running child continues under the new specification with its id. A new child is
   * not started. A child that is no longer listed stays, after the others.
   *
   * @throws ExitError as {@link readChildSpecs}, before anything is changed
   */
  reload(arg: SupervisorInit = this.#arg): this {
    const listed = readChildSpecs(arg, this.#process.kernel)
    const before = this.children
    for (const child of listed) {
      const was = this.find(child.id)
      if (!was) continue
      this.#setPid(child, was.pid)
      child.restarting = was.restarting
    }
    this.children = []
    this.#ids.clear()
    for (const child of listed) this.#add(child)
    for (const child of before) if (!this.find(child.id)) this.#add(child)
    this.#arg = arg
    this.#restarts.configure(arg)
    return this
  }

  find(id: Term): Child | undefined {
    return this.#ids.get(id)
  }

  #add(child: Child): void {
    this.children.push(child)
    this.#ids.set(child.id, child)
  }

  #remove(child: Child): void {
    this.children.splice(this.children.indexOf(child), 1)
    this.#ids.delete(child.id)
  }

  #setPid(child: Child, pid: Pid | undefined): void {
    if (child.pid) this.running.delete(child.pid)
    child.pid = pid
    child.restarting = false
    if (pid) this.running.set(pid, child)
  }

  /** Marks a child as ended. A temporary child is removed. */
  #markEnded(child: Child): void {
    this.#setPid(child, undefined)
    if (child.restart === 'temporary') this.#remove(child)
  }

  // Requests

  handleRequest(request: Term): MaybePromise<Term> {
    if (request === WHICH_CHILDREN) return this.children.map(describe).reverse()
    if (request === COUNT_CHILDREN) return count(this.children)
    const [word, arg] = isTuple(request) && request.length === 2 ? (request.elements as readonly Term[]) : []
    if (word === START_CHILD) return this.#startChild(arg)
    const child = this.find(arg)
    switch (word) {
      case TERMINATE_CHILD:
        return child ? this.#terminateChild(child) : NOT_FOUND
      case RESTART_CHILD:
        return child ? (busy(child) ?? this.#restartChild(child)) : NOT_FOUND
      case DELETE_CHILD:
        return child ? (busy(child) ?? this.#deleteChild(child)) : NOT_FOUND
      case GET_CHILDSPEC:
        return child ? tuple(ok, specTerm(child)) : NOT_FOUND
      default:
        return tuple(error, atom('unknown_call'))
    }
  }

  async #startChild(spec: Term): Promise<Term> {
    const child = readChild(spec, this.autoShutdown)
    if (child instanceof InvalidSpec) return tuple(error, child.reason)
    const twin = this.find(child.id)
    if (twin)
      return tuple(error, twin.pid ? tuple(atom('already_started'), twin.pid) : atom('already_present'))
    const started = await this.#start(child)
    if ('reason' in started)
      return tuple(
        error,
        isAlreadyStarted(started.reason) ? started.reason : tuple(started.reason, childRecord(child)),
      )
    if (child.pid || child.restart !== 'temporary') this.#add(child)
    return okTerm(started)
  }

  async #terminateChild(child: Child): Promise<Term> {
    await this.#terminate(child)
    if (this.children.includes(child)) this.#markEnded(child)
    return ok
  }

  async #restartChild(child: Child): Promise<Term> {
    const started = await this.#start(child)
    return 'reason' in started ? tuple(error, started.reason) : okTerm(started)
  }

  #deleteChild(child: Child): Term {
    this.#remove(child)
    return ok
  }

  // Starting and terminating

  async #start(child: Child): Promise<StartedProcess | Failure> {
    try {
      const started = await startProcess(child.start, [], this.#process)
      this.#setPid(child, started[0])
      if (started[0]) reportProgress(child, started[0], this.#process)
      return started
    } catch (thrown) {
      return { child, reason: startErrorReason(thrown) }
    }
  }

  /** Starts children in order. Stops at the first failure, and returns it. */
  async startAll(children: readonly Child[]): Promise<Failure | undefined> {
    for (const child of [...children]) {
      const started = await this.#start(child)
      if ('reason' in started) {
        this.#report('start_error', child, started.reason)
        return started
      }
      if (!child.pid && child.restart === 'temporary') this.#remove(child)
    }
    return undefined
  }

  /** Ends children, the youngest first. */
  async terminateAll(children: readonly Child[]): Promise<void> {
    for (const child of [...children].reverse()) {
      await this.#terminate(child)
      this.#markEnded(child)
    }
  }

  async #terminate(child: Child): Promise<void> {
    const { pid } = child
    if (!pid) return
    this.running.delete(pid)
    const reason = await terminateProcess(pid, child.shutdown, this.#process)
    if (isExpected(reason, child)) return
    this.#report('shutdown_error', child, reason)
  }

  // Restarting

  /** Handles the exit of a child that was not told to end. */
  childExited(child: Child, reason: Term): MaybePromise<CallbackResult<SupervisorState>> {
    const { restart } = child
    if (restart === 'permanent' || !isNormalExit(reason)) this.#report('child_terminated', child, reason)
    if (isRestarted(restart, reason)) return this.restart(child, child.pid)
    this.#markEnded(child)
    return this.#shutsDownAfter(child) ? new Stop(shutdown, this, []) : undefined
  }

  #shutsDownAfter({ significant }: Child): boolean {
    if (!significant || this.autoShutdown === 'never') return false
    if (this.autoShutdown === 'any_significant') return true
    return !this.children.some((other) => other.significant && (other.pid || other.restarting))
  }

  /** Starts a child again, with the children that the strategy includes. `was` is its last pid. */
  async restart(child: Child, was: Pid | undefined): Promise<CallbackResult<SupervisorState>> {
    if (!this.#restarts.recordRestart()) {
      this.#report('shutdown', child, atom('reached_max_restart_intensity'))
      this.#markEnded(child)
      return new Stop(shutdown, this, [])
    }
    this.#setPid(child, undefined)
    if (restarts.hasSubscribers) {
      const supervisor = this.#process
      restarts.publish({ kernel: supervisor.kernel, supervisor, id: child.id, was } satisfies RestartEvent)
    }
    const failed = await this.#restartWith(child, was)
    if (!failed) return undefined
    failed.child.restarting = true
    // Requests that arrive meanwhile are handled before the next attempt. They may end the child or the supervisor.
    this.#process.deliver(tuple(GEN_CAST, tuple(TRY_AGAIN, failed.child.id)))
    return new NoReply(this)
  }

  async #restartWith(child: Child, was: Pid | undefined): Promise<Failure | undefined> {
    if (this.strategy === 'one_for_one') {
      const started = await this.#start(child)
      if (!('reason' in started)) return undefined
      reportChild('start_error', child, was, started.reason, this.#process)
      return started
    }
    const from = this.strategy === 'one_for_all' ? 0 : this.children.indexOf(child)
    await this.terminateAll(this.children.slice(from))
    return this.startAll(this.children.slice(from))
  }

  #report(context: ErrorContext, child: Child, reason: Term): void {
    reportChild(context, child, child.pid, reason, this.#process)
  }
}

hideFields(SupervisorState)

/** Returns `{:ok, pid}` or `{:ok, pid, info}`, and `{:ok, :undefined}` for a start that returned `ignore`. */
function okTerm(started: StartedProcess): Term {
  return tuple(ok, ...(started.length === 0 ? [UNDEFINED] : started))
}

/** Whether this is the exit reason of a child that obeyed its shutdown. */
function isExpected(reason: Term, { shutdown: how, restart }: Child): boolean {
  if (reason === killed && how === 'brutal_kill') return true
  if (reason === shutdown && how !== 'brutal_kill') return true
  return restart !== 'permanent' && isNormalExit(reason)
}

function busy({ pid, restarting }: Child): Term {
  return pid ? tuple(error, atom('running')) : restarting ? tuple(error, atom('restarting')) : undefined
}

function isAlreadyStarted(reason: Term): boolean {
  return isTuple(reason) && reason.length === 2 && identical(reason.elements[0], atom('already_started'))
}

function describe({ id, pid, restarting, type, modules }: Child): Term {
  return tuple(id, pid ?? (restarting ? atom('restarting') : UNDEFINED), atom(type), modules)
}

function count(children: readonly Child[]): Term {
  const supervisors = children.filter(({ type }) => type === 'supervisor').length
  return [
    tuple(atom('specs'), children.length),
    tuple(atom('active'), children.filter(({ pid }) => pid).length),
    tuple(atom('supervisors'), supervisors),
    tuple(atom('workers'), children.length - supervisors),
  ]
}

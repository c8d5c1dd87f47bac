import type { LocalProcess } from '../process/index.ts'
import {
  atom,
  ExitError,
  error,
  identical,
  isTuple,
  killed,
  ok,
  type Pid,
  shutdown,
  type Term,
  TermMap,
  tuple,
} from '../term/index.ts'
import {
  type AutoShutdown,
  type Child,
  childRecord,
  readChild,
  SpecFault,
  specTerm,
  startProcess,
  startReason,
} from './child.ts'
import type { ChildSpec, Restart } from './child-spec.ts'
import { endProcess } from './end-process.ts'
import { GEN_CAST } from './from.ts'
import { type Intensity, RestartLimit } from './restart-limit.ts'
import { type Maybe, NoReply, Stop } from './result.ts'
import { isQuiet, type Next } from './server-process.ts'
import { type Context, reportChild, reportProgress } from './supervisor-report.ts'
import {
  COUNT_CHILDREN,
  DELETE_CHILD,
  RESTART_CHILD,
  START_CHILD,
  TERMINATE_CHILD,
  WHICH_CHILDREN,
} from './supervisor-words.ts'

/** Who is started again with a child that failed: itself, all, or itself and those that were started after it. */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one'

export interface SupervisorArg extends Intensity {
  readonly children: readonly ChildSpec[]
  readonly strategy: Strategy
  readonly autoShutdown?: AutoShutdown
}

/** What a supervisor tells itself when a restart has failed. */
export const TRY_AGAIN: Term = atom('try_again_restart')
const GET_CHILDSPEC = atom('get_childspec')
const UNDEFINED = atom('undefined')
const NOT_FOUND = tuple(error, atom('not_found'))
const STRATEGIES: readonly unknown[] = ['one_for_one', 'one_for_all', 'rest_for_one']
const AUTO_SHUTDOWNS: readonly unknown[] = ['never', 'any_significant', 'all_significant']

/** Whether a child with this restart value is started again after such an end. */
export function isRestarted(restart: Restart, reason: Term): boolean {
  return restart === 'permanent' || (restart === 'transient' && !isQuiet(reason))
}

interface Failure {
  readonly child: Child
  readonly reason: Term
}

/** What a supervisor knows, and does: its children in the order in which they were started. */
export class SupervisorState {
  readonly strategy: Strategy
  readonly autoShutdown: AutoShutdown
  children: Child[] = []
  readonly running: Map<Pid, Child> = new Map()
  readonly #ids = new TermMap() as unknown as Map<Term, Child>
  readonly #restarts: RestartLimit
  readonly #process: LocalProcess

  /** @throws ExitError `{:supervisor_data, fault}`, `{:start_spec, fault}` */
  constructor(
    { children, strategy, autoShutdown = 'never', ...intensity }: SupervisorArg,
    process: LocalProcess,
  ) {
    this.#process = process
    this.strategy = strategy
    this.autoShutdown = autoShutdown
    const fault = supervisorFault(strategy, autoShutdown, intensity)
    if (fault) throw exit(tuple(atom('supervisor_data'), fault.fault), process)
    this.#restarts = new RestartLimit(process.kernel, intensity)
    if (!Array.isArray(children)) throw exit(tuple(atom('bad_start_spec'), children as never), process)
    for (const spec of children) {
      const child = readChild(spec, autoShutdown)
      const wrong =
        child instanceof SpecFault
          ? child
          : this.find(child.id) && new SpecFault('duplicate_child_name', child.id)
      if (wrong) throw exit(tuple(atom('start_spec'), wrong.fault), process)
      this.#add(child as Child)
    }
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

  #place(child: Child, pid: Pid | undefined): void {
    if (child.pid) this.running.delete(child.pid)
    child.pid = pid
    child.restarting = false
    if (pid) this.running.set(pid, child)
  }

  /** A child is gone for now, or, a temporary one, for good. */
  #gone(child: Child): void {
    this.#place(child, undefined)
    if (child.restart === 'temporary') this.#remove(child)
  }

  // Requests

  answer(request: Term): Maybe<Term> {
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
    if (child instanceof SpecFault) return tuple(error, child.fault)
    const twin = this.find(child.id)
    if (twin)
      return tuple(error, twin.pid ? tuple(atom('already_started'), twin.pid) : atom('already_present'))
    const failed = await this.#start(child)
    if (failed)
      return tuple(
        error,
        isAlreadyStarted(failed.reason) ? failed.reason : tuple(failed.reason, childRecord(child)),
      )
    if (child.pid || child.restart !== 'temporary') this.#add(child)
    return tuple(ok, child.pid ?? UNDEFINED)
  }

  async #terminateChild(child: Child): Promise<Term> {
    await this.#end(child)
    if (this.children.includes(child)) this.#gone(child)
    return ok
  }

  async #restartChild(child: Child): Promise<Term> {
    const failed = await this.#start(child)
    return failed ? tuple(error, failed.reason) : tuple(ok, child.pid ?? UNDEFINED)
  }

  #deleteChild(child: Child): Term {
    this.#remove(child)
    return ok
  }

  // Starting and ending

  async #start(child: Child): Promise<Failure | undefined> {
    try {
      const pid = await startProcess(child.start, [], this.#process)
      this.#place(child, pid)
      if (pid) reportProgress(child, pid, this.#process)
      return undefined
    } catch (thrown) {
      return { child, reason: startReason(thrown) }
    }
  }

  /** Starts children in order. Stops at the first one that cannot be started, and tells which. */
  async startAll(children: readonly Child[]): Promise<Failure | undefined> {
    for (const child of [...children]) {
      const failed = await this.#start(child)
      if (failed) {
        this.#report('start_error', child, failed.reason)
        return failed
      }
      if (!child.pid && child.restart === 'temporary') this.#remove(child)
    }
    return undefined
  }

  /** Ends children, the youngest first. */
  async endAll(children: readonly Child[]): Promise<void> {
    for (const child of [...children].reverse()) {
      await this.#end(child)
      this.#gone(child)
    }
  }

  async #end(child: Child): Promise<void> {
    const { pid } = child
    if (!pid) return
    this.running.delete(pid)
    const reason = await endProcess(pid, child.shutdown, this.#process)
    if (isExpected(reason, child)) return
    this.#report('shutdown_error', child, reason)
  }

  // Restarting

  /** A child has ended by itself. */
  ended(child: Child, reason: Term): Maybe<Next<SupervisorState>> {
    const { restart } = child
    if (restart === 'permanent' || !isQuiet(reason)) this.#report('child_terminated', child, reason)
    if (isRestarted(restart, reason)) return this.restart(child, child.pid)
    this.#gone(child)
    return this.#endsWith(child) ? new Stop(shutdown, this, []) : undefined
  }

  #endsWith({ significant }: Child): boolean {
    if (!significant || this.autoShutdown === 'never') return false
    if (this.autoShutdown === 'any_significant') return true
    return !this.children.some((other) => other.significant && (other.pid || other.restarting))
  }

  /** Starts a child again, and whom the strategy takes along; `was` is where it was. */
  async restart(child: Child, was: Pid | undefined): Promise<Next<SupervisorState>> {
    if (!this.#restarts.allows()) {
      this.#report('shutdown', child, atom('reached_max_restart_intensity'))
      this.#gone(child)
      return new Stop(shutdown, this, [])
    }
    this.#place(child, undefined)
    const failed = await this.#restartWith(child, was)
    if (!failed) return undefined
    failed.child.restarting = true
    // Whoever asks meanwhile is answered, and may end the child or the supervisor, before it is tried again.
    this.#process.deliver(tuple(GEN_CAST, tuple(TRY_AGAIN, failed.child.id)))
    return new NoReply(this)
  }

  async #restartWith(child: Child, was: Pid | undefined): Promise<Failure | undefined> {
    if (this.strategy === 'one_for_one') {
      const failed = await this.#start(child)
      if (failed) reportChild('start_error', child, was, failed.reason, this.#process)
      return failed
    }
    const from = this.strategy === 'one_for_all' ? 0 : this.children.indexOf(child)
    await this.endAll(this.children.slice(from))
    return this.startAll(this.children.slice(from))
  }

  #report(context: Context, child: Child, reason: Term): void {
    reportChild(context, child, child.pid, reason, this.#process)
  }
}

function supervisorFault(
  strategy: unknown,
  autoShutdown: unknown,
  { maxRestarts = 3, maxSeconds = 5 }: Intensity,
): SpecFault | undefined {
  const isCount = (value: unknown, least: number): boolean =>
    Number.isInteger(value) && (value as number) >= least
  if (!STRATEGIES.includes(strategy)) return new SpecFault('invalid_strategy', asTerm(strategy))
  if (!isCount(maxRestarts, 0)) return new SpecFault('invalid_intensity', asTerm(maxRestarts))
  if (!isCount(maxSeconds, 1)) return new SpecFault('invalid_period', asTerm(maxSeconds))
  if (!AUTO_SHUTDOWNS.includes(autoShutdown))
    return new SpecFault('invalid_auto_shutdown', asTerm(autoShutdown))
  return undefined
}

function asTerm(value: unknown): Term {
  return typeof value === 'string' ? atom(value) : (value as Term)
}

function exit(reason: Term, { kernel }: LocalProcess): ExitError {
  return new ExitError(reason, { self: kernel.name })
}

/** Whether a child that was told to end did so. */
function isExpected(reason: Term, { shutdown: how, restart }: Child): boolean {
  if (reason === killed && how === 'brutal_kill') return true
  if (reason === shutdown && how !== 'brutal_kill') return true
  return restart !== 'permanent' && isQuiet(reason)
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

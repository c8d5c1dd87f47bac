import { type Kernel, type LocalProcess, type MaybePromise, report } from '../../process/index.ts'
import {
  atom,
  ExitError,
  error,
  hideFields,
  isTuple,
  killed,
  normal,
  ok,
  Pid,
  shutdown,
  type Term,
  tuple,
} from '../../term/index.ts'
import { terminateProcess } from '../child/index.ts'
import type { Behaviour, CallbackResult } from '../server/index.ts'
import { BEHAVIOUR, isNormalExit, NoReply, Reply, Stop, supervisorCall } from '../server/index.ts'
import { type Child, InvalidSpec, readChild, startErrorReason, startProcess } from './child.ts'
import { type ErrorContext, reportChild } from './child-report.ts'
import { type Intensity, RestartLimit } from './restart-limit.ts'
import { asTerm, intensityFault, isCount } from './supervisor-options.ts'
import { COUNT_CHILDREN, START_CHILD, TERMINATE_CHILD, WHICH_CHILDREN } from './supervisor-request.ts'
import { isRestarted } from './supervisor-state.ts'

export interface DynamicSupervisorArg extends Intensity {
  /** Maximum number of children at the same time. Default: no limit. */
  readonly maxChildren?: number
  /** Arguments for the start function of every child, before its own. */
  readonly extraArguments?: readonly Term[]
  /** The only strategy: a child that fails is started again, without the others. */
  readonly strategy?: 'one_for_one'
}

const EXIT = atom('EXIT')
const RESTART = atom('$gen_restart')
const UNDEFINED = atom('undefined')
const NOT_FOUND = tuple(error, atom('not_found'))

/**
 * Callbacks of a supervisor whose children are started on request. They have pids in place of ids, have no order, and end
 * together.
 */
export const dynamicSupervisorBehaviour: Behaviour<DynamicSupervisorArg, DynamicSupervisorState> = {
  kind: 'DynamicSupervisor',
  initialCall: supervisorCall('DynamicSupervisor'),

  init(arg, process) {
    process.trapExit = true
    return new DynamicSupervisorState(arg, process)
  },

  handleCall(request, _from, state) {
    const answer = state.handleRequest(request)
    return answer instanceof Promise
      ? answer.then((value) => new Reply(value, state))
      : new Reply(answer, state)
  },

  handleCast() {
    return undefined
  },

  handleInfo(message, state, process) {
    if (isTuple(message)) {
      const [word, pid, reason] = message.elements as readonly Term[]
      const child = pid instanceof Pid ? state.children.get(pid) : undefined
      if (word === EXIT && message.length === 3) return child && state.childExited(pid as Pid, child, reason)
      if (word === RESTART && message.length === 2)
        return child?.restarting ? state.restart(pid as Pid, child) : undefined
    }
    const { kernel, pid, groupLeader } = process
    const text = `DynamicSupervisor received unexpected message: ${kernel.inspect(message)}`
    report({ kernel, level: 'error', text, pid, groupLeader })
    return undefined
  },

  terminate(_reason, state) {
    return state.terminateAll()
  },

  codeChange: (_oldVersion, state) => state.reload(),
}

/** Returns the module that gives a running dynamic supervisor other options. */
export function dynamicSupervisorModuleWith(arg: DynamicSupervisorArg): object {
  const codeChange = (_oldVersion: Term, state: unknown): DynamicSupervisorState => {
    if (state instanceof DynamicSupervisorState) return state.reload(arg)
    throw new TypeError('expected a dynamic supervisor, which takes other options')
  }
  return { [BEHAVIOUR]: { ...dynamicSupervisorBehaviour, codeChange } }
}

/** Children and options of a dynamic supervisor. */
export class DynamicSupervisorState {
  /** By their pids. A child that could not be started again is kept under its last pid. */
  readonly children: Map<Pid, Child> = new Map()
  #arg: DynamicSupervisorArg
  readonly #restarts: RestartLimit
  readonly #process: LocalProcess

  /** @throws ExitError as {@link checkOptionValues} */
  constructor(arg: DynamicSupervisorArg, process: LocalProcess) {
    checkOptionValues(arg, process.kernel)
    this.#arg = arg
    this.#restarts = new RestartLimit(process.kernel, arg)
    this.#process = process
  }

  /**
   * Replaces the options. Running children stay, even when their number exceeds the new maximum. @throws ExitError as {@link
   * checkOptionValues}
   */
  reload(arg: DynamicSupervisorArg = this.#arg): this {
    checkOptionValues(arg, this.#process.kernel)
    this.#arg = arg
    this.#restarts.configure(arg)
    return this
  }

  get #extra(): readonly Term[] {
    return this.#arg.extraArguments ?? []
  }

  handleRequest(request: Term): MaybePromise<Term> {
    if (request === WHICH_CHILDREN) return [...this.children].map(([pid, child]) => describe(pid, child))
    if (request === COUNT_CHILDREN) return count([...this.children.values()])
    const [word, arg] = isTuple(request) && request.length === 2 ? (request.elements as readonly Term[]) : []
    if (word === START_CHILD) return this.#startChild(arg)
    if (word === TERMINATE_CHILD) {
      const child = this.children.get(arg as Pid)
      return child ? this.#terminateChild(arg as Pid, child) : NOT_FOUND
    }
    return tuple(error, atom('unknown_call'))
  }

  async #startChild(spec: Term): Promise<Term> {
    const child = readDynamicChild(spec)
    if (child instanceof InvalidSpec) return tuple(error, child.reason)
    if (this.children.size >= (this.#arg.maxChildren ?? Number.POSITIVE_INFINITY))
      return tuple(error, atom('max_children'))
    try {
      const started = await startProcess(child.start, this.#extra, this.#process)
      if (started.length === 0) return atom('ignore')
      this.children.set(started[0], child)
      return tuple(ok, ...started)
    } catch (thrown) {
      return tuple(error, reasonOf(thrown))
    }
  }

  async #terminateChild(pid: Pid, child: Child): Promise<Term> {
    await this.#terminate(pid, child)
    return ok
  }

  /** Ends all children at the same time. */
  async terminateAll(): Promise<void> {
    await Promise.all([...this.children].map(([pid, child]) => this.#terminate(pid, child)))
  }

  async #terminate(pid: Pid, child: Child): Promise<void> {
    this.children.delete(pid)
    if (child.restarting) return
    const reason = await terminateProcess(pid, child.shutdown, this.#process)
    if (!isExpected(reason, child)) this.#report('shutdown_error', child, pid, reason)
  }

  /** Handles the exit of a child that was not told to end. */
  childExited(pid: Pid, child: Child, reason: Term): MaybePromise<CallbackResult<DynamicSupervisorState>> {
    if (child.restart === 'permanent' || !isNormalExit(reason))
      this.#report('child_terminated', child, pid, reason)
    if (isRestarted(child.restart, reason)) return this.restart(pid, child)
    this.children.delete(pid)
    return undefined
  }

  async restart(was: Pid, child: Child): Promise<CallbackResult<DynamicSupervisorState>> {
    if (!this.#restarts.recordRestart()) {
      this.#report('shutdown', child, was, atom('reached_max_restart_intensity'))
      this.children.delete(was)
      return new Stop(shutdown, this, [])
    }
    try {
      const [pid] = await startProcess(child.start, this.#extra, this.#process)
      child.restarting = false
      this.children.delete(was)
      if (pid) this.children.set(pid, child)
    } catch (thrown) {
      this.#report('start_error', child, undefined, reasonOf(thrown))
      child.restarting = true
      // Requests that arrive meanwhile are answered before the next attempt.
      this.#process.deliver(tuple(RESTART, was))
    }
    return new NoReply(this)
  }

  #report(context: ErrorContext, child: Child, pid: Pid | undefined, reason: Term): void {
    reportChild(context, child, pid, reason, this.#process)
  }
}

hideFields(DynamicSupervisorState)

/**
 * Checks the specification of a child of a dynamic supervisor. An id is allowed, and ignored. Elixir sends `{{module,
 * function, args}, restart, shutdown, type, modules}`.
 */
export function readDynamicChild(given: unknown): Child | InvalidSpec {
  if (isTuple(given) && (given.length === 5 || given.length === 6))
    return readChild(tuple(UNDEFINED, ...(given.elements.slice(-5) as Term[])), 'never')
  if (!isPlain(given)) return readChild(given, 'never')
  const { significant = false } = given
  if (given.start === undefined) return new InvalidSpec('invalid_child_spec', given as Term)
  const child = readChild({ ...given, id: UNDEFINED, significant: false }, 'never')
  if (child instanceof InvalidSpec || significant === false) return child
  return new InvalidSpec('invalid_significant', significant as Term)
}

function isPlain(spec: unknown): spec is { readonly [field: string]: unknown } {
  return typeof spec === 'object' && spec !== null && Object.getPrototypeOf(spec) === Object.prototype
}

/** Checks the values of the options of a dynamic supervisor. @throws ExitError `{:supervisor_data, fault}` */
export function checkOptionValues(arg: DynamicSupervisorArg, { name }: Kernel): void {
  const wrong = faultOf(arg)
  if (wrong) throw new ExitError(tuple(atom('supervisor_data'), wrong.reason), { self: name })
}

function faultOf(arg: DynamicSupervisorArg): InvalidSpec | undefined {
  const { strategy = 'one_for_one', maxChildren = Number.POSITIVE_INFINITY, extraArguments = [] } = arg
  const { autoShutdown = 'never' } = arg as { readonly autoShutdown?: unknown }
  if (strategy !== 'one_for_one') return new InvalidSpec('invalid_strategy', asTerm(strategy))
  const wrong = intensityFault(arg)
  if (wrong) return wrong
  if (maxChildren !== Number.POSITIVE_INFINITY && !isCount(maxChildren, 0))
    return new InvalidSpec('invalid_max_children', maxChildren)
  if (!Array.isArray(extraArguments))
    return new InvalidSpec('invalid_extra_arguments', extraArguments as never)
  if (autoShutdown !== 'never') return new InvalidSpec('invalid_auto_shutdown', asTerm(autoShutdown))
  return undefined
}

/** Returns the reason of a start that failed. An error that the function threw is treated as one of the process. */
function reasonOf(thrown: unknown): Term {
  const reason = startErrorReason(thrown)
  return isTuple(reason) && reason.elements[0] === EXIT ? (reason.elements[1] as Term) : reason
}

function isExpected(reason: Term, { shutdown: how, restart }: Child): boolean {
  if (how === 'brutal_kill') return reason === killed
  return isNormalExit(reason) && (reason !== normal || restart !== 'permanent')
}

function describe(pid: Pid, { restarting, type, modules }: Child): Term {
  return tuple(UNDEFINED, restarting ? atom('restarting') : pid, atom(type), modules)
}

function count(children: readonly Child[]): Term {
  const supervisors = children.filter(({ type }) => type === 'supervisor').length
  return [
    tuple(atom('specs'), children.length),
    tuple(atom('active'), children.filter(({ restarting }) => !restarting).length),
    tuple(atom('supervisors'), supervisors),
    tuple(atom('workers'), children.length - supervisors),
  ]
}

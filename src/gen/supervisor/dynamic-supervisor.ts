import {
  checkOptions,
  currentKernel,
  type ExitReason,
  readTimeout,
  requireProcess,
  type Timeout,
  type TimeoutOptions,
} from '../../process/index.ts'
import { atom, ExitError, isTuple, ok, type Pid, type Term, tuple } from '../../term/index.ts'
import type { Server } from '../call/index.ts'
import { type ChildOptions, type ChildSpec, specOptions, withName } from '../child/index.ts'
import { GenServer, type StartOptions, startServer } from '../server/index.ts'
import { InvalidSpec } from './child.ts'
import { childError, withHint } from './child-error.ts'
import {
  checkOptionValues,
  type DynamicSupervisorArg,
  dynamicSupervisorBehaviour,
  dynamicSupervisorModuleWith,
  readDynamicChild,
} from './dynamic-supervisor-behaviour.ts'
import {
  type ChildCount,
  type ChildInfo,
  COUNT_CHILDREN,
  callSupervisor,
  type InfoOption,
  readChildInfos,
  readCount,
  readStarted,
  START_CHILD,
  type StartedChild,
  specTermFor,
  TERMINATE_CHILD,
  WHICH_CHILDREN,
} from './supervisor-request.ts'

export type DynamicSupervisorOptions = DynamicSupervisorArg

/**
 * Supervisor that starts without children. Its children are started one by one: one for each user, session or game.
 *
 * When not to use it: for children that are known before the program runs, or have to start in an order (use a
 * `Supervisor`); for work that ends with a result (use a `Task.Supervisor`).
 */
export const DynamicSupervisor = {
  /**
   * Starts a dynamic supervisor, linked to the calling process.
   *
   * @throws ExitError `{:supervisor_data, fault}` when an option is invalid
   * @throws TypeError when an option is unknown
   * @see `DynamicSupervisor.start_link/1`
   */
  startLink(options: StartOptions & DynamicSupervisorOptions = {}): Promise<Pid> {
    const link = requireProcess('DynamicSupervisor.startLink()')
    const { name, ...arg } = checked(options, 'DynamicSupervisor.startLink')
    return withHint(startServer(link.kernel, dynamicSupervisorBehaviour, arg, { name, link }))
  },

  /** Starts a dynamic supervisor without a link. @see {@link DynamicSupervisor.startLink} */
  start(options: StartOptions & DynamicSupervisorOptions = {}): Promise<Pid> {
    const { name, ...arg } = checked(options, 'DynamicSupervisor.start')
    return withHint(startServer(currentKernel(), dynamicSupervisorBehaviour, arg, { name }))
  },

  /** Returns the child specification of a dynamic supervisor. */
  child(options: ChildOptions & DynamicSupervisorOptions = {}): ChildSpec {
    const { id: _id, restart: _restart, shutdown: _shutdown, significant: _significant, ...rest } = options
    return {
      ...specOptions(options, 'DynamicSupervisor'),
      start: withName('DynamicSupervisor.startLink', () => DynamicSupervisor.startLink(rest)),
      type: 'supervisor',
    }
  },

  /**
   * Starts a child. Its specification needs no id. For a supervisor on another node, its `start` names a function there:
   * `['Counter', 'start_link', [0]]`. An invalid specification is not sent.
   *
   * @param options `info: true` returns `{ pid, info }`, for a start that returns `{:ok, pid, info}`
   * @throws ExitError with the reason of a start that failed; `max_children` when the maximum is reached; `ignore` when the
   *   start returned that
   * @see `DynamicSupervisor.start_child/2`
   */
  startChild: startChild as typeof startChild,

  /** Ends a child. Returns false when the pid is unknown. @see `DynamicSupervisor.terminate_child/2` */
  async terminateChild(supervisor: Server, pid: Pid): Promise<boolean> {
    return (await callSupervisor(supervisor, tuple(TERMINATE_CHILD, pid))) === ok
  },

  /** Returns the children. They have no ids. @see `DynamicSupervisor.which_children/1` */
  async whichChildren(supervisor: Server): Promise<ChildInfo[]> {
    return readChildInfos(await callSupervisor(supervisor, WHICH_CHILDREN))
  },

  /** Returns the number of children, and of those that run. @see `DynamicSupervisor.count_children/1` */
  async countChildren(supervisor: Server): Promise<ChildCount> {
    return readCount(await callSupervisor(supervisor, COUNT_CHILDREN))
  },

  /**
   * Gives a running dynamic supervisor of this node other options. Running children stay. The new options apply to later
   * starts and restarts.
   *
   * @throws ExitError `{:supervisor_data, fault}` when an option is invalid; the supervisor continues unchanged
   * @throws TypeError when an option is unknown, or the supervisor is on another node: call this function there
   */
  async reload(supervisor: Server, options: DynamicSupervisorOptions): Promise<void> {
    await withHint(reload(supervisor, options))
  },

  /**
   * Ends the supervisor and its children, and waits for its exit.
   *
   * @param timeout milliseconds, or `{ timeout }`. Default: Infinity
   * @throws ExitError when it has not ended in time, or ended with another reason
   * @see `DynamicSupervisor.stop/3`
   */
  stop(supervisor: Server, reason?: ExitReason, timeout?: Timeout | TimeoutOptions): Promise<void> {
    return GenServer.stop(
      supervisor,
      reason,
      readTimeout(timeout, Number.POSITIVE_INFINITY, 'DynamicSupervisor.stop'),
    )
  },
} as const

const MAX_CHILDREN = atom('max_children')

const OPTIONS = [
  'strategy',
  'maxRestarts',
  'maxSeconds',
  'maxChildren',
  'extraArguments',
  'autoShutdown',
  'name',
]

/** Returns the options. @throws TypeError when an option is unknown */
function checked<T>(options: T, fn: string): T {
  checkOptions(options, OPTIONS, fn)
  return options
}

async function reload(supervisor: Server, options: StartOptions & DynamicSupervisorOptions): Promise<void> {
  const { name: _name, ...arg } = checked(options, 'DynamicSupervisor.reload')
  checkOptionValues(arg, currentKernel())
  await GenServer.reload(supervisor, dynamicSupervisorModuleWith(arg))
}

type DynamicChildSpec = Omit<ChildSpec, 'id'> & Partial<ChildSpec>

function startChild(supervisor: Server, spec: DynamicChildSpec): Promise<Pid>
function startChild(supervisor: Server, spec: DynamicChildSpec, options: InfoOption): Promise<StartedChild>
function startChild(
  supervisor: Server,
  spec: DynamicChildSpec,
  options?: InfoOption,
): Promise<Pid | StartedChild> {
  return withHint(askToStart(supervisor, spec).then((answer) => readStarted(answer, options)))
}

async function askToStart(supervisor: Server, spec: DynamicChildSpec): Promise<Term> {
  const child = readDynamicChild(spec)
  if (child instanceof InvalidSpec) throw new ExitError(child.reason)
  const request = tuple(START_CHILD, forWire(specTermFor(supervisor, { id: atom('undefined'), ...spec })))
  const answer = await callSupervisor(supervisor, request)
  const [, reason] = isTuple(answer) ? (answer.elements as readonly Term[]) : [undefined, answer]
  if (reason === MAX_CHILDREN || reason === atom('ignore'))
    throw childError(supervisor, 'start', undefined, reason)
  return answer
}

/** Returns the form that Elixir sends: `{{module, function, args}, restart, shutdown, type, modules}`. */
function forWire(spec: Term): Term {
  const { start, restart, shutdown, type } = spec as { [field: string]: Term }
  if (!isTuple(start)) return spec
  return tuple(start, restart, shutdown, type, [start.elements[0] as Term])
}

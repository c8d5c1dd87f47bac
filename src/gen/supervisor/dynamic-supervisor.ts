import { currentKernel, requireProcess } from '../../process/index.ts'
import { atom, ExitError, isTuple, ok, type Pid, type Term, tuple } from '../../term/index.ts'
import type { Server } from '../call/index.ts'
import { readTimeout, type Timeout, type TimeoutOptions } from '../call/index.ts'
import { type ChildOptions, type ChildSpec, specOptions, withName } from '../child/index.ts'
import { GenServer, type StartOptions, startServer } from '../server/index.ts'
import { InvalidSpec } from './child.ts'
import { childError, withHint } from './child-error.ts'
import {
  checkOptions,
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
 * A supervisor that starts without children, and whose children are started one by one: one for each user, session, game.
 *
 * When not to use it: for children that are known beforehand, or have to start in an order, which is a `Supervisor`; for
 * work that ends with a result, which is a `Task.Supervisor`.
 */
export const DynamicSupervisor = {
  /**
   * Starts one, linked to the process whose code this is.
   *
   * @throws ExitError `{:supervisor_data, fault}` when what was given makes no sense
   * @see `DynamicSupervisor.start_link/1`
   */
  startLink({ name, ...options }: StartOptions & DynamicSupervisorOptions = {}): Promise<Pid> {
    const link = requireProcess('DynamicSupervisor.startLink()')
    return withHint(startServer(link.kernel, dynamicSupervisorBehaviour, options, { name, link }))
  },

  /** Starts one that belongs to nobody. @see {@link DynamicSupervisor.startLink} */
  start({ name, ...options }: StartOptions & DynamicSupervisorOptions = {}): Promise<Pid> {
    return withHint(startServer(currentKernel(), dynamicSupervisorBehaviour, options, { name }))
  },

  /** How a supervisor starts one. */
  child(options: ChildOptions & DynamicSupervisorOptions = {}): ChildSpec {
    const { id: _id, restart: _restart, shutdown: _shutdown, significant: _significant, ...rest } = options
    return {
      ...specOptions(options, 'DynamicSupervisor'),
      start: withName('DynamicSupervisor.startLink', () => DynamicSupervisor.startLink(rest)),
      type: 'supervisor',
    }
  },

  /**
   * Starts a child. Its spec needs no id; children may be alike. To a supervisor on another node goes a spec whose `start`
   * names a function there: `['Counter', 'start_link', [0]]`. What makes no sense is sent to nobody.
   *
   * @param options `info: true` returns `{ pid, info }`, for a start that says `{:ok, pid, info}`
   * @throws ExitError why it does not start; `max_children` when there are too many; `ignore` when it did not want to
   * @see `DynamicSupervisor.start_child/2`
   */
  startChild: startChild as typeof startChild,

  /** Ends a child. False when there is none with this pid. @see `DynamicSupervisor.terminate_child/2` */
  async terminateChild(supervisor: Server, pid: Pid): Promise<boolean> {
    return (await callSupervisor(supervisor, tuple(TERMINATE_CHILD, pid))) === ok
  },

  /** The children. They have no ids. @see `DynamicSupervisor.which_children/1` */
  async whichChildren(supervisor: Server): Promise<ChildInfo[]> {
    return readChildInfos(await callSupervisor(supervisor, WHICH_CHILDREN))
  },

  /** How many children there are, and how many of them run. @see `DynamicSupervisor.count_children/1` */
  async countChildren(supervisor: Server): Promise<ChildCount> {
    return readCount(await callSupervisor(supervisor, COUNT_CHILDREN))
  },

  /**
   * Gives a running one of this node other options. Children that run go on; what they are started with from now on, how often
   * they may fail and how many there may be is as the new options say.
   *
   * @throws ExitError `{:supervisor_data, fault}` when they make no sense; it goes on as it was
   * @throws TypeError when it is on another node
   */
  async reload(supervisor: Server, options: DynamicSupervisorOptions): Promise<void> {
    await withHint(reload(supervisor, options))
  },

  /**
   * Ends the supervisor and its children, and waits until it has.
   *
   * @throws ExitError when it has not ended after `timeout` milliseconds (Infinity), or ended for another reason
   * @see `DynamicSupervisor.stop/3`
   */
  stop(supervisor: Server, reason?: Term, timeout?: Timeout | TimeoutOptions): Promise<void> {
    return GenServer.stop(
      supervisor,
      reason,
      readTimeout(timeout, Number.POSITIVE_INFINITY, 'DynamicSupervisor.stop'),
    )
  },
} as const

const MAX_CHILDREN = atom('max_children')

async function reload(supervisor: Server, options: DynamicSupervisorOptions): Promise<void> {
  checkOptions(options, currentKernel())
  await GenServer.reload(supervisor, dynamicSupervisorModuleWith(options))
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

/** What Elixir sends: `{{module, function, args}, restart, shutdown, type, modules}`. */
function forWire(spec: Term): Term {
  const { start, restart, shutdown, type } = spec as { [field: string]: Term }
  if (!isTuple(start)) return spec
  return tuple(start, restart, shutdown, type, [start.elements[0] as Term])
}

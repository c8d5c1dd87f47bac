import { checkOptions, currentKernel, requireProcess } from '../../process/index.ts'
import { Atom, atom, error, isTuple, ok, Pid, type Term, tuple } from '../../term/index.ts'
import type { Server } from '../call/index.ts'
import { type ChildOptions, type ChildSpec, specOptions, withName } from '../child/index.ts'
import { GenServer, startServer } from '../server/index.ts'
import { idTerm } from './child.ts'
import { childError, withHint } from './child-error.ts'
import { supervisorBehaviour, supervisorModuleWith } from './supervisor-behaviour.ts'
import { readChildSpecs, type SupervisorInit, type SupervisorOptions } from './supervisor-options.ts'
import {
  type ChildCount,
  type ChildInfo,
  COUNT_CHILDREN,
  callSupervisor,
  DELETE_CHILD,
  type InfoOption,
  RESTART_CHILD,
  readChildInfos,
  readCount,
  readStarted,
  START_CHILD,
  type StartedChild,
  specTermFor,
  TERMINATE_CHILD,
  WHICH_CHILDREN,
} from './supervisor-request.ts'

const FIELDS: readonly string[] = ['id', 'start', 'restart', 'shutdown', 'type', 'significant', 'modules']

/**
 * Process that starts other processes, starts them again when they fail, and ends them when it ends.
 *
 * When not to use it: for expected errors. A child that fails repeatedly ends its supervisor.
 */
export const Supervisor = {
  /**
   * Starts a supervisor and its children in order, linked to the calling process.
   *
   * @throws ExitError `{:shutdown, {:failed_to_start_child, id, reason}}` when a child does not start; the children before
   *   it are ended. `{:start_spec, fault}` or `{:supervisor_data, fault}` when a specification or an option is invalid
   * @throws TypeError when the strategy is missing, or an option is unknown
   * @see `Supervisor.start_link/2`
   */
  startLink(children: readonly ChildSpec[], options: SupervisorOptions): Promise<Pid> {
    const link = requireProcess('Supervisor.startLink()')
    return withHint(
      startServer(link.kernel, supervisorBehaviour, argOf(children, options, 'Supervisor.startLink'), {
        name: options.name,
        link,
      }),
    )
  },

  /** Starts a supervisor without a link. @see {@link Supervisor.startLink} */
  start(children: readonly ChildSpec[], options: SupervisorOptions): Promise<Pid> {
    return withHint(
      startServer(currentKernel(), supervisorBehaviour, argOf(children, options, 'Supervisor.start'), {
        name: options.name,
      }),
    )
  },

  /** Returns the child specification of a supervisor, for another supervisor. */
  child(children: readonly ChildSpec[], options: SupervisorOptions & ChildOptions): ChildSpec {
    const { id: _id, restart: _restart, shutdown: _shutdown, significant: _significant, ...rest } = options
    return {
      ...specOptions(options, 'Supervisor'),
      start: withName('Supervisor.startLink', () => Supervisor.startLink(children, rest)),
      type: 'supervisor',
    }
  },

  /**
   * Returns a child specification with other values, for example another id for the second child of a kind.
   *
   * @throws TypeError when the child is not a specification, or a field is unknown
   * @see `Supervisor.child_spec/2`
   */
  childSpec(child: ChildSpec, overrides: Partial<ChildSpec>): ChildSpec {
    if (typeof child !== 'object' || child === null)
      throw new TypeError(
        'supervisors expect each child to be an object with at least id and start, as Counter.child(0) makes it, got: ' +
          currentKernel().inspect(child as Term),
      )
    for (const key of Object.keys(overrides))
      if (!FIELDS.includes(key))
        throw new TypeError(
          `unknown key ${JSON.stringify(key)} in child specification override. The keys are ${FIELDS.join(', ')}.`,
        )
    return { ...child, ...overrides }
  },

  /**
   * Adds a child and starts it. For a supervisor on another node, its `start` names a function there: `['Counter',
   * 'start_link', [0]]`.
   *
   * @param options `info: true` returns `{ pid, info }`, for a start that returns `{:ok, pid, info}`
   * @throws ExitError with the reason of a start that failed; `ignore` when the start returned that; `{:already_started,
   *   pid}` when a child with this id runs; `already_present` when it was ended
   * @throws TypeError when the supervisor is on another node, and `start` is a function without an exported name
   * @see `Supervisor.start_child/2`
   */
  startChild: startChild as typeof startChild,

  /**
   * Ends a child. A child that is not temporary is kept, and can be started again. Returns false when the id is unknown.
   *
   * @see `Supervisor.terminate_child/2`
   */
  async terminateChild(supervisor: Server, id: ChildSpec['id']): Promise<boolean> {
    return (await callSupervisor(supervisor, tuple(TERMINATE_CHILD, idTerm(id)))) === ok
  },

  /**
   * Starts a child again that was ended.
   *
   * @param options as of {@link Supervisor.startChild}
   * @throws ExitError `running`, `restarting`, `not_found`, or the reason of a start that failed
   * @see `Supervisor.restart_child/2`
   */
  restartChild: restartChild as typeof restartChild,

  /**
   * Removes a child that was ended.
   *
   * @throws ExitError `running`, `restarting`, `not_found`
   * @see `Supervisor.delete_child/2`
   */
  async deleteChild(supervisor: Server, id: ChildSpec['id']): Promise<void> {
    const answer = await callSupervisor(supervisor, tuple(DELETE_CHILD, idTerm(id)))
    if (answer !== ok) {
      const [, reason] = isTuple(answer) ? (answer.elements as readonly Term[]) : []
      throw childError(supervisor, 'delete', idTerm(id), reason ?? answer)
    }
  },

  /**
   * Gives a running supervisor of this node other children and options, as if it had been started with them. It neither
   * ends nor starts children. A running child continues, and its new specification applies from its next start. A new child
   * is started by {@link Supervisor.restartChild}. A child that is no longer listed stays until it is ended and deleted.
   *
   * @throws ExitError as {@link Supervisor.startLink} when they are invalid; the supervisor continues unchanged
   * @throws TypeError when the supervisor is on another node: call this function there
   * @see `supervisor:code_change/3`
   */
  async reload(
    supervisor: Server,
    children: readonly ChildSpec[],
    options: Omit<SupervisorOptions, 'name'>,
  ): Promise<void> {
    await withHint(reload(supervisor, argOf(children, options, 'Supervisor.reload')))
  },

  /** Returns the children, the youngest first. @see `Supervisor.which_children/1` */
  async whichChildren(supervisor: Server): Promise<ChildInfo[]> {
    return readChildInfos(await callSupervisor(supervisor, WHICH_CHILDREN))
  },

  /** Returns the number of children, and of those that run. @see `Supervisor.count_children/1` */
  async countChildren(supervisor: Server): Promise<ChildCount> {
    return readCount(await callSupervisor(supervisor, COUNT_CHILDREN))
  },
} as const

const OPTIONS = ['strategy', 'maxRestarts', 'maxSeconds', 'autoShutdown', 'name']

function argOf(children: readonly ChildSpec[], options: SupervisorOptions, fn: string): SupervisorInit {
  if (options?.strategy === undefined)
    throw new TypeError(
      "expected strategy option to be given: 'one_for_one', 'one_for_all' or 'rest_for_one'",
    )
  checkOptions(options, OPTIONS, fn)
  const { name: _name, ...rest } = options
  return { ...rest, children }
}

async function reload(supervisor: Server, arg: SupervisorInit): Promise<void> {
  readChildSpecs(arg, currentKernel())
  await GenServer.reload(supervisor, supervisorModuleWith(arg))
}

function startChild(supervisor: Server, spec: ChildSpec): Promise<Pid>
function startChild(supervisor: Server, spec: ChildSpec, options: InfoOption): Promise<StartedChild>
function startChild(supervisor: Server, spec: ChildSpec, options?: InfoOption): Promise<Pid | StartedChild> {
  const request = tuple(START_CHILD, specTermFor(supervisor, spec))
  return withHint(callSupervisor(supervisor, request).then(started(supervisor, 'start', spec?.id, options)))
}

function restartChild(supervisor: Server, id: ChildSpec['id']): Promise<Pid>
function restartChild(supervisor: Server, id: ChildSpec['id'], options: InfoOption): Promise<StartedChild>
function restartChild(
  supervisor: Server,
  id: ChildSpec['id'],
  options?: InfoOption,
): Promise<Pid | StartedChild> {
  const request = tuple(RESTART_CHILD, idTerm(id))
  return callSupervisor(supervisor, request).then(started(supervisor, 'restart', id, options))
}

function started(supervisor: Server, verb: string, id: ChildSpec['id'], options: InfoOption | undefined) {
  return (answer: Term): Pid | StartedChild => {
    const [word, value] = isTuple(answer) ? (answer.elements as readonly Term[]) : []
    if (word === ok && !(value instanceof Pid)) throw childError(supervisor, verb, idTerm(id), atom('ignore'))
    if (word === error && value instanceof Atom) throw childError(supervisor, verb, idTerm(id), value)
    return readStarted(answer, options)
  }
}

import { currentKernel, resolveDestination } from '../../process/index.ts'
import { atom, ExitError, escapeName, isTuple, ok, Pid, type Term, tuple } from '../../term/index.ts'
import { callServer, GEN_CALL, type Server } from '../call/index.ts'
import type { ChildSpec } from '../child/index.ts'
import { idTerm, mfaTerm, shutdownTerm } from './child.ts'

// Requests of OTP's module supervisor: `which_children`, `{start_child, Spec}`.

export const WHICH_CHILDREN: Term = atom('which_children')
export const COUNT_CHILDREN: Term = atom('count_children')
export const START_CHILD: Term = atom('start_child')
export const TERMINATE_CHILD: Term = atom('terminate_child')
export const DELETE_CHILD: Term = atom('delete_child')
export const RESTART_CHILD: Term = atom('restart_child')

/** Child in the answer of a supervisor. */
export interface ChildInfo {
  /** The atom `undefined` under a dynamic supervisor, whose children have no ids. */
  readonly id: Term
  /** `'restarting'` between two attempts to restart the child; undefined when it was ended. */
  readonly pid: Pid | 'restarting' | undefined
  readonly type: 'worker' | 'supervisor'
}

/** Started child, with the `info` of `{:ok, pid, info}`. */
export interface StartedChild {
  readonly pid: Pid
  /** Undefined when the start returned no info. */
  readonly info: Term
}

/** Option that adds the `info` of a start to its result. */
export interface InfoOption {
  readonly info: true
}

/** Numbers of the children of a supervisor. */
export interface ChildCount {
  readonly specs: number
  /** Number of children that run. */
  readonly active: number
  readonly supervisors: number
  readonly workers: number
}

/** Calls a supervisor on any node, without a timeout. */
export function callSupervisor(supervisor: Server, request: Term): Promise<Term> {
  return callServer(supervisor, GEN_CALL, request, { timeout: Number.POSITIVE_INFINITY }, [
    'GenServer',
    'call',
  ])
}

/** Returns the pid of `{:ok, pid}`. @throws ExitError with the reason in `{:error, reason}` */
export function readPid(answer: Term): Pid {
  const [word, result] = isTuple(answer) ? (answer.elements as readonly Term[]) : []
  if (word === ok && result instanceof Pid) return result
  const reason = word === ok ? atom('ignore') : result === undefined ? answer : result
  throw new ExitError(withoutRecord(reason), { self: currentKernel().name })
}

/** Reads `{:ok, pid}` or `{:ok, pid, info}`. @throws ExitError as {@link readPid} */
export function readStarted(answer: Term, options: InfoOption | undefined): Pid | StartedChild {
  const pid = readPid(answer)
  return options?.info ? { pid, info: (answer as { elements: readonly Term[] }).elements[2] } : pid
}

/** Reads the answer of `which_children`. */
export function readChildInfos(answer: Term): ChildInfo[] {
  return (answer as readonly Term[]).map((child) => {
    const [id, pid, type] = isTuple(child) ? (child.elements as readonly Term[]) : []
    return {
      id,
      pid: pid instanceof Pid ? pid : pid === atom('restarting') ? 'restarting' : undefined,
      type: type === atom('supervisor') ? 'supervisor' : 'worker',
    }
  })
}

/** Reads the answer of `count_children`. */
export function readCount(answer: Term): ChildCount {
  const found = { specs: 0, active: 0, supervisors: 0, workers: 0 }
  for (const pair of answer as readonly Term[]) {
    const [key, value] = isTuple(pair) ? pair.elements : []
    const name = String(key)
    if (name in found) found[name as keyof typeof found] = Number(value)
  }
  return found
}

/**
 * Returns the specification for a supervisor: unchanged within this node, as a term for another node.
 *
 * @throws TypeError when the supervisor is on another node, and `start` is a function without an exported name
 */
export function specTermFor(supervisor: Server, spec: ChildSpec): Term {
  const kernel = currentKernel()
  const target = resolveDestination(supervisor, kernel)
  if (kernel.isLocal(target) || typeof spec !== 'object' || spec === null) return spec as unknown as Term
  const { id, start, restart = 'permanent', type = 'worker', significant = false } = spec
  const exported = typeof start === 'function' ? kernel.modules.exportedAs(start) : undefined
  if (typeof start === 'function' && !exported)
    throw new TypeError(
      `the child ${kernel.inspect(idTerm(id))} starts on ${escapeName(target.node.name)}, which does not have its start function: name a ` +
        "function of that node, start: ['Counter', 'start_link', [0]].",
    )
  const { shutdown = type === 'worker' ? 5_000 : Number.POSITIVE_INFINITY } = spec
  return {
    id: idTerm(id),
    start: exported ? tuple(exported.module, exported.name, []) : mfaTerm(start),
    restart: atom(restart),
    shutdown: shutdownTerm(shutdown),
    type: atom(type),
    ...(significant && { significant }),
  }
}

// OTP adds its record of the child to the reason.
function withoutRecord(reason: Term): Term {
  if (!isTuple(reason) || reason.length !== 2) return reason
  const [cause, record] = reason.elements as readonly Term[]
  return isTuple(record) && record.length === 9 && record.elements[0] === atom('child') ? cause : reason
}

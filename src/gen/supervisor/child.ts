import { exitReason, type LocalProcess, runInProcess, viaTerm } from '../../process/index.ts'
import {
  Atom,
  atom,
  ExitError,
  error,
  infinity,
  isTuple,
  nameToAtom,
  ok,
  Pid,
  type Term,
  TermMap,
  tuple,
} from '../../term/index.ts'
import { isVia } from '../call/index.ts'
import type { ChildSpec, Restart, Shutdown } from '../child/index.ts'

/** Child of a supervisor: its checked specification, and its process. */
export interface Child {
  readonly id: Term
  readonly start: ChildSpec['start']
  readonly restart: Restart
  readonly significant: boolean
  readonly shutdown: Shutdown
  readonly type: 'worker' | 'supervisor'
  readonly modules: Term
  pid: Pid | undefined
  /** Whether the last restart failed and another attempt follows. */
  restarting: boolean
}

export type AutoShutdown = 'never' | 'any_significant' | 'all_significant'

/** Fault of a specification, in the words of OTP's supervisor: `{invalid_restart_type, always}`. */
export class InvalidSpec {
  readonly reason: Term

  constructor(name: string, ...detail: [] | [Term]) {
    this.reason = detail.length === 0 ? (atom(name) as Term) : tuple(atom(name), detail[0])
  }
}

const RESTARTS: readonly unknown[] = ['permanent', 'transient', 'temporary']
const TYPES: readonly unknown[] = ['worker', 'supervisor']
const DEFAULT_SHUTDOWN = 5_000
const ATOM_UNDEFINED = atom('undefined')
const IGNORE = atom('ignore')
const FIELDS = ['id', 'start', 'restart', 'shutdown', 'type', 'modules'] as const

/** Checks a specification: an object of this program, or the map or the tuple of six that another node sends. */
export function readChild(given: unknown, autoShutdown: AutoShutdown): Child | InvalidSpec {
  const spec = fieldsOf(given)
  if (!spec) return new InvalidSpec('invalid_child_spec', given as Term)
  const { id, start, restart = 'permanent', type = 'worker', significant = false, modules } = spec
  if (id === undefined) return new InvalidSpec('missing_id')
  if (start === undefined) return new InvalidSpec('missing_start')
  const call = typeof start === 'function' ? (start as ChildSpec['start']) : readCall(start)
  if (!call) return new InvalidSpec('invalid_mfa', start as Term)
  if (!RESTARTS.includes(nameOf(restart))) return new InvalidSpec('invalid_restart_type', nameTerm(restart))
  if (significant === true && autoShutdown === 'never')
    return new InvalidSpec('bad_combination', [
      tuple(atom('auto_shutdown'), atom('never')),
      tuple(atom('significant'), true),
    ])
  if (significant === true && nameOf(restart) === 'permanent')
    return new InvalidSpec('bad_combination', [
      tuple(atom('restart'), atom('permanent')),
      tuple(atom('significant'), true),
    ])
  if (typeof significant !== 'boolean') return new InvalidSpec('invalid_significant', significant as Term)
  if (!TYPES.includes(nameOf(type))) return new InvalidSpec('invalid_child_type', nameTerm(type))
  const shutdown = readShutdown(
    spec.shutdown ?? (nameOf(type) === 'worker' ? DEFAULT_SHUTDOWN : Number.POSITIVE_INFINITY),
  )
  if (shutdown === undefined) return new InvalidSpec('invalid_shutdown', nameTerm(spec.shutdown))
  return {
    id: idTerm(id as ChildSpec['id']),
    start: call,
    restart: nameOf(restart) as Restart,
    significant,
    shutdown,
    type: nameOf(type) as Child['type'],
    modules: (modules as Term) ?? (typeof call === 'function' ? [] : [nameToAtom(call[0])]),
    pid: undefined,
    restarting: false,
  }
}

/** Returns the term of an id. A string is a name. */
export function idTerm(id: ChildSpec['id']): Term {
  if (isVia(id)) return viaTerm(id)
  return typeof id === 'string' ? nameToAtom(id) : id
}

/** Result of a start: the process, and the `info` of `{:ok, pid, info}`; empty for `ignore`. */
export type StartedProcess = readonly [] | readonly [pid: Pid] | readonly [pid: Pid, info: Term]

/** Starts a child. @throws an error whose reason {@link startErrorReason} returns */
export async function startProcess(
  start: ChildSpec['start'],
  extra: readonly Term[],
  process: LocalProcess,
): Promise<StartedProcess> {
  const started: unknown = await runInProcess(process, () => {
    if (typeof start === 'function') return start(...(extra as never[]))
    const [module, name, args] = start
    const fn = typeof name === 'string' ? (atom(name) as Atom) : name
    return process.kernel.applyNamed(nameToAtom(module), fn, [...extra, ...args])
  })
  if (started instanceof Pid) return [started]
  if (started === IGNORE) return []
  const answer = isTuple(started as Term) ? (started as { elements: readonly Term[] }).elements : []
  const [tag, value] = answer
  if (tag === ok && value instanceof Pid && answer.length <= 3)
    return answer.slice(1) as unknown as StartedProcess
  const exit = (reason: Term): ExitError => new ExitError(reason, { self: process.kernel.name })
  if (tag === error && answer.length === 2) throw exit(value)
  // The invalid result of a named function is the reason, as in OTP. A function of this program has probably no `return`.
  throw exit(
    typeof start === 'function' ? tuple(atom('bad_return_value'), started as Term) : (started as Term),
  )
}

/** Returns the reason of `{:error, reason}` for a start that failed: `{:EXIT, reason}` if the function threw. */
export function startErrorReason(thrown: unknown): Term {
  return thrown instanceof ExitError ? thrown.reason : tuple(atom('EXIT'), exitReason(thrown))
}

/** Returns the specification in the form of `supervisor:get_childspec`. */
export function specTerm(child: Child): Term {
  return {
    id: child.id,
    start: mfaTerm(child.start),
    restart: atom(child.restart),
    significant: child.significant,
    shutdown: shutdownTerm(child.shutdown),
    type: atom(child.type),
    modules: child.modules,
  }
}

/** Returns the record that OTP adds to the reason of a start that failed. */
export function childRecord(child: Child): Term {
  const { restart, significant, shutdown, type, modules, id, start } = child
  const values = [atom(restart), significant, shutdownTerm(shutdown), atom(type), modules]
  return tuple(atom('child'), ATOM_UNDEFINED, id, mfaTerm(start), ...values)
}

export function shutdownTerm(shutdown: Shutdown): Term {
  if (shutdown === 'brutal_kill') return atom('brutal_kill')
  return shutdown === Number.POSITIVE_INFINITY ? infinity : shutdown
}

/** Returns `{module, function, args}`, or `undefined` for a function of this program, which has no such name. */
export function mfaTerm(start: ChildSpec['start']): Term {
  if (typeof start === 'function') return ATOM_UNDEFINED
  const [module, name, args] = start
  return tuple(nameToAtom(module), typeof name === 'string' ? atom(name) : name, args)
}

type Fields = { readonly [key: string]: unknown }

function fieldsOf(given: unknown): Fields | undefined {
  if (isTuple(given as Term) && (given as { length: number }).length === 6) {
    const { elements } = given as unknown as { elements: readonly Term[] }
    return Object.fromEntries(FIELDS.map((field, index) => [field, elements[index]]))
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined
  if (given instanceof Map || given instanceof TermMap)
    return Object.fromEntries([...(given as Map<Term, Term>)].map(([key, value]) => [String(key), value]))
  const prototype: unknown = Object.getPrototypeOf(given)
  return prototype === Object.prototype || prototype === null ? (given as Fields) : undefined
}

function readCall(start: unknown): ChildSpec['start'] | undefined {
  const parts: readonly unknown[] = Array.isArray(start)
    ? start
    : isTuple(start as Term)
      ? (start as { elements: readonly unknown[] }).elements
      : []
  const [module, name, args] = parts
  const isName = (value: unknown): boolean =>
    value instanceof Atom || (typeof value === 'string' && Array.isArray(start))
  if (parts.length !== 3 || !isName(module) || !isName(name) || !Array.isArray(args)) return undefined
  return [module as Atom, name as Atom, args as Term[]]
}

function readShutdown(value: unknown): Shutdown | undefined {
  if (
    typeof value === 'number' &&
    value >= 0 &&
    (Number.isInteger(value) || value === Number.POSITIVE_INFINITY)
  )
    return value
  if (value === infinity) return Number.POSITIVE_INFINITY
  return nameOf(value) === 'brutal_kill' ? 'brutal_kill' : undefined
}

/** Returns a name of the API, which is a string in this program and an atom from other nodes. */
function nameOf(value: unknown): unknown {
  return value instanceof Atom ? value.name : value
}

function nameTerm(value: unknown): Term {
  return typeof value === 'string' ? atom(value) : (value as Term)
}

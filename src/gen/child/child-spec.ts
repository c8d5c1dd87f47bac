import type { MaybePromise, ViaName } from '../../process/index.ts'
import type { Atom, Pid, Term, Tuple } from '../../term/index.ts'
import type { ServerName } from '../call/index.ts'

/**
 * How a child is ended: killed at once (`'brutal_kill'`); told to shut down, and killed after so many milliseconds; or told
 * to shut down without a limit (Infinity).
 */
export type Shutdown = number | 'brutal_kill'

/** When a child is started again: always, after an abnormal exit, or never. */
export type Restart = 'permanent' | 'transient' | 'temporary'

/** Function by its name, with its arguments. It can be sent to a supervisor on another node. */
export type StartCall = readonly [module: string | Atom, name: string | Atom, args: readonly Term[]]

/** `{:ok, pid, info}` */
export type OkInfo = Tuple<readonly [Atom<'ok'>, Pid, Term]>

/** Specification of a child: how its supervisor starts it, starts it again and ends it. */
export interface ChildSpec {
  /** Identifies the child in its supervisor: a name, or any term that is not a string. */
  readonly id: Term | ViaName
  /**
   * Starts the process, linked to the calling process, which is the supervisor, and returns its pid. It returns the atom
   * `ignore` when the child is not needed, and `tuple(ok, pid, info)` to give `info` to the caller of `startChild`.
   */
  readonly start: ((...extra: never[]) => MaybePromise<Pid | Atom<'ignore'> | OkInfo>) | StartCall
  /** Default: `'permanent'`. */
  readonly restart?: Restart
  /** Default: 5,000 ms, and Infinity for supervisors. */
  readonly shutdown?: Shutdown
  readonly type?: 'worker' | 'supervisor'
  /**
   * Whether the exit of this child may end the supervisor, as its `autoShutdown` says. Not allowed for permanent children.
   */
  readonly significant?: boolean
}

/** Options of a child in the list of its supervisor. */
export interface ChildOptions {
  /** Registers the process under this name. */
  readonly name?: ServerName | undefined
  readonly id?: Term | ViaName
  readonly restart?: Restart
  readonly shutdown?: Shutdown
  readonly significant?: boolean
}

/** Returns the fields of {@link ChildOptions} that belong into the spec, with a default id. */
export function specOptions(
  { id, name, restart, shutdown, significant }: ChildOptions,
  kind: string,
): Omit<ChildSpec, 'start'> {
  return {
    id: id ?? name ?? kind,
    ...(restart !== undefined && { restart }),
    ...(shutdown !== undefined && { shutdown }),
    ...(significant !== undefined && { significant }),
  }
}

/** Names a start function for reports, which otherwise show its source: `Agent.startLink`. */
export function withName<F extends (...args: never[]) => unknown>(name: string, start: F): F {
  return Object.defineProperty(start, 'name', { value: name })
}

import type { Maybe, ViaName } from '../../process/index.ts'
import type { Atom, Pid, Term, Tuple } from '../../term/index.ts'
import type { ServerName } from '../call/index.ts'

/**
 * How a child is to end: `'brutal_kill'` at once; a number of milliseconds to shut down in before it is killed;
 * Infinity for as long as it takes.
 */
export type Shutdown = number | 'brutal_kill'

/** When a child is started again: always, when it failed, never. */
export type Restart = 'permanent' | 'transient' | 'temporary'

/** A function by its name and its arguments: what can go to a supervisor on another node. */
export type StartCall = readonly [module: string | Atom, name: string | Atom, args: readonly Term[]]

/** `{:ok, pid, info}` */
export type OkInfo = Tuple<readonly [Atom<'ok'>, Pid, Term]>

/** What a supervisor has to know to start a process, to start it again and to end it. */
export interface ChildSpec {
  /** Tells the children of a supervisor apart: a name, or any term that is no string. */
  readonly id: Term | ViaName
  /**
   * Starts the process, linked to the one that calls this: the supervisor. The atom `ignore` in place of a pid: it is not needed.
   * `tuple(ok, pid, info)`: whoever asked for the child is told something besides.
   */
  readonly start: ((...extra: never[]) => Maybe<Pid | Atom<'ignore'> | OkInfo>) | StartCall
  /** `'permanent'` when left out. */
  readonly restart?: Restart
  /** 5,000 ms when left out; Infinity for supervisors. */
  readonly shutdown?: Shutdown
  readonly type?: 'worker' | 'supervisor'
  /** Whether its end may end the supervisor, as `autoShutdown` says. Not for permanent children. */
  readonly significant?: boolean
}

/** What may be said of a child where it is listed. */
export interface ChildOptions {
  /** Registers the process under this name. */
  readonly name?: ServerName | undefined
  readonly id?: Term | ViaName
  readonly restart?: Restart
  readonly shutdown?: Shutdown
  readonly significant?: boolean
}

/** The part of {@link ChildOptions} that goes into the spec, and the id that stands for a child without one. */
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

/** Names a start function for reports, which would show its source otherwise: `Agent.startLink`. */
export function withName<F extends (...args: never[]) => unknown>(name: string, start: F): F {
  return Object.defineProperty(start, 'name', { value: name })
}

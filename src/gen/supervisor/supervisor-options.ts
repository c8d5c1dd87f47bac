import type { Kernel } from '../../process/index.ts'
import { atom, ExitError, type Term, TermMap, tuple } from '../../term/index.ts'
import type { ServerName } from '../call/index.ts'
import type { ChildSpec } from '../child/index.ts'
import { type AutoShutdown, type Child, InvalidSpec, readChild } from './child.ts'
import type { Intensity } from './restart-limit.ts'

/**
 * Children that are started again after a failure: the failed child, all children, or the failed child and the children that
 * were started after it.
 */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one'

/** Options of `Supervisor.startLink`. */
export interface SupervisorOptions extends Intensity {
  readonly strategy: Strategy
  /**
   * Whether the supervisor ends after the exit of significant children: `'never'` (default), after one of them
   * (`'any_significant'`), or after all of them (`'all_significant'`).
   */
  readonly autoShutdown?: AutoShutdown
  /** Registers the supervisor under this name. */
  readonly name?: ServerName | undefined
}

/** Children and options of a supervisor. */
export interface SupervisorInit extends Intensity {
  readonly children: readonly ChildSpec[]
  readonly strategy: Strategy
  readonly autoShutdown?: AutoShutdown
}

const STRATEGIES: readonly unknown[] = ['one_for_one', 'one_for_all', 'rest_for_one']
const AUTO_SHUTDOWNS: readonly unknown[] = ['never', 'any_significant', 'all_significant']

/**
 * Checks the children and options of a supervisor, and returns its children.
 *
 * @throws ExitError `{:supervisor_data, fault}`, `{:start_spec, fault}`, `{:bad_start_spec, children}`
 */
export function readChildSpecs(
  { children, strategy, autoShutdown = 'never', ...intensity }: SupervisorInit,
  { name }: Kernel,
): Child[] {
  const exit = (kind: string, fault: Term): ExitError =>
    new ExitError(tuple(atom(kind), fault), { self: name })
  const wrong = supervisorFault(strategy, autoShutdown, intensity)
  if (wrong) throw exit('supervisor_data', wrong.reason)
  if (!Array.isArray(children)) throw exit('bad_start_spec', children as never)
  const ids = new TermMap()
  return children.map((spec) => {
    const child = readChild(spec, autoShutdown)
    if (child instanceof InvalidSpec) throw exit('start_spec', child.reason)
    if (ids.has(child.id)) throw exit('start_spec', new InvalidSpec('duplicate_child_name', child.id).reason)
    ids.set(child.id, true)
    return child
  })
}

function supervisorFault(
  strategy: unknown,
  autoShutdown: unknown,
  intensity: Intensity,
): InvalidSpec | undefined {
  if (!STRATEGIES.includes(strategy)) return new InvalidSpec('invalid_strategy', asTerm(strategy))
  const wrong = intensityFault(intensity)
  if (wrong) return wrong
  if (!AUTO_SHUTDOWNS.includes(autoShutdown))
    return new InvalidSpec('invalid_auto_shutdown', asTerm(autoShutdown))
  return undefined
}

/** Returns what is wrong with the limit of restarts, if anything is. */
export function intensityFault({ maxRestarts = 3, maxSeconds = 5 }: Intensity): InvalidSpec | undefined {
  if (!isCount(maxRestarts, 0)) return new InvalidSpec('invalid_intensity', maxRestarts)
  if (!isCount(maxSeconds, 1)) return new InvalidSpec('invalid_period', maxSeconds)
  return undefined
}

export function isCount(value: unknown, least: number): boolean {
  return Number.isInteger(value) && (value as number) >= least
}

export function asTerm(value: unknown): Term {
  return typeof value === 'string' ? atom(value) : (value as Term)
}

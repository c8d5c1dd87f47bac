import type { Kernel } from '../../process/index.ts'
import { atom, ExitError, type Term, TermMap, tuple } from '../../term/index.ts'
import type { ChildSpec } from '../child/index.ts'
import { type AutoShutdown, type Child, readChild, SpecFault } from './child.ts'
import type { Intensity } from './restart-limit.ts'

/** Who is started again with a child that failed: itself, all, or itself and those that were started after it. */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one'

export interface SupervisorArg extends Intensity {
  readonly children: readonly ChildSpec[]
  readonly strategy: Strategy
  readonly autoShutdown?: AutoShutdown
}

const STRATEGIES: readonly unknown[] = ['one_for_one', 'one_for_all', 'rest_for_one']
const AUTO_SHUTDOWNS: readonly unknown[] = ['never', 'any_significant', 'all_significant']

/**
 * Checks what a supervisor is started with, and returns its children.
 *
 * @throws ExitError `{:supervisor_data, fault}`, `{:start_spec, fault}`, `{:bad_start_spec, children}`
 */
export function readSpecs(
  { children, strategy, autoShutdown = 'never', ...intensity }: SupervisorArg,
  { name }: Kernel,
): Child[] {
  const exit = (kind: string, fault: Term): ExitError =>
    new ExitError(tuple(atom(kind), fault), { self: name })
  const wrong = supervisorFault(strategy, autoShutdown, intensity)
  if (wrong) throw exit('supervisor_data', wrong.fault)
  if (!Array.isArray(children)) throw exit('bad_start_spec', children as never)
  const ids = new TermMap()
  return children.map((spec) => {
    const child = readChild(spec, autoShutdown)
    if (child instanceof SpecFault) throw exit('start_spec', child.fault)
    if (ids.has(child.id)) throw exit('start_spec', new SpecFault('duplicate_child_name', child.id).fault)
    ids.set(child.id, true)
    return child
  })
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

import { inspect } from 'node:util'
import { DEFAULT_LIMITS, type Limits } from '../../distribution/index.ts'

export type { Limits } from '../../distribution/index.ts'

/** Checks the option `limits` of `Node.start`. @throws TypeError for a name that is no limit, and for a value that is none */
export function checkLimits(limits: Limits | undefined): void {
  for (const [name, value] of Object.entries(limits ?? {})) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name))
      throw new TypeError(
        `Node.start: limits has no limit ${inspect(name)}, expected some of ${Object.keys(DEFAULT_LIMITS).join(', ')}.`,
      )
    if (!Number.isSafeInteger(value) || value < 1)
      throw new TypeError(
        `Node.start: the limit ${name} is ${inspect(value)}, expected a whole number greater than 0. Leave it out for ` +
          `${DEFAULT_LIMITS[name as keyof Limits]}.`,
      )
  }
}

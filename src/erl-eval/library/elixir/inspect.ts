import { Atom, inspect as inspectTerm, TupleClass } from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import { bitsOfText, type Functions, itemsOf, toTerm } from '../../value/index.ts'

/** Returns the text of a value in Elixir's syntax, and the `label` of the options of `IO.inspect`. */
export function inspectValue(
  value: unknown,
  options: unknown = undefined,
): { text: string; label: string | undefined } {
  const given: Record<string, unknown> = {}
  for (const option of itemsOf(options) ?? [])
    if (option instanceof TupleClass && option.elements[0] instanceof Atom)
      given[option.elements[0].name] = toTerm(option.elements[1])
  const { limit, width, label, pretty } = given
  const infinite = (wanted: unknown): number | undefined =>
    typeof wanted === 'number' ? wanted : wanted instanceof Atom ? Number.POSITIVE_INFINITY : undefined
  const text = inspectTerm(toTerm(value), {
    self: currentMachine().process.kernel.name,
    ...(limit !== undefined && { limit: infinite(limit)! }),
    ...(width !== undefined && { width: infinite(width)! }),
    ...(pretty !== undefined && { pretty: pretty === true }),
  })
  return { text, label: label === undefined ? undefined : String(label) }
}

/** The module `Inspect`, for `Kernel.inspect` and its protocol. */
export const Inspect: Functions = {
  inspect: (value: unknown, options: unknown = undefined) =>
    bitsOfText(inspectValue(value, options ?? undefined).text),
}

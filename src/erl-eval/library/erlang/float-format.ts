import { Atom, Float, inspect, TupleClass } from '../../../term/index.ts'
import { badarg, items } from '../../value/index.ts'

/** Returns the text of a float as `float_to_binary/2` writes it: with the options `short`, `{decimals, N}`, `compact`, `{scientific, N}`. */
export function floatText(value: unknown, options: unknown): string {
  if (!(value instanceof Float)) return badarg()
  let text = scientific(value.value, 20)
  let compact = false
  for (const option of options === undefined ? [] : items(options)) {
    if (option instanceof Atom && option.name === 'short') text = inspect(value)
    else if (option instanceof Atom && option.name === 'compact') compact = true
    else if (option instanceof TupleClass && option.length === 2) {
      const [kind, digits] = option.elements
      if (!(kind instanceof Atom) || typeof digits !== 'number' || digits < 0 || digits > 253) return badarg()
      if (kind.name === 'decimals') text = decimals(value.value, digits)
      else if (kind.name === 'scientific') text = scientific(value.value, digits)
      else return badarg()
    } else return badarg()
  }
  return compact && text.includes('.') && !text.includes('e') ? text.replace(/(\.\d+?)0+$/, '$1') : text
}

function decimals(value: number, digits: number): string {
  if (digits <= 100 && Math.abs(value) < 1e21) return value.toFixed(digits)
  return `${BigInt(Math.trunc(value))}.${'0'.repeat(digits)}`
}

function scientific(value: number, digits: number): string {
  const text = value.toExponential(Math.min(digits, 100))
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

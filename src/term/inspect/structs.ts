import { Atom } from '../atom.ts'
import { isInteger } from '../kind.ts'
import { TermMap } from '../term-map.ts'
import { TupleClass } from '../tuple.ts'

type Fields = ReadonlyMap<string, unknown>

/**
 * Returns the text of a struct that Elixir shows as source code, such as `1..3` or `~D[2024-01-01]`; of a MapSet its items.
 * Undefined for a struct that is shown by its fields.
 */
export function inspectStruct(
  module: string,
  fields: Fields,
): string | { readonly set: readonly unknown[] } | undefined {
  switch (module) {
    case 'Elixir.Range':
      return range(fields)
    case 'Elixir.MapSet':
      return mapSet(fields)
    case 'Elixir.Date':
      return sigil('D', isoDate(fields), fields)
    case 'Elixir.Time':
      return sigil('T', isoTime(fields), fields)
    case 'Elixir.NaiveDateTime':
      return sigil('N', dateAndTime(fields), fields)
    case 'Elixir.DateTime':
      return fields.get('time_zone') === 'Etc/UTC' && fields.get('zone_abbr') === 'UTC'
        ? sigil('U', dateAndTime(fields, 'Z'), fields)
        : undefined
    default:
      return undefined
  }
}

/** The order of the fields of Elixir's own exceptions, when it is not alphabetical. */
export const fieldOrder: { readonly [module: string]: readonly string[] } = {
  'Elixir.KeyError': ['key', 'term', 'message'],
  'Elixir.UndefinedFunctionError': ['module', 'function', 'arity', 'reason', 'message'],
  'Elixir.FunctionClauseError': ['module', 'function', 'arity', 'kind', 'args', 'clauses'],
}

function range(fields: Fields): string | undefined {
  const [first, last, step] = [fields.get('first'), fields.get('last'), fields.get('step')]
  if (!isInteger(first) || !isInteger(last) || !isInteger(step)) return undefined
  return step === 1 ? `${first}..${last}` : `${first}..${last}//${step}`
}

function mapSet(fields: Fields): { set: readonly unknown[] } | undefined {
  const map = fields.get('map')
  if (map instanceof TermMap || map instanceof Map) return { set: [...map.keys()] }
  return typeof map === 'object' && map !== null
    ? { set: Object.keys(map).map((name) => Atom.intern(name)) }
    : undefined
}

function sigil(letter: string, content: string | undefined, fields: Fields): string | undefined {
  const calendar = fields.get('calendar')
  return content !== undefined && calendar instanceof Atom && calendar.name === 'Elixir.Calendar.ISO'
    ? `~${letter}[${content}]`
    : undefined
}

function dateAndTime(fields: Fields, zone = ''): string | undefined {
  const date = isoDate(fields)
  const time = isoTime(fields)
  return date !== undefined && time !== undefined ? `${date} ${time}${zone}` : undefined
}

function isoDate(fields: Fields): string | undefined {
  const { year, month, day } = Object.fromEntries(fields)
  if (typeof year !== 'number' || typeof month !== 'number' || typeof day !== 'number') return undefined
  return `${year < 0 ? '-' : ''}${pad(Math.abs(year), 4)}-${pad(month, 2)}-${pad(day, 2)}`
}

function isoTime(fields: Fields): string | undefined {
  const { hour, minute, second, microsecond } = Object.fromEntries(fields)
  if (typeof hour !== 'number' || typeof minute !== 'number' || typeof second !== 'number') return undefined
  if (!(microsecond instanceof TupleClass)) return undefined
  const [value, precision] = microsecond.elements
  if (typeof value !== 'number' || typeof precision !== 'number') return undefined
  const fraction = precision === 0 ? '' : `.${pad(value, 6).slice(0, precision)}`
  return `${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}${fraction}`
}

const pad = (number: number, width: number): string => String(number).padStart(width, '0')

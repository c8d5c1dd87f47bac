import { atom, TupleClass, tuple } from '../../../term/index.ts'
import { badarg, type Functions, integer, isInteger } from '../../value/index.ts'

const NATIVE = atom('native')
const UNITS: Readonly<Record<string, number>> = {
  second: 1,
  millisecond: 1e3,
  microsecond: 1e6,
  nanosecond: 1e9,
  native: 1e9,
  perf_counter: 1e9,
  seconds: 1,
  milli_seconds: 1e3,
  micro_seconds: 1e6,
  nano_seconds: 1e9,
}

function perSecond(unit: unknown): bigint {
  const units = typeof unit === 'number' ? unit : UNITS[String(unit)]
  return units !== undefined && units > 0 ? BigInt(units) : badarg()
}

function floorDiv(a: bigint, b: bigint): bigint {
  return a < 0n && a % b !== 0n ? a / b - 1n : a / b
}

const inUnit = (nanoseconds: bigint, unit: unknown): number | bigint =>
  integer((nanoseconds * perSecond(unit)) / 1_000_000_000n)

const now = (): bigint => BigInt(Date.now()) * 1_000_000n

function timestamp(): TupleClass {
  const ms = Date.now()
  return tuple(Math.floor(ms / 1e9), Math.floor(ms / 1e3) % 1e6, (ms % 1e3) * 1e3)
}

/** Returns a date as `{{Year, Month, Day}, {Hour, Minute, Second}}`. */
function dateAndTime(date: Date, utc: boolean): TupleClass {
  return utc
    ? tuple(
        tuple(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()),
        tuple(date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()),
      )
    : tuple(
        tuple(date.getFullYear(), date.getMonth() + 1, date.getDate()),
        tuple(date.getHours(), date.getMinutes(), date.getSeconds()),
      )
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Reads `{{Year, Month, Day}, {Hour, Minute, Second}}`. Raises `badarg` for another value, and for a date that does not exist. */
function dateOf(value: unknown, utc: boolean): Date {
  const parts = value instanceof TupleClass ? (value.elements as readonly unknown[]) : []
  const numbers = parts.flatMap((part) =>
    part instanceof TupleClass ? (part.elements as readonly number[]) : [],
  )
  const [year, month, day, hour, minute, second] = numbers as [number, number, number, number, number, number]
  if (numbers.length !== 6 || !numbers.every((part) => Number.isInteger(part))) return badarg()
  if (month < 1 || month > 12 || day < 1 || day > DAYS[month - 1]!) return badarg()
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return badarg()
  const date = utc
    ? new Date(Date.UTC(year, month - 1, day, hour, minute, second))
    : new Date(year, month - 1, day, hour, minute, second)
  if (year < 100) utc ? date.setUTCFullYear(year) : date.setFullYear(year)
  // The 29th of February of a year that is not a leap year.
  return (utc ? date.getUTCMonth() : date.getMonth()) === month - 1 ? date : badarg()
}

const MAX_SECONDS = 8.64e12

/** The functions of `erlang` for time. */
export const time: Functions = {
  monotonic_time: (unit: unknown = NATIVE) => inUnit(process.hrtime.bigint(), unit),
  system_time: (unit: unknown = NATIVE) => inUnit(now(), unit),
  time_offset: (unit: unknown = NATIVE) => inUnit(now() - process.hrtime.bigint(), unit),
  convert_time_unit: (value: unknown, from: unknown, to: unknown) => {
    const [a, b] = [perSecond(from), perSecond(to)]
    return isInteger(value) ? integer(floorDiv(BigInt(value) * b, a)) : badarg()
  },
  timestamp,
  now: timestamp,
  localtime: () => dateAndTime(new Date(), false),
  universaltime: () => dateAndTime(new Date(), true),
  date: () => (dateAndTime(new Date(), false).elements as readonly unknown[])[0],
  time: () => (dateAndTime(new Date(), false).elements as readonly unknown[])[1],
  localtime_to_universaltime: (value: unknown, _summer: unknown = undefined) =>
    dateAndTime(dateOf(value, false), true),
  universaltime_to_localtime: (value: unknown) => dateAndTime(dateOf(value, true), false),
  universaltime_to_posixtime: (value: unknown) => dateOf(value, true).getTime() / 1000,
  posixtime_to_universaltime: (seconds: unknown) =>
    typeof seconds === 'number' && Math.abs(seconds) <= MAX_SECONDS
      ? dateAndTime(new Date(seconds * 1000), true)
      : badarg(),
}

import { type Atom, atom, ExportFun, Fun, hash, tuple } from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import { badarg, Closure, type Functions, listOf, NIL, toTerm } from '../../value/index.ts'

const UNITS: Readonly<Record<string, number>> = {
  second: 1,
  millisecond: 1e3,
  microsecond: 1e6,
  nanosecond: 1e9,
  native: 1e9,
}
let lastUnique = 0

function inUnit(nanoseconds: bigint, unit: unknown): number | bigint {
  const perSecond = typeof unit === 'number' ? unit : UNITS[String(unit)]
  if (!perSecond) return badarg()
  const value = (nanoseconds * BigInt(perSecond)) / 1_000_000_000n
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
}

const now = (): bigint => BigInt(Date.now()) * 1_000_000n

function dateAndTime(utc: boolean): unknown {
  const date = new Date()
  const part = (name: string): number =>
    (date as unknown as Record<string, () => number>)[`get${utc ? 'UTC' : ''}${name}`]!()
  return tuple(
    tuple(part('FullYear'), part('Month') + 1, part('Date')),
    tuple(part('Hours'), part('Minutes'), part('Seconds')),
  )
}

/** Time, numbers that are unique, and what can be asked of the system. */
export const system: Functions = {
  monotonic_time: (unit: unknown = atom('native')) => inUnit(process.hrtime.bigint(), unit),
  system_time: (unit: unknown = atom('native')) => inUnit(now(), unit),
  time_offset: (unit: unknown = atom('native')) => inUnit(now() - process.hrtime.bigint(), unit),
  unique_integer: (_options: unknown = NIL) => ++lastUnique,
  timestamp: () => {
    const ms = Date.now()
    return tuple(Math.floor(ms / 1e9), Math.floor(ms / 1e3) % 1e6, (ms % 1e3) * 1e3)
  },
  now: () => {
    const ms = Date.now()
    return tuple(Math.floor(ms / 1e9), Math.floor(ms / 1e3) % 1e6, (ms % 1e3) * 1e3)
  },
  localtime: () => dateAndTime(false),
  universaltime: () => dateAndTime(true),
  date: () => (dateAndTime(false) as { elements: readonly unknown[] }).elements[0],
  time: () => (dateAndTime(false) as { elements: readonly unknown[] }).elements[1],
  phash2: (value: unknown, range: unknown = 2 ** 27) =>
    typeof range === 'number' && range > 0 ? (hash(toTerm(value)) >>> 0) % range : badarg(),
  function_exported: (module: unknown, name: unknown, arity: unknown) => {
    const found = currentMachine().world.resolve(module as Atom, name as Atom, arity as number)
    return found !== undefined && 'then' in found
      ? found.then((callable) => callable !== undefined)
      : found !== undefined
  },
  fun_info: (fun: unknown, item: unknown) => {
    if (item !== atom('arity'))
      return item === atom('type')
        ? tuple(item, atom(fun instanceof ExportFun ? 'external' : 'local'))
        : badarg()
    return fun instanceof Closure || fun instanceof Fun || fun instanceof ExportFun
      ? tuple(item, fun.arity)
      : badarg()
  },
  system_info: (item: unknown) => {
    switch (String(item)) {
      case 'otp_release':
        return listOf([50, 57])
      case 'schedulers':
      case 'schedulers_online':
      case 'logical_processors':
        return 1
      case 'wordsize':
        return 8
      case 'process_count':
        return currentMachine().process.kernel.processes().length
      default:
        return badarg()
    }
  },
  memory: (_item: unknown = undefined) => process.memoryUsage().rss,
  statistics: () => tuple(0, 0),
}

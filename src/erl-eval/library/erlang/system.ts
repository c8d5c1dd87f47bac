import { type Atom, atom, ExportFun, Fun, hash, tuple } from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import { badarg, Closure, type Functions, integer, listOf, NIL, toTerm } from '../../value/index.ts'

const UNITS: Readonly<Record<string, number>> = {
  second: 1,
  millisecond: 1e3,
  microsecond: 1e6,
  nanosecond: 1e9,
  native: 1e9,
}
let lastUnique = 0

function perSecond(unit: unknown): bigint {
  const units = typeof unit === 'number' ? unit : UNITS[String(unit)]
  return units ? BigInt(units) : badarg()
}

function floorDiv(a: bigint, b: bigint): bigint {
  return a < 0n && a % b !== 0n ? a / b - 1n : a / b
}

function inUnit(nanoseconds: bigint, unit: unknown): number | bigint {
  return integer((nanoseconds * perSecond(unit)) / 1_000_000_000n)
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

function funInfo(fun: unknown): Readonly<Record<string, unknown>> {
  if (fun instanceof ExportFun)
    return { module: fun.module, name: fun.name, arity: fun.arity, env: NIL, type: atom('external') }
  if (!(fun instanceof Closure || fun instanceof Fun)) return badarg()
  const { module, name } = fun instanceof Closure ? fun.code : { module: fun.module, name: atom('-fun-') }
  return {
    module,
    name,
    arity: fun.arity,
    env: NIL,
    type: atom('local'),
    index: 0,
    uniq: 0,
    pid: atom('undefined'),
  }
}

/** Functions of `erlang` for time, unique integers and functions. */
export const system: Functions = {
  monotonic_time: (unit: unknown = atom('native')) => inUnit(process.hrtime.bigint(), unit),
  system_time: (unit: unknown = atom('native')) => inUnit(now(), unit),
  time_offset: (unit: unknown = atom('native')) => inUnit(now() - process.hrtime.bigint(), unit),
  convert_time_unit: (value: unknown, from: unknown, to: unknown) => {
    const [a, b] = [perSecond(from), perSecond(to)]
    return typeof value === 'number' || typeof value === 'bigint'
      ? integer(floorDiv(BigInt(value) * b, a))
      : badarg()
  },
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
  phash: (value: unknown, range: unknown) =>
    typeof range === 'number' && range > 0 ? ((hash(toTerm(value)) >>> 0) % range) + 1 : badarg(),
  function_exported: (module: unknown, name: unknown, arity: unknown) => {
    const found = currentMachine().codeLoader.resolve(module as Atom, name as Atom, arity as number)
    return found !== undefined && 'then' in found
      ? found.then((callable) => callable !== undefined)
      : found !== undefined
  },
  fun_info: (fun: unknown, item: unknown = undefined) => {
    const info = funInfo(fun)
    if (item === undefined)
      return listOf(Object.entries(info).map(([name, value]) => tuple(atom(name), value)))
    const name = String(item)
    return Object.hasOwn(info, name) ? tuple(item, info[name]) : badarg()
  },
  // OTP 26 and later; Elixir's Task asks it for the function of a task.
  fun_info_mfa: (fun: unknown) => {
    const { module, name, arity } = funInfo(fun)
    return tuple(module, name, arity)
  },
}

import { hostname, release } from 'node:os'
import { sleep } from '../../../process/index.ts'
import { atom, tuple } from '../../../term/index.ts'
import { call, type Steps } from '../../machine/index.ts'
import {
  badarg,
  ErlMap,
  type Functions,
  floatOf,
  isNumber,
  items,
  listOf,
  NIL,
  same,
  toDouble,
} from '../../value/index.ts'
import { charlistOf, erlang, listText } from '../erlang/index.ts'

const OK = atom('ok')
const ERROR = atom('error')
type Bif = (...args: unknown[]) => unknown
const bif = erlang as Readonly<Record<string, Bif>>

const double =
  (fn: (...values: number[]) => number) =>
  (...values: unknown[]): unknown => {
    const result = fn(...values.map((value) => (isNumber(value) ? toDouble(value) : badarg())))
    return floatOf(result)
  }

const one = (fn: (value: number) => number): ((value: unknown) => unknown) => {
  const general = double(fn)
  return (value) => general(value)
}
const two = (fn: (a: number, b: number) => number): ((a: unknown, b: unknown) => unknown) => {
  const general = double(fn)
  return (a, b) => general(a, b)
}

/** The module `math`. */
export const math: Functions = {
  pi: () => floatOf(Math.PI),
  tau: () => floatOf(Math.PI * 2),
  ...Object.fromEntries(
    (
      [
        'sin',
        'cos',
        'tan',
        'asin',
        'acos',
        'atan',
        'sinh',
        'cosh',
        'tanh',
        'asinh',
        'acosh',
        'atanh',
        'exp',
        'log',
        'log2',
        'log10',
        'sqrt',
        'ceil',
        'floor',
      ] as const
    ).map((name) => [name, one(Math[name])]),
  ),
  atan2: two(Math.atan2),
  pow: two((a, b) => a ** b),
  fmod: two((a, b) => a % b),
}

/** The module `timer`, without the functions that need its server. */
export const timer: Functions = {
  sleep: async (ms: unknown) => {
    await sleep(typeof ms === 'number' ? ms : Number.POSITIVE_INFINITY)
    return OK
  },
  *tc(first: unknown, second: unknown = undefined): Steps {
    const before = process.hrtime.bigint()
    const value = yield call(first, ...(second === undefined ? [] : items(second)))
    return tuple(Number((process.hrtime.bigint() - before) / 1000n), value)
  },
  send_after: (ms: unknown, to: unknown, message: unknown = undefined) =>
    message === undefined
      ? tuple(OK, bif.send_after!(ms, bif.self!(), to))
      : tuple(OK, bif.send_after!(ms, to, message)),
  cancel: (ref: unknown) => tuple(OK, bif.cancel_timer!(ref)),
  seconds: (value: unknown) => (value as number) * 1000,
  minutes: (value: unknown) => (value as number) * 60_000,
  hours: (value: unknown) => (value as number) * 3_600_000,
}

const FAMILY: Readonly<Record<string, readonly [string, string]>> = { win32: ['win32', 'nt'] }

function environmentName(name: unknown): string {
  const text = listText(name)
  return text === '' || text.includes('=') ? badarg() : text
}

function getenv(name: unknown = undefined, fallback: unknown = false): unknown {
  if (name === undefined)
    return listOf(Object.entries(process.env).map(([key, value]) => charlistOf(`${key}=${value}`)))
  const value = process.env[environmentName(name)]
  return value === undefined ? fallback : charlistOf(value)
}

/** The module `os`, without the functions that start programs. */
export const os: Functions = {
  type: () => tuple(...(FAMILY[process.platform] ?? ['unix', process.platform]).map((name) => atom(name))),
  version: () => tuple(...release().split(/[^\d]/, 3).map(Number)),
  getpid: () => charlistOf(String(process.pid)),
  env: () =>
    listOf(Object.entries(process.env).map(([key, value]) => tuple(charlistOf(key), charlistOf(value!)))),
  getenv,
  putenv: (name: unknown, value: unknown) => {
    process.env[environmentName(name)] = listText(value)
    return true
  },
  unsetenv: (name: unknown) => delete process.env[environmentName(name)],
  system_time: (unit: unknown = atom('native')) => bif.system_time!(unit),
  timestamp: () => bif.timestamp!(),
  perf_counter: (unit: unknown = atom('native')) => bif.monotonic_time!(unit),
}
/** The most used functions of the modules `inet`, `init`, `logger` and `persistent_term`. */
export const inet: Functions = { gethostname: () => tuple(OK, charlistOf(hostname())) }
export const logger: Functions = {
  allow: (_level: unknown, _module: unknown) => false,
  log: (_level: unknown, _report: unknown, _meta: unknown = undefined) => OK,
  get_process_metadata: () => atom('undefined'),
  set_process_metadata: (_meta: unknown) => OK,
}
export const initModule: Functions = {
  get_argument: (_flag: unknown) => ERROR,
  get_arguments: () => NIL,
  get_plain_arguments: () => NIL,
}

let terms = ErlMap.empty
export const persistentTerm: Functions = {
  get: (key: unknown = undefined, fallback: unknown = undefined) =>
    key === undefined
      ? listOf(terms.entries().map((entry) => tuple(...entry)))
      : terms.has(key)
        ? terms.get(key)
        : fallback === undefined
          ? badarg()
          : fallback,
  put_new: (key: unknown, value: unknown) => {
    if (terms.has(key) && !same(terms.get(key), value)) return badarg()
    terms = terms.put(key, value)
    return OK
  },
  info: () =>
    ErlMap.from([
      [atom('count'), terms.size],
      [atom('memory'), 0],
    ]),
  put: (key: unknown, value: unknown) => {
    terms = terms.put(key, value)
    return OK
  },
  erase: (key: unknown) => {
    const had = terms.has(key)
    terms = terms.remove(key)
    return had
  },
}

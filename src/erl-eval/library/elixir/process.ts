import { sleep } from '../../../process/index.ts'
import { type Atom, atom, ExportFun } from '../../../term/index.ts'
import { call, type Steps } from '../../machine/index.ts'
import { type Functions, failWith, NIL } from '../../value/index.ts'
import { erlang } from '../erlang/index.ts'

type Bif = (...args: unknown[]) => unknown
const bif = erlang as Readonly<Record<string, Bif>>
const UNDEFINED = atom('undefined')
const ERLANG = atom('erlang') as Atom
const PROCESS_INFO = atom('process_info') as Atom
const orNil = (value: unknown): unknown => (value === UNDEFINED ? null : value)

/** The module `Process`. */
export const Process: Functions = {
  sleep: async (ms: unknown) => {
    if (ms !== atom('infinity') && typeof ms !== 'number') failWith('timeout_value')
    await sleep(typeof ms === 'number' ? ms : Number.POSITIVE_INFINITY)
    return atom('ok')
  },
  'alive?': (pid: unknown) => bif.is_process_alive!(pid),
  cancel_timer: (ref: unknown, _options: unknown = undefined) => bif.cancel_timer!(ref),
  demonitor: (ref: unknown, options: unknown = NIL) => bif.demonitor!(ref, options),
  exit: (pid: unknown, reason: unknown) => bif.exit!(pid, reason),
  flag: (flag: unknown, value: unknown) => bif.process_flag!(flag, value),
  get: (key: unknown = undefined, fallback: unknown = null) => {
    if (key === undefined) return bif.get!()
    const value = bif.get!(key)
    return value === UNDEFINED ? fallback : value
  },
  get_keys: () => bif.get_keys!(),
  delete: (key: unknown) => orNil(bif.erase!(key)),
  put: (key: unknown, value: unknown) => orNil(bif.put!(key, value)),
  group_leader: (leader: unknown = undefined, pid: unknown = undefined) =>
    leader === undefined ? bif.group_leader!() : bif.group_leader!(pid, leader),
  *info(pid: unknown, item: unknown = undefined): Steps {
    const args = item === undefined ? [pid] : [pid, item]
    return orNil(yield call(new ExportFun(ERLANG, PROCESS_INFO, args.length), ...args))
  },
  link: (pid: unknown) => bif.link!(pid),
  unlink: (pid: unknown) => bif.unlink!(pid),
  list: () => bif.processes!(),
  monitor: (to: unknown) => bif.monitor!(atom('process'), to),
  register: (pid: unknown, name: unknown) => bif.register!(name, pid),
  unregister: (name: unknown) => bif.unregister!(name),
  registered: () => bif.registered!(),
  send: (to: unknown, message: unknown, _options: unknown) => {
    bif.send!(to, message)
    return atom('ok')
  },
  send_after: (to: unknown, message: unknown, ms: unknown, _options: unknown = undefined) =>
    bif.send_after!(ms, to, message),
  read_timer: (ref: unknown) => bif.read_timer!(ref),
  spawn: (...args: [unknown, unknown, unknown?, unknown?]) => bif.spawn_opt!(...args),
  whereis: (name: unknown) => orNil(bif.whereis!(name)),
}

/** The functions of the module `Node` that start processes. `node` defines the others. */
export const NodeModule: Functions = {
  spawn: (...args: unknown[]) => bif.spawn!(...args),
  spawn_link: (...args: unknown[]) => bif.spawn_link!(...args),
  spawn_monitor: (...args: unknown[]) => bif.spawn_monitor!(...args),
}

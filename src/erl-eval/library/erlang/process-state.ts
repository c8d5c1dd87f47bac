import { type LocalProcess, systemDictionary } from '../../../process/index.ts'
import { Atom, atom, tuple } from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import { badarg, ErlMap, type Functions, fromTerm, listOf, same, toTerm } from '../../value/index.ts'
import { localProcess } from './processes.ts'

const UNDEFINED = atom('undefined')
/** Keys of what evaluated code keeps in the dictionary of its process, where code of the program does not see it. */
const DICTIONARY = Symbol('the process dictionary of evaluated code')
const FLAGS = Symbol('the process flags of evaluated code')

const self = (): LocalProcess => currentMachine().process

function dictionary(process = self()): ErlMap {
  return (process.dictionary.get(DICTIONARY) as ErlMap | undefined) ?? ErlMap.empty
}

function setDictionary(map: ErlMap): void {
  const process = self()
  process.dictionary.set(DICTIONARY, map)
  process.evaluatedDictionary ??= () =>
    dictionary(process)
      .entries()
      .map(([key, value]) => [toTerm(key), toTerm(value)])
}

const pairsOf = (map: ErlMap): unknown => listOf(map.entries().map((entry) => tuple(...entry)))

/** Flags that are kept, and have no effect: their values before they are set. */
const flagDefaults: Readonly<Record<string, unknown>> = {
  async_dist: false,
  error_handler: atom('error_handler'),
  fullsweep_after: 65_535,
  max_heap_size: 0,
  message_queue_data: atom('on_heap'),
  min_bin_vheap_size: 46_422,
  min_heap_size: 233,
  priority: atom('normal'),
  save_calls: 0,
  sensitive: false,
}

function processFlag(flag: unknown, value: unknown): unknown {
  const process = self()
  const name = flag instanceof Atom ? flag.name : badarg()
  if (name === 'trap_exit') {
    if (typeof value !== 'boolean') return badarg()
    const before = process.trapExit
    process.trapExit = value
    return before
  }
  if (!Object.hasOwn(flagDefaults, name)) return badarg()
  const flags =
    (process.dictionary.get(FLAGS) as Map<string, unknown> | undefined) ?? new Map<string, unknown>()
  const before = flags.has(name) ? flags.get(name) : flagDefaults[name]
  process.dictionary.set(FLAGS, flags.set(name, value))
  return before
}

/** Returns a value that OTP or Elixir keeps in the process dictionary, such as `$callers`. */
function systemValue(key: unknown): unknown {
  const entry = systemDictionary(self()).find(([name]) => name === key)
  return entry ? fromTerm(entry[1]) : UNDEFINED
}

/** The process dictionary, process flags and information about processes. */
export const processState: Functions = {
  process_flag: (flag: unknown, value: unknown, third: unknown = undefined) => {
    if (third === undefined) return processFlag(flag, value)
    // Only save_calls can be set for another process.
    return localProcess(flag) && value === atom('save_calls') ? 0 : badarg()
  },
  put: (key: unknown, value: unknown) => {
    const before = dictionary()
    setDictionary(before.put(key, value))
    const old = before.get(key)
    return old === undefined ? UNDEFINED : old
  },
  get: (key: unknown = undefined) => {
    if (key === undefined) return pairsOf(dictionary())
    const value = dictionary().get(key)
    return value === undefined ? systemValue(key) : value
  },
  get_keys: (value: unknown = undefined) =>
    listOf(
      dictionary()
        .entries()
        .filter(([, stored]) => value === undefined || same(stored, value))
        .map(([key]) => key),
    ),
  erase: (key: unknown = undefined) => {
    const before = dictionary()
    setDictionary(key === undefined ? ErlMap.empty : before.remove(key))
    if (key === undefined) return pairsOf(before)
    const old = before.get(key)
    return old === undefined ? UNDEFINED : old
  },
}

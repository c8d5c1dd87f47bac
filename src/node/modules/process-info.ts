import {
  initialCallOf,
  type Kernel,
  type LocalProcess,
  labelTerm,
  systemDictionary,
} from '../../process/index.ts'
import { _, Atom, atom, badarg, ErlangError, equals, is, Pid, type Term, tuple } from '../../term/index.ts'

const UNDEFINED = atom('undefined')
const DICTIONARY = atom('dictionary')
const INITIAL_CALL = atom('$initial_call')
/** The function in which an idle server of OTP waits. Tools know by it that a process is idle. */
const SERVER_LOOP = tuple(atom('gen_server'), atom('loop'), 7)

/** Returns the function with which a process started, also that of a behaviour or a task, as `{Module, Name, Arity}`. */
export function startFunctionOf(process: LocalProcess): Term {
  return systemDictionary(process).find(([key]) => key === INITIAL_CALL)?.[1] ?? initialCallOf(process)
}

/**
 * Returns the item `current_function`: `gen_server:loop/7` for a server that waits, and the function with which any other process
 * started, which is the outermost one that runs. JavaScript does not tell the innermost one of another process.
 */
export function currentFunctionOf(process: LocalProcess): Term {
  return process.behaviour && process.status === 'waiting' ? SERVER_LOOP : startFunctionOf(process)
}

/** Returns the item `current_location` or an entry of `current_stacktrace`: the function without a file and a line. */
function locationOf(process: LocalProcess): Term {
  const { elements } = currentFunctionOf(process) as { readonly elements: readonly Term[] }
  return tuple(...elements, [])
}

/** The item `garbage_collection` in the form of OTP: the garbage collector of V8 has no figures for a process. */
const GARBAGE_COLLECTION = [
  tuple(
    atom('max_heap_size'),
    new Map<Term, Term>([
      [atom('error_logger'), true],
      [atom('include_shared_binaries'), false],
      [atom('kill'), true],
      [atom('size'), 0],
    ]),
  ),
  ...['min_bin_vheap_size', 'min_heap_size', 'fullsweep_after', 'minor_gcs'].map((name) =>
    tuple(atom(name), 0),
  ),
]

/** Items of `process_info/1`. Items that do not exist in Moebi are zero or empty. */
const defaultItems: Readonly<Record<string, (process: LocalProcess) => Term>> = {
  registered_name: (process) => process.registeredName ?? [],
  current_function: currentFunctionOf,
  initial_call: initialCallOf,
  status: (process) => atom(process.status),
  message_queue_len: (process) => process.mailbox.length,
  links: (process) => [...process.links.pids],
  dictionary: (process) => dictionaryOf(process).map(([key, value]) => tuple(key, value)),
  trap_exit: (process) => process.trapExit,
  error_handler: () => atom('error_handler'),
  priority: () => atom('normal'),
  group_leader: (process) => process.groupLeader,
  total_heap_size: () => 0,
  heap_size: () => 0,
  stack_size: () => 0,
  reductions: () => 0,
  garbage_collection: () => GARBAGE_COLLECTION,
  suspending: () => [],
}

/** Items that are returned only when they are asked for by name. */
const itemsByName: typeof defaultItems = {
  async_dist: () => false,
  backtrace: (process) => `Moebi process ${process.label}`,
  binary: () => [],
  catchlevel: () => 0,
  current_location: locationOf,
  current_stacktrace: (process) => [locationOf(process)],
  fullsweep_after: () => 0,
  garbage_collection_info: () => [],
  last_calls: () => false,
  max_heap_size: () => 0,
  message_queue_data: () => atom('on_heap'),
  min_bin_vheap_size: () => 0,
  min_heap_size: () => 0,
  parent: parentOf,
  sequential_trace_token: () => [],
  trace: () => 0,
  label: (process) => labelTerm(process) ?? UNDEFINED,
  memory: () => 0,
  messages: (process) => process.mailbox.toArray(),
  monitors: (process) =>
    process.monitors.targets.map((to) =>
      tuple(atom('process'), to instanceof Pid ? to : tuple(to.name, to.node)),
    ),
  monitored_by: (process) => process.monitors.monitoredBy,
}

/** Returns the pid of the process that started this one, as far as it is known. */
function parentOf(process: LocalProcess): Term {
  const [parent] = process.origin?.ancestors ?? []
  return parent instanceof Atom ? (process.kernel.whereis(parent)?.pid ?? UNDEFINED) : (parent ?? UNDEFINED)
}

/** `erlang:process_info/1,2` for a process of this node. @throws ErlangError `badarg` for any other value */
export function processInfoOf(kernel: Kernel, pid: Term, asked: readonly Term[]): Term {
  if (!(pid instanceof Pid) || !kernel.isLocal(pid)) throw new ErlangError(badarg)
  return processInfo(kernel.process(pid), ...asked)
}

/**
 * Returns information about a process for a peer. A BEAM process that crashes asks for it on every linked process, and waits for
 * the answers before it ends.
 *
 * @param asked nothing, an item, or a list of items
 * @throws ErlangError `badarg` for an unknown item
 * @see `process_info/2`
 */
function processInfo(process: LocalProcess | undefined, ...asked: readonly Term[]): Term {
  const [item] = asked
  if (!process) return UNDEFINED
  if (asked.length === 0)
    return Object.keys(defaultItems)
      .filter((name) => name !== 'registered_name' || process.registeredName)
      .map((name) => itemTuple(process, Atom.intern(name)))
  if (Array.isArray(item)) return item.map((each) => itemTuple(process, each))
  // For a process without a name OTP returns an empty list instead of a pair.
  return item === atom('registered_name') && !process.registeredName ? [] : itemTuple(process, item)
}

/** Returns the process dictionary: what evaluated code keeps there, and what OTP and Elixir keep there. */
function dictionaryOf(process: LocalProcess): (readonly [key: Term, value: Term])[] {
  const own = process.evaluatedDictionary?.() ?? []
  return [...own, ...systemDictionary(process).filter(([key]) => !own.some(([other]) => other === key))]
}

function dictionaryValue(process: LocalProcess, key: Term): Term {
  const entry = dictionaryOf(process).find(([other]) => equals(other, key))
  return entry ? entry[1] : UNDEFINED
}

function itemTuple(process: LocalProcess, item: Term): Term {
  if (is(item, [DICTIONARY, _])) return tuple(item, dictionaryValue(process, item[1]))
  const name = is(item, _.atom) ? item.name : ''
  const ask = Object.hasOwn(defaultItems, name)
    ? defaultItems[name]
    : Object.hasOwn(itemsByName, name)
      ? itemsByName[name]
      : undefined
  if (!ask) throw new ErlangError(badarg)
  return tuple(item, ask(process))
}

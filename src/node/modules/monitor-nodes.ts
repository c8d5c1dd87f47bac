import { requireProcess } from '../../process/index.ts'
import { Atom, atom, equals, error, isTuple, ok, type Term, tuple } from '../../term/index.ts'
import type { MonitorNodesOptions, NodeSubscriptions } from '../net-kernel/index.ts'

const NODE_TYPE = 'node_type'
const FLAGS = { connection_id: 'connectionId', nodedown_reason: 'nodedownReason' } as const

/** Returns `net_kernel:monitor_nodes/1,2`, whose options are a list or a map. */
export function monitorNodes(subscriptions: NodeSubscriptions): (on: Term, options?: Term) => Term {
  return (on, options = []) => {
    if (typeof on !== 'boolean') return error
    const isList = Array.isArray(options)
    const pairs = isList ? pairsOfList(options) : pairsOfMap(options)
    if (!pairs) return refused('invalid_options', options)
    const read = readOptions(pairs)
    if (read.problem)
      return refused(read.problem, isList ? listOf(read.problem, read.wrong) : new Map(read.wrong))
    const form = isList ? (pairs.length === 0 ? 'none' : 'list') : 'map'
    subscriptions.set(requireProcess('net_kernel:monitor_nodes'), on, form, read.options)
    return ok
  }
}

type Pair = readonly [key: Term, value: Term]
type Problem = 'unknown_options' | 'bad_option_value' | 'option_value_mismatch'

function readOptions(pairs: readonly Pair[]): {
  readonly options: MonitorNodesOptions
  readonly problem?: Problem
  readonly wrong: readonly Pair[]
} {
  const options: Record<string, unknown> = {}
  const unknown: Pair[] = []
  const wrong: Pair[] = []
  const types: Pair[] = []
  for (const pair of pairs) {
    const [key, value] = pair
    const name = key instanceof Atom ? key.name : ''
    if (name === NODE_TYPE) {
      if (!isNodeType(value)) wrong.push(pair)
      else if (!types.some(([, other]) => equals(other, value))) types.push(pair)
      options.nodeType = (value as Atom).name
    } else if (name in FLAGS) {
      if (typeof value !== 'boolean') wrong.push(pair)
      options[FLAGS[name as keyof typeof FLAGS]] = value
    } else unknown.push(pair)
  }
  const done = { options: options as MonitorNodesOptions }
  if (wrong.length > 0) return { ...done, problem: 'bad_option_value', wrong }
  if (types.length > 1) return { ...done, problem: 'option_value_mismatch', wrong: types.toReversed() }
  return unknown.length > 0 ? { ...done, problem: 'unknown_options', wrong: unknown } : { ...done, wrong: [] }
}

function isNodeType(value: Term): boolean {
  return value === atom('visible') || value === atom('hidden') || value === atom('all')
}

/** Returns the options of a list, where an atom stands for a pair with true. */
function pairsOfList(options: readonly Term[]): Pair[] {
  return options.map((option) =>
    isTuple(option) && option.length === 2 ? (option.elements as unknown as Pair) : [option, true],
  )
}

function pairsOfMap(options: Term): Pair[] | undefined {
  if (options instanceof Map) return [...(options as ReadonlyMap<Term, Term>)]
  const isPlain =
    typeof options === 'object' && options !== null && Object.getPrototypeOf(options) === Object.prototype
  return isPlain ? Object.entries(options).map(([key, value]) => [atom(key), value as Term]) : undefined
}

/** OTP shows one wrong value, and every option of another problem. */
function listOf(problem: Problem, pairs: readonly Pair[]): Term {
  const options = pairs.map(([key, value]) => (value === true ? key : tuple(key, value)))
  return problem === 'bad_option_value' ? options[0] : options
}

function refused(problem: string, what: Term): Term {
  return tuple(error, tuple(atom(problem), what))
}

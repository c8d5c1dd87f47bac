import {
  applyFun,
  currentKernel,
  isThenable,
  type LocalProcess,
  type MaybePromise,
} from '../../process/index.ts'
import { Atom, atom, ExportFun, Fun, isTuple, ok, type Term, tuple } from '../../term/index.ts'
import { type Behaviour, type CallbackResult, NoReply, Reply, Stop } from '../server/index.ts'

export const GET: Term = atom('get')
export const UPDATE: Term = atom('update')
export const GET_AND_UPDATE: Term = atom('get_and_update')
export const CAST: Term = atom('cast')

export const agentBehaviour: Behaviour<() => unknown, unknown> = {
  kind: 'Agent',

  init: (fn) => fn(),

  handleCall(message, _from, state, process) {
    const [word, fn] = isTuple(message) && message.length === 2 ? (message.elements as readonly Term[]) : []
    if (word === GET) return after(run(fn, state, process), (value) => new Reply(value, state))
    if (word === UPDATE) return after(run(fn, state, process), (next) => new Reply(ok, next))
    if (word !== GET_AND_UPDATE) throw unknown(message, process)
    return after(run(fn, state, process), (pair) => {
      const [value, next] = isTuple(pair as Term)
        ? (pair as { elements: readonly unknown[] }).elements
        : pairOf(pair)
      if (lengthOf(pair) === 2) return new Reply(value, next)
      return new Stop(tuple(atom('bad_return_value'), pair as Term), state, [])
    })
  },

  handleCast(message, state, process) {
    const [word, fn] = isTuple(message) && message.length === 2 ? (message.elements as readonly Term[]) : []
    if (word !== CAST) throw unknown(message, process)
    return after(run(fn, state, process), (next) => new NoReply(next))
  },

  // Other messages are dropped, as by an Elixir GenServer without handle_info, but without a report.
  handleInfo: () => undefined,
  terminate: () => undefined,

  // The function that changes the state is the `extra` of the code change: a function, or `{module, function, args}`.
  codeChange: (_oldVersion, state, fn) => run(fn, state, { kernel: currentKernel() }),
}

function run(fn: unknown, state: unknown, { kernel }: Pick<LocalProcess, 'kernel'>): unknown {
  if (typeof fn === 'function') return (fn as (state: unknown) => unknown)(state)
  if (fn instanceof ExportFun || fn instanceof Fun) return applyFun(kernel, fn, [state as Term])
  const [module, name, args] = isTuple(fn as Term) ? (fn as { elements: readonly Term[] }).elements : []
  if (!(module instanceof Atom && name instanceof Atom && Array.isArray(args)))
    throw new TypeError(
      `an agent was asked to run ${kernel.inspect(fn as Term)}, expected a function of this node, or its module, name and arguments`,
    )
  return kernel.applyNamed(module, name, [state as Term, ...(args as readonly Term[])])
}

function after(
  value: unknown,
  then: (value: unknown) => CallbackResult<unknown>,
): MaybePromise<CallbackResult<unknown>> {
  return isThenable(value) ? (value as PromiseLike<unknown>).then(then) : then(value)
}

function pairOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function lengthOf(pair: unknown): number {
  return isTuple(pair as Term) || Array.isArray(pair) ? (pair as { length: number }).length : 0
}

function unknown(message: Term, { kernel }: LocalProcess): TypeError {
  return new TypeError(`an agent was sent ${kernel.inspect(message)}, expected one of the requests of Agent`)
}

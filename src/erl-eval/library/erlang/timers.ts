import { Process, startTimer } from '../../../process/index.ts'
import { Atom, atom, Pid, Reference, tuple } from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import { badarg, type Functions, items, NIL, same, toTerm } from '../../value/index.ts'

/** Longest time of a timer, in ms. */
const LONGEST = 2 ** 32 - 1
const ABSOLUTE = tuple(atom('abs'), true)
const ASYNC = tuple(atom('async'), true)
const QUIET = tuple(atom('info'), false)
const OK = atom('ok')

const has = (options: unknown, wanted: unknown): boolean =>
  items(options).some((option) => same(option, wanted))

/** Returns the time of `erlang:monotonic_time(millisecond)`, to which the option `{abs, true}` refers. */
const monotonic = (): number => Number(process.hrtime.bigint() / 1_000_000n)

function start(ms: unknown, to: unknown, message: unknown, options: unknown, asTimeout: boolean): Reference {
  if (typeof ms !== 'number' || !(to instanceof Pid || to instanceof Atom)) return badarg()
  const left = has(options, ABSOLUTE) ? Math.max(0, ms - monotonic()) : ms
  if (left < 0 || left > LONGEST) return badarg()
  const { kernel, pid } = currentMachine().process
  const receiver = to instanceof Atom ? { name: to, node: kernel.name } : to
  if (receiver instanceof Pid && !kernel.isLocal(receiver)) return badarg()
  return startTimer(kernel, pid, receiver, toTerm(message), left, asTimeout)
}

/** Sends the answer of a call with `{async, true}`: `{cancel_timer, Ref, Left}`. */
function answer(name: string, ref: Reference, left: number | false, options: unknown): unknown {
  const quiet = has(options, QUIET)
  if (!has(options, ASYNC)) return quiet ? OK : left
  if (!quiet) currentMachine().process.deliver(tuple(atom(name), ref, left))
  return OK
}

/** The timers of `erlang`. */
export const timers: Functions = {
  send_after: (ms: unknown, to: unknown, message: unknown, options: unknown = NIL) =>
    start(ms, to, message, options, false),
  start_timer: (ms: unknown, to: unknown, message: unknown, options: unknown = NIL) =>
    start(ms, to, message, options, true),
  cancel_timer: (ref: unknown, options: unknown = NIL) =>
    ref instanceof Reference ? answer('cancel_timer', ref, Process.cancelTimer(ref), options) : badarg(),
  read_timer: (ref: unknown, options: unknown = NIL) =>
    ref instanceof Reference ? answer('read_timer', ref, Process.readTimer(ref), options) : badarg(),
}

import { GenServer as Gen, type Server } from '../../../gen/index.ts'
import { asReason } from '../../../process/index.ts'
import { atom, ExitError, isTuple, type Term, type TupleClass, tuple } from '../../../term/index.ts'
import { ErlMap, type Functions, fromTerm, items, toTerm } from '../../value/index.ts'
import { millisecondsOf, serverOf as serverArgument } from '../otp/index.ts'

const OK = atom('ok')
const INFINITY = atom('infinity')
const WHICH_CHILDREN = atom('which_children')
const COUNT_CHILDREN = atom('count_children')
const GEN_SERVER = atom('gen_server')
const CALL = atom('call')
const DEFAULT_TIMEOUT = 5_000

const serverOf = (value: unknown): Server => serverArgument(toTerm(value))
const timeoutOf = (value: unknown): number => millisecondsOf(toTerm(value))

async function call(server: unknown, request: unknown, timeout: unknown = DEFAULT_TIMEOUT): Promise<unknown> {
  return fromTerm((await Gen.call(serverOf(server), toTerm(request), timeoutOf(timeout))) as Term)
}

// The exit reason of a failed call names the function that was called.
async function callOfErlang(
  server: unknown,
  request: unknown,
  timeout: unknown = undefined,
): Promise<unknown> {
  try {
    return await call(server, request, timeout)
  } catch (thrown) {
    if (!(thrown instanceof ExitError) || !isTuple(thrown.reason)) throw thrown
    const args = [server, request, ...(timeout === undefined ? [] : [timeout])].map(toTerm)
    throw new ExitError(tuple(thrown.reason.elements[0] as Term, tuple(GEN_SERVER, CALL, args)))
  }
}

const others: Functions = {
  cast: (server: unknown, request: unknown) => {
    Gen.cast(serverOf(server), toTerm(request) as never)
    return OK
  },
  reply: (from: unknown, answer: unknown) => {
    Gen.reply(toTerm(from) as never, toTerm(answer) as never)
    return OK
  },
  stop: async (server: unknown, reason: unknown = atom('normal'), timeout: unknown = INFINITY) => {
    await Gen.stop(serverOf(server), asReason(toTerm(reason)), timeoutOf(timeout))
    return OK
  },
}

/** The functions of `gen_server` and `GenServer` that a caller uses. */
export const genServer: Functions = { ...others, call: callOfErlang }
export const GenServer: Functions = {
  ...others,
  call,
  whereis: (server: unknown) => fromTerm((Gen.whereis(serverOf(server)) ?? null) as Term),
}

/** The functions of `supervisor` and `Supervisor` that ask a supervisor. */
export const supervisor: Functions = {
  which_children: (server: unknown) => callOfErlang(server, WHICH_CHILDREN, INFINITY),
  count_children: (server: unknown) => callOfErlang(server, COUNT_CHILDREN, INFINITY),
}
export const Supervisor: Functions = {
  which_children: (server: unknown) => call(server, WHICH_CHILDREN, INFINITY),
  count_children: async (server: unknown) => {
    const counts = items(await call(server, COUNT_CHILDREN, INFINITY))
    return ErlMap.from(counts.map((pair) => (pair as TupleClass).elements as [unknown, unknown]))
  },
}

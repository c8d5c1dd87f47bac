import { type IODevice, IO as Output } from '../../../io/index.ts'
import { Atom, atom, Pid, TupleClass, tuple } from '../../../term/index.ts'
import { call, type Steps } from '../../machine/index.ts'
import { badarg, type Functions, fromTerm, itemsOf, listOf, textOf, toTerm } from '../../value/index.ts'
import { namedCall } from './named-call.ts'
import { textOfValue, toStringValue } from './text.ts'

const STDIO = atom('stdio')
const OK = atom('ok')
const LABEL = atom('label')
const PRETTY = tuple(atom('pretty'), true)
const INSPECT = namedCall(atom('Elixir.Kernel') as Atom, 'inspect', 2)

function device(value: unknown): IODevice {
  if (value instanceof Pid) return value
  if (!(value instanceof Atom)) return badarg()
  return value.name === 'standard_io' || value.name === 'group_leader'
    ? 'stdio'
    : value.name === 'standard_error'
      ? 'stderr'
      : value.name
}

/** The module `IO`. */
export const IO: Functions = {
  *puts(first: unknown, second: unknown = undefined) {
    const [to, value] = second === undefined ? [STDIO, first] : [first, second]
    Output.write(device(to), `${(yield* textOfValue(value)) as string}\n`)
    return OK
  },
  *write(first: unknown, second: unknown = undefined) {
    const [to, value] = second === undefined ? [STDIO, first] : [first, second]
    Output.write(device(to), (yield* textOfValue(value)) as string)
    return OK
  },
  *inspect(first: unknown, second: unknown = undefined, third: unknown = undefined): Steps {
    const [to, value, options] = third === undefined ? [STDIO, first, second] : [first, second, third]
    const given = itemsOf(options) ?? []
    const shown = textOf(yield call(INSPECT, value, listOf([PRETTY, ...given])))
    const label = given.find((option) => option instanceof TupleClass && option.elements[0] === LABEL)
    const prefix = label instanceof TupleClass ? `${textOf(yield* toStringValue(label.elements[1]))}: ` : ''
    Output.write(device(to), `${prefix}${shown}\n`)
    return value
  },
  gets: async (first: unknown, second: unknown = undefined) =>
    fromTerm(await Output.gets(toTerm(second ?? first) as string)),
}

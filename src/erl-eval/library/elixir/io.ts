import { type IODevice, IO as Output } from '../../../io/index.ts'
import { Atom, atom, Pid } from '../../../term/index.ts'
import { badarg, type Functions, fromTerm, toTerm } from '../../value/index.ts'
import { inspectValue } from './inspect.ts'
import { textOfValue } from './text.ts'

const STDIO = atom('stdio')
const OK = atom('ok')

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
  inspect: (first: unknown, second: unknown = undefined, third: unknown = undefined) => {
    const isDevice = third !== undefined
    const [to, value, options] = isDevice ? [first, second, third] : [STDIO, first, second]
    const { label, text } = inspectValue(value, options)
    Output.write(device(to), `${label === undefined ? '' : `${label}: `}${text}\n`)
    return value
  },
  gets: async (first: unknown, second: unknown = undefined) =>
    fromTerm(await Output.gets(toTerm(second ?? first) as string)),
}

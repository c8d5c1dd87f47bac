import { atom } from '../../../term/index.ts'
import { ErlMap, Raise } from '../../value/index.ts'

const STRUCT = atom('__struct__')
const EXCEPTION = atom('__exception__')

/** Returns an exception of Elixir as a value of the machine. */
export function exceptionValue(module: string, fields: Readonly<Record<string, unknown>>): ErlMap {
  return ErlMap.from([
    [STRUCT, atom(`Elixir.${module}`)],
    [EXCEPTION, true],
    ...Object.entries(fields).map(([name, value]) => [atom(name), value] as const),
  ])
}

/** Returns the {@link Raise} that raises an exception of Elixir. */
export function exceptionOf(module: string, fields: Readonly<Record<string, unknown>>): Raise {
  return new Raise('error', exceptionValue(module, fields))
}

import { chardataToText } from '../../../io/index.ts'
import { Atom, atom, ExportFun, Float, inspect } from '../../../term/index.ts'
import { call, type Steps } from '../../machine/index.ts'
import { Bits, badarg, bitsOfText, ErlMap, isInteger, isList, textOf, toTerm } from '../../value/index.ts'
import { exceptionOf } from './exception-value.ts'

/** Returns the result of `String.Chars.to_string` as a value. For a struct it calls the implementation of its module. */
export function* toStringValue(value: unknown): Steps {
  if (value instanceof Bits) return value
  if (value === null) return bitsOfText('')
  if (typeof value === 'boolean') return bitsOfText(String(value))
  if (value instanceof Atom) return bitsOfText(value.name.replace(/^Elixir\.(?=[A-Z])/, ''))
  if (isInteger(value)) return bitsOfText(String(value))
  if (value instanceof Float) return bitsOfText(inspect(value))
  if (isList(value)) return bitsOfText(chardataToText(toTerm(value)) ?? badarg())
  const struct = value instanceof ErlMap ? value.get(atom('__struct__')) : undefined
  if (struct instanceof Atom)
    return yield call(
      new ExportFun(
        Atom.intern(`Elixir.String.Chars.${struct.name.replace(/^Elixir\./, '')}`),
        Atom.intern('to_string'),
        1,
      ),
      value,
    )
  throw exceptionOf('Protocol.UndefinedError', {
    protocol: atom('Elixir.String.Chars'),
    value,
    description: bitsOfText(''),
  })
}

/** Returns the result of `String.Chars.to_string` as a string of JavaScript. */
export function* textOfValue(value: unknown): Steps {
  const result = yield* toStringValue(value)
  return textOf(result)
}

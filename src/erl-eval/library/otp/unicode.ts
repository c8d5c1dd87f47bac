import { atom, tuple } from '../../../term/index.ts'
import {
  Bits,
  badarg,
  bitsOfBytes,
  bitsOfText,
  Cons,
  type Functions,
  isInteger,
  isList,
  listOf,
  NIL,
} from '../../value/index.ts'
import { charlistOf, iolist } from '../erlang/index.ts'
import { decodeText, encodeText, encodingOf, isCharacter, type TextEncoding } from './text-encoding.ts'

const UTF8 = atom('utf8')

/** Text of chardata, up to the end or to the first problem. */
interface Chardata {
  readonly text: string
  readonly problem: 'error' | 'incomplete' | undefined
  /** The data from the problem on. */
  readonly rest: unknown
}

/** Reads chardata: a binary, or a list of characters, binaries and lists. Raises `badarg` for any other value. */
export function readChardata(data: unknown, encoding: TextEncoding): Chardata {
  if (data instanceof Bits) return readBinary(data, encoding)
  if (data !== NIL && !(data instanceof Cons)) return badarg()
  let text = ''
  /** The start of a character whose end is in the next binary. */
  let pending = new Uint8Array(0)
  /** The rests of the enclosing lists, the innermost last. */
  const open: unknown[] = [data]
  const restFrom = (first: unknown): unknown => open.reduceRight((rest, tail) => new Cons(rest, tail), first)
  while (open.length > 0) {
    const list = open.pop()
    if (list === NIL) continue
    // The tail of an improper list may be a binary.
    const [next, tail] = list instanceof Cons ? [list.head, list.tail] : [list, NIL]
    open.push(tail)
    if (isList(next)) open.push(next)
    else if (isInteger(next)) {
      if (pending.length > 0) return { text, problem: 'error', rest: restFrom(bitsOfBytes(pending)) }
      const isValid = encoding === 'latin1' ? next >= 0 && next < 256 : isCharacter(Number(next))
      if (!isValid) return { text, problem: 'error', rest: restFrom(next) }
      text += String.fromCodePoint(Number(next))
    } else if (next instanceof Bits && next.isBinary) {
      const bytes = pending.length === 0 ? next.toBytes() : Buffer.concat([pending, next.toBytes()])
      const decoded = decodeText(bytes, encoding)
      text += decoded.text
      const left = bytes.slice(decoded.used)
      if (decoded.problem === 'error') return { text, problem: 'error', rest: restFrom(bitsOfBytes(left)) }
      pending = left
    } else return badarg()
  }
  const isComplete = pending.length === 0
  return { text, problem: isComplete ? undefined : 'incomplete', rest: bitsOfBytes(pending) }
}

function readBinary(data: Bits, encoding: TextEncoding): Chardata {
  if (!data.isBinary) return badarg()
  const { text, used, problem } = decodeText(data.toBytes(), encoding)
  return { text, problem, rest: data.part(used * 8, data.size - used * 8) }
}

function convert(data: unknown, from: TextEncoding, give: (text: string) => unknown): unknown {
  const { text, problem, rest } = readChardata(data, from)
  return problem ? tuple(atom(problem), give(text), rest) : give(text)
}

function toBinary(data: unknown, from: unknown = UTF8, to: unknown = UTF8): unknown {
  const encoding = encodingOf(to)
  const source = encodingOf(from)
  const { text, problem, rest } = readChardata(data, source)
  const bytes = encodeText(text, encoding)
  if (bytes) {
    const binary = bitsOfBytes(bytes)
    return problem ? tuple(atom(problem), binary, rest) : binary
  }
  const characters = Array.from(text)
  const at = characters.findIndex((character) => character.codePointAt(0)! > 0xff)
  const left = characters.slice(at).join('')
  const good = bitsOfBytes(Buffer.from(characters.slice(0, at).join(''), 'latin1'))
  const missing = data instanceof Bits ? bitsOfBytes(encodeText(left, source)!) : listOf([charlistOf(left)])
  return tuple(atom('error'), good, missing)
}

// The functions that normalize return the rest as a binary or as the list from the problem on.
const normalized =
  (form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD', give: (text: string) => unknown) =>
  (data: unknown): unknown => {
    const { text, problem, rest } = readChardata(data, 'utf8')
    const result = give(text.normalize(form))
    if (!problem) return result
    return tuple(atom('error'), result, rest instanceof Cons && rest.tail === NIL ? rest.head : rest)
  }

const listIn = (data: unknown, from: unknown = UTF8): unknown => convert(data, encodingOf(from), charlistOf)

/** The module `unicode`. @see https://www.erlang.org/doc/apps/stdlib/unicode */
export const unicode: Functions = {
  characters_to_binary: toBinary,
  characters_to_list: listIn,
  characters_to_nfc_binary: normalized('NFC', bitsOfText),
  characters_to_nfd_binary: normalized('NFD', bitsOfText),
  characters_to_nfkc_binary: normalized('NFKC', bitsOfText),
  characters_to_nfkd_binary: normalized('NFKD', bitsOfText),
  characters_to_nfc_list: normalized('NFC', charlistOf),
  characters_to_nfd_list: normalized('NFD', charlistOf),
  characters_to_nfkc_list: normalized('NFKC', charlistOf),
  characters_to_nfkd_list: normalized('NFKD', charlistOf),
  bin_is_7bit: (data: unknown) =>
    iolist(data)
      .toBytes()
      .every((byte) => byte < 128),
}

import { chardataToText } from '../../../io/index.ts'
import { atom, tuple } from '../../../term/index.ts'
import { Bits, bitsOfBytes, bitsOfText, type Functions, toTerm } from '../../value/index.ts'
import { charlistOf, iolist } from '../erlang/index.ts'

const LATIN1 = atom('latin1')
const EMPTY_TEXT = ''

/** Returns the text of chardata, or `{error, Good, Rest}` for a value that is not chardata. */
function textIn(data: unknown, encoding: unknown): string | undefined {
  return chardataToText(toTerm(data), encoding === LATIN1 ? 'latin1' : 'unicode')
}

function convert(data: unknown, encoding: unknown, give: (text: string) => unknown): unknown {
  const text = textIn(data, encoding)
  if (text !== undefined) return give(text)
  if (data instanceof Bits && data.isBinary) {
    const good = goodPrefix(data)
    const rest = data.part(good.size, data.size - good.size)
    return tuple(atom(isIncomplete(rest) ? 'incomplete' : 'error'), give(good.toText() ?? EMPTY_TEXT), rest)
  }
  return tuple(atom('error'), give(EMPTY_TEXT), data)
}

function goodPrefix(data: Bits): Bits {
  let good = 0
  for (let length = 8; length <= data.size; length += 8)
    if (data.part(0, length).toText() !== undefined) good = length
  return data.part(0, good)
}

function isIncomplete(rest: Bits): boolean {
  const first = rest.byteAt(0)
  const wanted = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1
  return rest.size < wanted * 8
}

function encoded(text: string, encoding: unknown): unknown {
  if (encoding === LATIN1) return bitsOfBytes(Buffer.from(text, 'latin1'))
  const name = String(encoding)
  if (name.includes('utf16')) {
    const bytes = Buffer.from(text, 'utf16le')
    return bitsOfBytes(name.includes('little') ? bytes : bytes.swap16())
  }
  return bitsOfText(text)
}

const normalized =
  (form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD', give: (text: string) => unknown) =>
  (data: unknown): unknown =>
    convert(data, undefined, (text) => give(text.normalize(form)))

/** The module `unicode`. @see https://www.erlang.org/doc/apps/stdlib/unicode */
export const unicode: Functions = {
  characters_to_binary: (data: unknown, from: unknown = undefined, to: unknown = undefined) =>
    convert(data, from, (text) => encoded(text, to)),
  characters_to_list: (data: unknown, from: unknown = undefined) => convert(data, from, charlistOf),
  characters_to_nfc_binary: normalized('NFC', bitsOfText),
  characters_to_nfd_binary: normalized('NFD', bitsOfText),
  characters_to_nfkc_binary: normalized('NFKC', bitsOfText),
  characters_to_nfkd_binary: normalized('NFKD', bitsOfText),
  characters_to_nfc_list: normalized('NFC', charlistOf),
  characters_to_nfd_list: normalized('NFD', charlistOf),
  bin_is_7bit: (data: unknown) =>
    iolist(data)
      .toBytes()
      .every((byte) => byte < 128),
}

import { Atom, TupleClass } from '../../../term/index.ts'
import { badarg } from '../../value/index.ts'

/** Encoding of text in a binary. */
export type TextEncoding = 'latin1' | 'utf8' | 'utf16be' | 'utf16le' | 'utf32be' | 'utf32le'

/** Reads an encoding: `utf8`, `{utf16, little}`, … Raises `badarg` for any other value. */
export function encodingOf(value: unknown): TextEncoding {
  const [name, order] = value instanceof TupleClass ? (value.elements as readonly unknown[]) : [value]
  const word = name instanceof Atom ? name.name : ''
  if (word === 'latin1') return 'latin1'
  if (word === 'utf8' || word === 'unicode') return 'utf8'
  if (!isUtf(word)) return badarg()
  const suffix = order instanceof Atom && order.name === 'little' ? 'le' : 'be'
  return `${word}${suffix}`
}

const isUtf = (word: string): word is 'utf16' | 'utf32' => word === 'utf16' || word === 'utf32'

/** Text at the start of bytes. */
export interface DecodedText {
  readonly text: string
  /** Number of bytes of the text. */
  readonly used: number
  /** Why the text ends before the bytes: an invalid sequence, or one whose end is missing. */
  readonly problem: 'error' | 'incomplete' | undefined
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decodes bytes as far as they are valid. */
export function decodeText(bytes: Uint8Array, encoding: TextEncoding): DecodedText {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (encoding === 'latin1')
    return { text: buffer.toString('latin1'), used: bytes.length, problem: undefined }
  if (encoding === 'utf8') {
    try {
      return { text: strict.decode(bytes), used: bytes.length, problem: undefined }
    } catch {
      // The valid part is found below.
    }
  }
  const next = encoding === 'utf8' ? nextUtf8 : encoding.startsWith('utf16') ? nextUtf16 : nextUtf32
  const little = encoding.endsWith('le')
  let text = ''
  let used = 0
  while (used < buffer.length) {
    const found = next(buffer, used, little)
    if (typeof found === 'string') return { text, used, problem: found }
    text += String.fromCodePoint(found.code)
    used += found.length
  }
  return { text, used, problem: undefined }
}

type Next = { readonly code: number; readonly length: number } | 'error' | 'incomplete'

function nextUtf8(bytes: Buffer, at: number): Next {
  const first = bytes[at]!
  if (first < 0x80) return { code: first, length: 1 }
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4) return 'error'
  let code = first & (0xff >> (length + 1))
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return 'incomplete'
    if ((byte & 0xc0) !== 0x80) return 'error'
    // Overlong forms, surrogates and code points beyond the last one.
    if (i === 1 && ((first === 0xe0 && byte < 0xa0) || (first === 0xed && byte > 0x9f))) return 'error'
    if (i === 1 && ((first === 0xf0 && byte < 0x90) || (first === 0xf4 && byte > 0x8f))) return 'error'
    code = (code << 6) | (byte & 0x3f)
  }
  return { code, length }
}

function nextUtf16(bytes: Buffer, at: number, little: boolean): Next {
  const unit = (from: number): number | undefined =>
    from + 2 > bytes.length ? undefined : little ? bytes.readUInt16LE(from) : bytes.readUInt16BE(from)
  const first = unit(at)
  if (first === undefined) return 'incomplete'
  if (first < 0xd800 || first > 0xdfff) return { code: first, length: 2 }
  if (first > 0xdbff) return 'error'
  const second = unit(at + 2)
  if (second === undefined) return 'incomplete'
  if (second < 0xdc00 || second > 0xdfff) return 'error'
  return { code: 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), length: 4 }
}

function nextUtf32(bytes: Buffer, at: number, little: boolean): Next {
  if (at + 4 > bytes.length) return 'incomplete'
  const code = little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
  return isCharacter(code) ? { code, length: 4 } : 'error'
}

/** Whether an integer is a code point that text can hold. */
export const isCharacter = (code: number): boolean =>
  code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)

/** Encodes text. Returns undefined for a character that the encoding does not have. */
export function encodeText(text: string, encoding: TextEncoding): Uint8Array | undefined {
  switch (encoding) {
    case 'utf8':
      return Buffer.from(text)
    case 'latin1':
      return /^[\0-\xff]*$/.test(text) ? Buffer.from(text, 'latin1') : undefined
    case 'utf16le':
      return Buffer.from(text, 'utf16le')
    case 'utf16be':
      return Buffer.from(text, 'utf16le').swap16()
    default: {
      const codes = Array.from(text, (character) => character.codePointAt(0)!)
      const bytes = Buffer.alloc(codes.length * 4)
      for (const [i, code] of codes.entries())
        if (encoding === 'utf32le') bytes.writeUInt32LE(code, i * 4)
        else bytes.writeUInt32BE(code, i * 4)
      return bytes
    }
  }
}

import { BitString, bytes } from '../binary.ts'
import { escapeText } from '../escape.ts'
import { concat, type Doc, flexBreak, group, joined, nest } from './algebra.ts'
import { isPrintable } from './quote.ts'

/** Returns a binary as text between quotes; undefined when it is not printable. At most `limit` characters are shown. */
export function binaryText(term: string | Uint8Array | BitString, limit: number): string | undefined {
  const text = textOf(term)
  return text !== undefined && isPrintable(text.slice(0, limit)) ? quoted(text, limit, '<>') : undefined
}

/** Returns a charlist as text: `~c"abc"`. At most `limit` characters are shown. */
export function charlistText(items: readonly number[], limit: number): string {
  return `~c${quoted(String.fromCodePoint(...items.slice(0, limit + 1)), limit, '++')}`
}

/** Returns the bytes of a binary: `<<1, 2>>`. At most `limit` bytes are shown. */
export function bytesDoc(term: string | Uint8Array | BitString, limit: number): Doc {
  const content = term instanceof BitString ? term.bytes : bytes(term)
  const docs: Doc[] = Array.from(content.subarray(0, limit), String)
  if (content.length > limit) docs.push('...')
  else if (term instanceof BitString)
    docs[docs.length - 1] = `${content.at(-1)! >> (8 - term.bits)}::size(${term.bits})`
  return group(concat('<<', nest(joined(docs, flexBreak), 2), '>>'))
}

function quoted(text: string, limit: number, operator: string): string {
  if (text.length <= limit) return `"${escapeText(text)}"`
  return `"${escapeText([...text].slice(0, limit).join(''))}" ${operator} ...`
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(term: string | Uint8Array | BitString): string | undefined {
  if (typeof term === 'string') return term
  if (term instanceof BitString) return undefined
  try {
    return decoder.decode(term)
  } catch {
    return undefined
  }
}

import { Atom, bytes, ImproperList, type Term } from '../term/index.ts'

/** Encoding of chardata. `unicode`: numbers are code points, and bytes are UTF-8. `latin1`: each is one character below 256. */
export type Encoding = 'unicode' | 'latin1'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Returns the text of chardata, which is a binary, a code point, or a list of chardata. Returns undefined for other terms.
 *
 * @see `unicode:characters_to_binary/2`
 */
export function chardataToText(data: Term, encoding: Encoding = 'unicode'): string | undefined {
  const parts: Uint8Array[] = []
  // Enclosing lists and the index of their next item. No recursion: lists may be nested to any depth.
  const open: { readonly items: readonly Term[]; next: number; readonly tail: Term }[] = []
  let current: Term = data
  let text = ''
  for (;;) {
    if (Array.isArray(current)) open.push({ items: current, next: 0, tail: undefined })
    else if (current instanceof ImproperList) open.push({ items: current.items, next: 0, tail: current.tail })
    else if (typeof current === 'number') {
      if (!isCharacter(current, encoding)) return undefined
      text += String.fromCodePoint(current)
    } else if (typeof current === 'string' || current instanceof Uint8Array) {
      if (encoding === 'latin1') text += Buffer.from(bytes(current)).toString('latin1')
      else if (typeof current === 'string') text += current
      else {
        // A UTF-8 sequence may continue in the next binary, so all bytes are decoded together at the end.
        parts.push(Buffer.from(text), current)
        text = ''
      }
    } else return undefined
    let list = open.at(-1)
    while (list && list.next >= list.items.length) {
      open.pop()
      if (list.tail !== undefined) break
      list = open.at(-1)
    }
    if (!list) break
    current = list.next < list.items.length ? list.items[list.next++] : list.tail
  }
  if (parts.length === 0) return text
  try {
    return strict.decode(Buffer.concat([...parts, Buffer.from(text)]))
  } catch {
    return undefined
  }
}

/** Returns the text of a prompt, which may also be an atom. */
export function promptText(prompt: Term, encoding: Encoding = 'unicode'): string | undefined {
  if (prompt === null || typeof prompt === 'boolean') return String(prompt)
  return prompt instanceof Atom ? prompt.name : chardataToText(prompt, encoding)
}

function isCharacter(code: number, encoding: Encoding): boolean {
  if (!Number.isInteger(code) || code < 0) return false
  return encoding === 'latin1' ? code < 0x100 : code < 0x110000 && (code < 0xd800 || code > 0xdfff)
}

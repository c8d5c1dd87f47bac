import { Atom, bytes, ImproperList, type Term } from '../term/index.ts'

/** How numbers and bytes are read: as code points and UTF-8, or each as one character. */
export type Encoding = 'unicode' | 'latin1'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Returns the text that chardata stands for (binaries, code points and lists of them, however deep), or undefined where
 * it is none.
 *
 * @see `unicode:characters_to_binary/2`
 */
export function chardataToText(data: Term, encoding: Encoding = 'unicode'): string | undefined {
  const parts: Uint8Array[] = []
  // A list may be as deep as it likes: what is left of the outer ones waits here.
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
        // A character may begin in one binary and end in the next, so bytes are read when all are there.
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

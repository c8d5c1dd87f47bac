import { emitKeypressEvents } from 'node:readline'
import { Readable } from 'node:stream'

/** A key that was pressed. */
export interface Key {
  /** Name of the key with its modifiers: `left`, `C-r`, `M-backspace`, `return`. */
  readonly chord: string
  /** Text that the key inserts; empty for a key that inserts none. */
  readonly text: string
}

interface NodeKey {
  readonly name?: string
  readonly sequence?: string
  readonly ctrl?: boolean
  readonly meta?: boolean
}

/** Parser of the bytes that a terminal sends, into keys. It uses the escape sequences that `node:readline` knows. */
export class KeyParser {
  readonly #stream = new Readable({ read() {} })

  constructor(onKey: (key: Key) => void) {
    emitKeypressEvents(this.#stream)
    this.#stream.on('keypress', (text: string | undefined, key: NodeKey) => onKey(keyOf(text, key)))
  }

  /** Parses a chunk of input. An escape sequence may begin in one chunk and end in the next. */
  feed(text: string): void {
    this.#stream.emit('data', Buffer.from(text.replaceAll('\r\n', '\r')))
  }
}

function keyOf(text: string | undefined, { name, sequence = '', ctrl, meta }: NodeKey): Key {
  if (sequence === '\x1f') return { chord: 'C-_', text: '' }
  if (sequence === '\x1b\r' || sequence === '\x1b\n') return { chord: 'M-return', text: '' }
  const held = `${ctrl ? 'C-' : ''}${meta ? 'M-' : ''}`
  const typed = !ctrl && !meta && text !== undefined && isText(text) ? text : ''
  return { chord: `${held}${name ?? typed}`, text: typed }
}

function isText(text: string): boolean {
  return text !== '' && !/\p{Cc}/u.test(text)
}

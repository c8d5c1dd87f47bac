import { emitKeypressEvents } from 'node:readline'
import { Readable } from 'node:stream'

/** A key that was pressed, as the editor wants it. */
export interface Key {
  /** Its name with what was held: `left`, `C-r`, `M-backspace`, `return`. */
  readonly chord: string
  /** What it types; empty for a key that types nothing. */
  readonly text: string
}

interface NodeKey {
  readonly name?: string
  readonly sequence?: string
  readonly ctrl?: boolean
  readonly meta?: boolean
}

/** Takes what a terminal sends apart into keys. Node.js knows the sequences of the terminals. */
export class KeyParser {
  readonly #stream = new Readable({ read() {} })

  constructor(pressed: (key: Key) => void) {
    emitKeypressEvents(this.#stream)
    this.#stream.on('keypress', (text: string | undefined, key: NodeKey) => pressed(keyOf(text, key)))
  }

  /** Takes text as it came; a key may begin in one piece and end in the next. */
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

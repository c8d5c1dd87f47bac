import { graphemeEnd, graphemeStart, wordEnd, wordStart } from './text-boundaries.ts'

/** Text in the editor, and the index of the cursor in it. */
interface EditorState {
  readonly text: string
  readonly cursor: number
}

const MAX_UNDO = 200

/**
 * Editor of a text of one or more lines. It does not draw: `Screen` does. The keys are in `key-bindings.ts`.
 */
export class Editor {
  text = ''
  cursor = 0
  #killed = ''
  #undo: EditorState[] = []
  #lastInsert = -1

  /** Replaces the whole text. The cursor moves to the end unless given. */
  set(text: string, cursor: number = text.length): void {
    this.#pushUndo()
    this.text = text
    this.cursor = cursor
  }

  /** Removes the text and the undo states. */
  clear(): void {
    this.text = ''
    this.cursor = 0
    this.#undo = []
    this.#lastInsert = -1
  }

  insert(text: string): void {
    // Consecutive insertions are one undo step.
    if (this.#lastInsert !== this.cursor) this.#pushUndo()
    this.#replace(this.cursor, this.cursor, text)
    this.#lastInsert = this.cursor
  }

  /** Replaces the text between `from` and the cursor. */
  replaceBefore(from: number, text: string): void {
    this.#pushUndo()
    this.#replace(from, this.cursor, text)
  }

  /** Moves the cursor to the line above. Returns false when there is none. */
  up(): boolean {
    const start = this.lineStart
    if (start === 0) return false
    const above = this.text.lastIndexOf('\n', start - 2) + 1
    this.cursor = Math.min(above + this.cursor - start, start - 1)
    return true
  }

  /** Moves the cursor to the line below. Returns false when there is none. */
  down(): boolean {
    const end = this.lineEnd
    if (end === this.text.length) return false
    const column = this.cursor - this.lineStart
    const next = this.text.indexOf('\n', end + 1)
    this.cursor = Math.min(end + 1 + column, next < 0 ? this.text.length : next)
    return true
  }

  get lineStart(): number {
    return this.text.lastIndexOf('\n', this.cursor - 1) + 1
  }

  get lineEnd(): number {
    const end = this.text.indexOf('\n', this.cursor)
    return end < 0 ? this.text.length : end
  }

  left(): void {
    this.cursor = graphemeStart(this.text, this.cursor)
  }

  right(): void {
    this.cursor = graphemeEnd(this.text, this.cursor)
  }

  wordLeft(): void {
    this.cursor = wordStart(this.text, this.cursor)
  }

  wordRight(): void {
    this.cursor = wordEnd(this.text, this.cursor)
  }

  delete(from: number, to: number): void {
    if (from === to) return
    this.#pushUndo()
    this.#replace(from, to, '')
  }

  /** Deletes a part of the text, and keeps it for {@link Editor.yank}. */
  kill(from: number, to: number): void {
    if (from !== to) this.#killed = this.text.slice(from, to)
    this.delete(from, to)
  }

  yank(): void {
    if (this.#killed !== '') this.insert(this.#killed)
  }

  /** Swaps the two characters around the cursor, or the last two at the end of a line. */
  transpose(): void {
    const end = this.cursor === this.lineEnd ? this.cursor : graphemeEnd(this.text, this.cursor)
    const middle = graphemeStart(this.text, end)
    const start = graphemeStart(this.text, middle)
    if (start < this.lineStart || start === middle) return
    this.#pushUndo()
    this.cursor = end
    this.#replace(start, end, this.text.slice(middle, end) + this.text.slice(start, middle))
  }

  undo(): void {
    const state = this.#undo.pop()
    if (!state) return
    this.text = state.text
    this.cursor = state.cursor
    this.#lastInsert = -1
  }

  #pushUndo(): void {
    this.#lastInsert = -1
    this.#undo.push({ text: this.text, cursor: this.cursor })
    if (this.#undo.length > MAX_UNDO) this.#undo.shift()
  }

  #replace(from: number, to: number, text: string): void {
    this.text = this.text.slice(0, from) + text + this.text.slice(to)
    this.cursor = from + text.length
  }
}

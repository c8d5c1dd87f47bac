import { stripVTControlCharacters } from 'node:util'
import { advanceCursor, type CursorPosition } from './cursor-position.ts'

/** State that the screen shows. */
export interface ScreenState {
  /** Text before the first line. */
  readonly prompt: string
  /** Text before each line that follows. */
  readonly continuation: string
  readonly text: string
  /** Index of the cursor in the text. */
  readonly cursor: number
  /** Returns the lines of a text with escape sequences for colours. */
  readonly highlight: ((text: string) => string[]) | undefined
}

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

interface DrawnState {
  readonly lines: readonly string[]
  readonly line: number
  readonly column: number
}

/**
 * Screen part at the bottom of a terminal, on which a text is shown while it is edited. Each drawing replaces the one before
 * it. A text that is taller than the terminal is shown in part, around the cursor.
 */
export class Screen {
  readonly #print: (text: string) => void
  readonly #size: () => ScreenSize
  #drawn: DrawnState | undefined

  constructor(print: (text: string) => void, size: () => ScreenSize) {
    this.#print = print
    this.#size = size
  }

  draw(view: ScreenState): void {
    const { columns, rows } = this.#size()
    const { plain, shown, line, column } = visiblePart(view, columns, rows)
    const last = plain.length - 1
    let output = `${this.#toTop()}\x1b[J${shown.join('\r\n')}`
    const end = positionOf(plain, last, plain[last]!.length, columns)
    // After the last column a terminal moves to the next row only when it prints the next character.
    if (end.column === 0 && plain[last] !== '') output += ' \r\x1b[K'
    const cursor = positionOf(plain, line, column, columns)
    output += moveCursor(end.row - cursor.row, cursor.column)
    this.#drawn = { lines: plain, line, column }
    this.#print(output)
  }

  /** Erases what was drawn. The cursor moves to where the drawing began. */
  erase(): void {
    if (!this.#drawn) return
    this.#print(`${this.#toTop()}\x1b[J`)
    this.#drawn = undefined
  }

  /** Draws the whole text for the last time. The cursor moves to the line below it. */
  finish(view: ScreenState): void {
    const { shown } = renderLines(view)
    this.#print(`${this.#toTop()}\x1b[J${shown.join('\r\n')}\r\n`)
    this.#drawn = undefined
  }

  /** Declares that the terminal was cleared, so that the next drawing does not erase the last one. */
  reset(): void {
    this.#drawn = undefined
  }

  // Uses the current size: a terminal that was resized has wrapped its lines again.
  #toTop(): string {
    if (!this.#drawn) return '\r'
    const { lines, line, column } = this.#drawn
    const { columns, rows } = this.#size()
    const { row } = positionOf(lines, line, column, columns)
    return moveCursor(Math.min(row, rows - 1), 0)
  }
}

function moveCursor(up: number, column: number): string {
  return `${up > 0 ? `\x1b[${up}A` : ''}\r${column > 0 ? `\x1b[${column}C` : ''}`
}

function renderLines({ prompt, continuation, text, highlight }: ScreenState): {
  plain: string[]
  shown: string[]
} {
  const bare = text.replaceAll('\t', '  ')
  const colored = highlight ? highlight(bare) : bare.split('\n')
  const before = (index: number): string => (index === 0 ? prompt : continuation)
  return {
    plain: bare.split('\n').map((line, index) => stripVTControlCharacters(before(index)) + line),
    shown: colored.map((line, index) => before(index) + line),
  }
}

function visiblePart(
  view: ScreenState,
  columns: number,
  rows: number,
): { plain: string[]; shown: string[]; line: number; column: number } {
  const { plain, shown } = renderLines(view)
  const above = view.text.slice(0, view.cursor)
  const line = above.split('\n').length - 1
  const behind = above.slice(above.lastIndexOf('\n') + 1).replaceAll('\t', '  ')
  const column = stripVTControlCharacters(line === 0 ? view.prompt : view.continuation).length + behind.length
  let room = rows - heightOf(plain[line]!, columns)
  if (room < 0) {
    // The line of the cursor is taller than the terminal: the part around the cursor is shown, without colours.
    const start = Math.max(0, column - Math.floor((columns * rows) / 4))
    const part = plain[line]!.slice(start, start + Math.floor((columns * (rows - 1)) / 2))
    return { plain: [part], shown: [part], line: 0, column: column - start }
  }
  let from = line
  let to = line
  for (;;) {
    const higher = from > 0 ? heightOf(plain[from - 1]!, columns) : Number.POSITIVE_INFINITY
    const lower = to < plain.length - 1 ? heightOf(plain[to + 1]!, columns) : Number.POSITIVE_INFINITY
    if (higher <= room) {
      from--
      room -= higher
    } else if (lower <= room) {
      to++
      room -= lower
    } else break
  }
  return { plain: plain.slice(from, to + 1), shown: shown.slice(from, to + 1), line: line - from, column }
}

function heightOf(line: string, columns: number): number {
  return advanceCursor(line, columns).row + 1
}

/** Returns the position on the terminal of a column of a line, relative to the start of the first line. */
function positionOf(lines: readonly string[], line: number, column: number, columns: number): CursorPosition {
  let row = 0
  for (let index = 0; index < line; index++) row += rowsOf(lines[index]!, columns)
  return advanceCursor(lines[line]!.slice(0, column), columns, { row, column: 0 })
}

// A line that fills its last row does not begin another one: the line feed is written in the full row.
function rowsOf(line: string, columns: number): number {
  const { row, column } = advanceCursor(line, columns)
  return column === 0 && line !== '' ? row : row + 1
}

import { graphemesOf } from './graphemes.ts'

const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})/u
const NONE = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u
const PLAIN = /^[\x20-\x7e]*$/

/** Returns the number of terminal columns of one grapheme. */
function widthOf(character: string): number {
  if (NONE.test(character)) return 0
  return WIDE.test(character) || character.includes('\ufe0f') ? 2 : 1
}

/** Position of the cursor in rows and columns, counted from 0. */
export interface CursorPosition {
  readonly row: number
  readonly column: number
}

/**
 * Returns the position of the cursor after a terminal has written a text that contains no line feed and wraps at `columns`.
 *
 * After the last column of a row the position is the first column of the next row.
 */
export function advanceCursor(
  text: string,
  columns: number,
  from: CursorPosition = { row: 0, column: 0 },
): CursorPosition {
  if (PLAIN.test(text)) {
    const length = from.column + text.length
    return { row: from.row + Math.floor(length / columns), column: length % columns }
  }
  let { row, column } = from
  for (const { segment } of graphemesOf(text)) {
    const width = widthOf(segment)
    if (column + width > columns) {
      row++
      column = 0
    }
    column += width
    if (column >= columns) {
      row++
      column = 0
    }
  }
  return { row, column }
}

const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})/u
const NONE = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const PLAIN = /^[\x20-\x7e]*$/

/** How many columns of a terminal a character takes that people see as one. */
function widthOf(character: string): number {
  if (NONE.test(character)) return 0
  return WIDE.test(character) || character.includes('\ufe0f') ? 2 : 1
}

/** Where the cursor stands after a text was written, in rows and columns below and behind where it began. */
export interface CursorPosition {
  readonly row: number
  readonly column: number
}

/**
 * Returns where the cursor of a terminal stands after it has written a text without line ends, wrapping it.
 *
 * A row that is full counts as begun: the next character stands in the next one.
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
  for (const { segment } of graphemes.segment(text)) {
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

import { graphemesOf } from './graphemes.ts'

/** Upper bound of the length of a grapheme, in UTF-16 code units. */
const MAX_GRAPHEME_LENGTH = 64

/** Returns the index at which the grapheme before `at` begins. */
export function graphemeStart(text: string, at: number): number {
  if (at === 0) return 0
  const from = Math.max(0, at - MAX_GRAPHEME_LENGTH)
  let start = from
  for (const { index } of graphemesOf(text.slice(from, at))) start = from + index
  return start
}

/** Returns the index at which the grapheme after `at` ends. */
export function graphemeEnd(text: string, at: number): number {
  for (const { segment } of graphemesOf(text.slice(at, at + MAX_GRAPHEME_LENGTH))) return at + segment.length
  return at
}

/** Returns the index at which the word before `at` begins. */
export function wordStart(text: string, at: number): number {
  return at - (/[\p{L}\p{N}_$]*[^\p{L}\p{N}_$]*$/u.exec(text.slice(0, at))?.[0].length ?? 0)
}

/** Returns the index at which the word before `at` begins, where only blanks separate words. */
export function blankDelimitedStart(text: string, at: number): number {
  return at - (/\S*\s*$/u.exec(text.slice(0, at))?.[0].length ?? 0)
}

/** Returns the index at which the word after `at` ends. */
export function wordEnd(text: string, at: number): number {
  return at + (/^[^\p{L}\p{N}_$]*[\p{L}\p{N}_$]*/u.exec(text.slice(at))?.[0].length ?? 0)
}

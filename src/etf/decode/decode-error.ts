import { tagName } from '../tags.ts'

/**
 * The error for bytes that are not a term, or that exceed a limit of the reader.
 *
 * `offset` is the offset of the tag, counted from the first byte of the frame. `expected` says what was expected there
 * and what was found.
 */
export class DecodeError extends Error {
  readonly code = 'ETF_DECODE'
  readonly offset: number
  readonly tag: number | undefined
  readonly expected: string

  constructor(offset: number, tag: number | undefined, expected: string) {
    const subject = tag === undefined ? '' : `tag ${tagName(tag)} `
    super(`cannot decode the term at byte ${offset}: ${subject}${expected}`)
    this.name = 'DecodeError'
    this.offset = offset
    this.tag = tag
    this.expected = expected
  }
}

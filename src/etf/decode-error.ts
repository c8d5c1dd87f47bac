import { tagName } from './tags.ts'

/**
 * Bytes that are no term, or more of one than the limits allow.
 *
 * `offset` is where the tag stands, counted from the first byte that was given; `expected` says what was expected there
 * and what came.
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

/** Test of one character, by its code point. */
export type CharacterTest = (code: number) => boolean

/** Assertion about a position, or one that never holds. */
export type AssertionKind =
  | 'lineStart'
  | 'lineEnd'
  | 'subjectStart'
  | 'subjectEnd'
  | 'textEnd'
  | 'firstPosition'
  | 'fail'

/** Parsed regular expression. */
export type RegexNode =
  | { readonly kind: 'sequence' | 'alternatives'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'character'; readonly test: CharacterTest }
  | {
      readonly kind: 'repeat'
      readonly part: RegexNode
      readonly least: number
      readonly most: number
      readonly mode: 'greedy' | 'lazy' | 'possessive'
    }
  | { readonly kind: 'group'; readonly number: number; readonly part: RegexNode }
  | { readonly kind: 'atomic'; readonly part: RegexNode }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negative: boolean; readonly part: RegexNode }
  | { readonly kind: 'backreference'; readonly group: number | string; readonly caseless: boolean }
  | { readonly kind: 'recursion'; readonly group: number | string }
  | {
      readonly kind: 'condition'
      readonly test: RegexNode | number | string
      readonly yes: RegexNode
      readonly no: RegexNode
    }
  | { readonly kind: AssertionKind }
  | { readonly kind: 'wordBoundary'; readonly negative: boolean; readonly isWord: CharacterTest }
  | { readonly kind: 'keep' | 'newline' }

/** Options of a regular expression, by their names in the module `re`. */
export interface RegexOptions {
  readonly caseless: boolean
  readonly multiline: boolean
  readonly dotall: boolean
  readonly extended: boolean
  readonly anchored: boolean
  readonly dollarEndOnly: boolean
  readonly ungreedy: boolean
  readonly unicode: boolean
  /** Whether `\w`, `\d` and the classes of POSIX know all characters of Unicode. */
  readonly ucp: boolean
  readonly noAutoCapture: boolean
  readonly firstLine: boolean
}

/** A regular expression that is not valid, with the position in it. */
export class RegexError extends Error {
  readonly position: number

  constructor(message: string, position: number) {
    super(message)
    this.position = position
  }
}

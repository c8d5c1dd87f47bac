import type { AnyNode } from 'acorn'

/**
 * Error for a function with a construct that has no exact meaning in Erlang, and the position of the construct. Nothing was sent.
 */
export class TranslationError extends TypeError {
  readonly code = 'MOEBI_TRANSLATION'
  /** Line of the construct in the function's source, counted from 1. */
  readonly line: number
  /** Column of the construct, counted from 1. */
  readonly column: number

  constructor(source: string, { start }: Pick<AnyNode, 'start'>, why: string) {
    const before = source.slice(0, start).split('\n')
    const line = before.length
    const column = before.at(-1)!.length
    const text = source.split('\n')[line - 1]!
    const indent = text.length - text.trimStart().length
    super(`${why}\n  ${text.trim()}\n  ${' '.repeat(Math.max(0, column - indent))}^`)
    this.name = 'TypeError'
    this.line = line
    this.column = column + 1
  }
}

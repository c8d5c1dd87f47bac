import { RegexError } from './syntax.ts'

/** Text of a regular expression, and the position of the parser in it. */
export class PatternSource {
  readonly characters: readonly string[]
  at = 0

  constructor(text: string) {
    this.characters = Array.from(text)
  }

  /** The next character; undefined at the end. */
  get next(): string | undefined {
    return this.characters[this.at]
  }

  fail(message: string, at: number = this.at): never {
    throw new RegexError(message, at)
  }

  /** Returns some characters as text, without skipping them. */
  peek(count: number, from: number = this.at): string {
    return this.characters.slice(from, from + count).join('')
  }

  /** Skips a text if it comes next. Returns whether it did. */
  eat(text: string): boolean {
    const characters = Array.from(text)
    if (!characters.every((character, i) => this.characters[this.at + i] === character)) return false
    this.at += characters.length
    return true
  }

  /** Reads up to a closing text, and skips it. */
  until(closing: string, message: string): string {
    const from = this.at
    while (!this.eat(closing)) if (this.at++ >= this.characters.length) this.fail(message)
    return this.characters.slice(from, this.at - closing.length).join('')
  }
}

import type { History } from './history.ts'
import type { Key } from './keys.ts'

/** What a key did to a search: it goes on, the match is taken (and the key is for the editor), or nothing is taken. */
export type Step = 'goes on' | 'taken' | 'given up'

/** The search through the history that Ctrl-R begins. */
export class Search {
  query = ''
  readonly #history: History
  #at: number

  constructor(history: History) {
    this.#history = history
    this.#at = history.entries.length - 1
  }

  /** What was found; empty when there is nothing, or nothing is asked for. */
  get match(): string {
    return this.query === '' ? '' : (this.#history.entries[this.#at] ?? '')
  }

  get prompt(): string {
    const found = this.query === '' || this.#history.entries[this.#at]?.includes(this.query)
    return `(${found ? '' : 'failed '}reverse-i-search)\`${this.query}': `
  }

  press(key: Key): Step {
    if (key.chord === 'C-r') this.#find(this.#at - 1)
    else if (key.chord === 'backspace' || key.chord === 'C-h') {
      this.query = [...this.query].slice(0, -1).join('')
      this.#find(this.#history.entries.length - 1)
    } else if (key.chord === 'C-g' || key.chord === 'escape' || key.chord === 'M-escape') return 'given up'
    else if (key.text !== '') {
      this.query += key.text
      this.#find(this.#at)
    } else return 'taken'
    return 'goes on'
  }

  #find(from: number): void {
    const found = this.query === '' ? from : this.#history.search(this.query, from)
    if (found !== undefined && found >= 0) this.#at = found
  }
}

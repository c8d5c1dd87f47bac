import type { History } from './history.ts'
import type { Key } from './key-parser.ts'

/** What a key did to a search: it goes on, the match is taken (and the key is for the editor), or nothing is taken. */
export type SearchResult = 'goes on' | 'taken' | 'given up'

/** The search through the history that Ctrl-R begins. */
export class HistorySearch {
  query = ''
  readonly #history: History
  #index: number

  constructor(history: History) {
    this.#history = history
    this.#index = history.entries.length - 1
  }

  /** What was found; empty when there is nothing, or nothing is asked for. */
  get match(): string {
    return this.query === '' ? '' : (this.#history.entries[this.#index] ?? '')
  }

  get prompt(): string {
    const found = this.query === '' || this.#history.entries[this.#index]?.includes(this.query)
    return `(${found ? '' : 'failed '}reverse-i-search)\`${this.query}': `
  }

  press(key: Key): SearchResult {
    if (key.chord === 'C-r') this.#find(this.#index - 1)
    else if (key.chord === 'backspace' || key.chord === 'C-h') {
      this.query = [...this.query].slice(0, -1).join('')
      this.#find(this.#history.entries.length - 1)
    } else if (key.chord === 'C-g' || key.chord === 'escape' || key.chord === 'M-escape') return 'given up'
    else if (key.text !== '') {
      this.query += key.text
      this.#find(this.#index)
    } else return 'taken'
    return 'goes on'
  }

  #find(from: number): void {
    const found = this.query === '' ? from : this.#history.search(this.query, from)
    if (found !== undefined && found >= 0) this.#index = found
  }
}

import type { History } from './history.ts'
import type { Key } from './key-parser.ts'

/** State of a search after a key. After `accepted` the match is edited, and the key is for the editor. */
export type SearchResult = 'continues' | 'accepted' | 'cancelled'

/** Incremental search backwards through the history, as Ctrl-R starts it. */
export class HistorySearch {
  query = ''
  readonly #history: History
  #index: number

  constructor(history: History) {
    this.#history = history
    this.#index = history.entries.length - 1
  }

  /** Entry that contains the query; empty where none does, or while the query is empty. */
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
    } else if (key.chord === 'C-g' || key.chord === 'escape' || key.chord === 'M-escape') return 'cancelled'
    else if (key.text !== '') {
      this.query += key.text
      this.#find(this.#index)
    } else return 'accepted'
    return 'continues'
  }

  #find(from: number): void {
    const found = this.query === '' ? from : this.#history.search(this.query, from)
    if (found !== undefined && found >= 0) this.#index = found
  }
}

import type { Device } from '../io/index.ts'

/** Device that prints whole lines on the console, for which vitest names the test. There is no input. */
export class ConsoleDevice implements Device {
  readonly columns = undefined
  readonly rows = undefined
  readonly #print: (lines: string) => void
  #line = ''

  constructor(print: (lines: string) => void) {
    this.#print = print
  }

  write(text: string): void {
    this.#line += text
    const end = this.#line.lastIndexOf('\n')
    if (end < 0) return
    this.#print(this.#line.slice(0, end))
    this.#line = this.#line.slice(end + 1)
  }

  /** Prints what was written since the last line feed. */
  flush(): void {
    if (this.#line !== '') this.#print(this.#line)
    this.#line = ''
  }

  readLine(): Promise<undefined> {
    return Promise.resolve(undefined)
  }
}

import type { Device } from '../../src/io/index.ts'

/** Device in memory: it records the output, and its input can be typed later. */
export class Memory implements Device {
  written = ''
  columns: number | undefined = 80
  rows: number | undefined = 24
  readonly prompts: string[] = []
  readonly #lines: (string | undefined)[] = []
  #waiting: ((line: string | undefined) => void) | undefined

  write(text: string): void {
    this.written += text
  }

  readLine(prompt: string): Promise<string | undefined> {
    this.prompts.push(prompt)
    return new Promise((resolve) => {
      if (this.#lines.length > 0) resolve(this.#lines.shift())
      else this.#waiting = resolve
    })
  }

  /** Types lines; undefined is the end of the input. */
  type(...lines: (string | undefined)[]): void {
    this.#lines.push(...lines)
    if (!this.#waiting || this.#lines.length === 0) return
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting(this.#lines.shift())
  }
}

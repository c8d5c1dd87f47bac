import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { ReadRequest, Terminal } from './terminal.ts'

/** Terminal that reads lines from a pipe or a file. It prints no prompts and does not echo. */
export class PipeTerminal implements Terminal {
  readonly interactive = false
  readonly colors: boolean
  readonly columns = undefined
  readonly rows = undefined
  readonly #output: Writable
  readonly #reader: ReturnType<typeof createInterface>
  readonly #lines: AsyncIterator<string>

  constructor(input: Readable, output: Writable, colors: boolean) {
    this.#output = output
    this.colors = colors
    this.#reader = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
    this.#lines = this.#reader[Symbol.asyncIterator]()
  }

  write(text: string): void {
    this.#output.write(text)
  }

  async readLine(prompt: string): Promise<string | undefined> {
    if (prompt !== '') this.write(prompt)
    const line = await this.#lines.next()
    return line.done ? undefined : `${line.value}\n`
  }

  async readInput({ isIncomplete }: ReadRequest): Promise<string | undefined> {
    let text = ''
    for (;;) {
      const line = await this.readLine('')
      if (line === undefined) return text === '' ? undefined : text
      text += line
      if (text.trim() === '') text = ''
      else if (!(await isIncomplete(text))) return text
    }
  }

  reprompt(): void {}

  onInterrupt(): void {}

  discard(): void {}

  close(): void {
    this.#reader.close()
  }
}

import type { ReadRequest, Terminal } from '../shell/index.ts'

/** One line that is typed for the reader, and what has to appear before the next one. */
export interface Step {
  readonly caption: string
  readonly type: string
  readonly expect: readonly string[]
}

/** How long an answer may take, in ms. */
const PATIENCE = 15_000

/** A terminal at which nobody sits: it types the steps by itself, each after the answer to the last one. */
export class Conversation implements Terminal {
  readonly interactive = true
  readonly colors = false
  readonly columns = 80
  readonly rows = 24
  /** What was expected and did not come. */
  missing: string | undefined
  /** Whether all was said and answered. */
  complete = false
  readonly #steps: Step[]
  readonly #output: (text: string) => void
  readonly #patience: number
  #awaited: string[] = []
  #seen = ''
  #look: () => void = () => {}

  constructor(steps: readonly Step[], output: (text: string) => void, patience: number = PATIENCE) {
    this.#steps = [...steps]
    this.#output = output
    this.#patience = patience
  }

  write(text: string): void {
    this.#output(text)
    this.#seen += text
    this.#look()
  }

  async readLine(prompt: string): Promise<string | undefined> {
    this.missing = await this.#answers()
    const step = this.#steps.shift()
    this.complete = this.missing === undefined && !step
    if (this.missing !== undefined || !step) return undefined
    this.#output(`\n# ${step.caption}\n${prompt}${step.type}\n`)
    this.#seen = ''
    this.#awaited = [...step.expect]
    return `${step.type}\n`
  }

  readInput({ prompt }: ReadRequest): Promise<string | undefined> {
    return this.readLine(prompt)
  }

  reprompt(): void {}

  onInterrupt(): void {}

  discard(): void {}

  close(): void {}

  // Resolves with the first answer that has not come in time, or undefined when all are there.
  #answers(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const absent = (): string | undefined => this.#awaited.find((text) => !this.#seen.includes(text))
      const timer = setTimeout(() => resolve(absent()), this.#patience)
      this.#look = () => {
        if (absent() !== undefined) return
        clearTimeout(timer)
        resolve(undefined)
      }
      this.#look()
    })
  }
}

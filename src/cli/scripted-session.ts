import type { ReadRequest, Terminal } from '../shell/index.ts'

/** One line that is typed for the reader, and what has to appear before the next one. */
export interface ScriptedStep {
  readonly caption: string
  readonly type: string
  readonly expect: readonly string[]
}

/** How long an answer may take, in ms. */
const OUTPUT_TIMEOUT_MS = 15_000

/** A terminal at which nobody sits: it types the steps by itself, each after the answer to the last one. */
export class ScriptedSession implements Terminal {
  readonly interactive = true
  readonly colors = false
  readonly columns = 80
  readonly rows = 24
  /** What was expected and did not come. */
  missingOutput: string | undefined
  /** Whether all was said and answered. */
  complete = false
  readonly #steps: ScriptedStep[]
  readonly #print: (text: string) => void
  readonly #timeout: number
  #expected: string[] = []
  #output = ''
  #onOutput: () => void = () => {}

  constructor(
    steps: readonly ScriptedStep[],
    output: (text: string) => void,
    patience: number = OUTPUT_TIMEOUT_MS,
  ) {
    this.#steps = [...steps]
    this.#print = output
    this.#timeout = patience
  }

  write(text: string): void {
    this.#print(text)
    this.#output += text
    this.#onOutput()
  }

  async readLine(prompt: string): Promise<string | undefined> {
    this.missingOutput = await this.#awaitOutput()
    const step = this.#steps.shift()
    this.complete = this.missingOutput === undefined && !step
    if (this.missingOutput !== undefined || !step) return undefined
    this.#print(`\n# ${step.caption}\n${prompt}${step.type}\n`)
    this.#output = ''
    this.#expected = [...step.expect]
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
  #awaitOutput(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const absent = (): string | undefined => this.#expected.find((text) => !this.#output.includes(text))
      const timer = setTimeout(() => resolve(absent()), this.#timeout)
      this.#onOutput = () => {
        if (absent() !== undefined) return
        clearTimeout(timer)
        resolve(undefined)
      }
      this.#onOutput()
    })
  }
}

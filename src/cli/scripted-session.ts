import type { ReadRequest, Terminal } from '../shell/index.ts'

/** One input of a scripted session. */
export interface ScriptedStep {
  /** Comment that is printed before the input. */
  readonly caption: string
  readonly type: string
  /** Texts that the session prints before the next step. */
  readonly expect: readonly string[]
}

const OUTPUT_TIMEOUT_MS = 15_000

/** Terminal that types the steps of a script. It types a step after the expected output of the step before. */
export class ScriptedSession implements Terminal {
  readonly interactive = true
  readonly colors = false
  readonly columns = 80
  readonly rows = 24
  /** Expected output that was not printed in time. */
  missingOutput: string | undefined
  /** Whether all steps have been typed and all expected output has been printed. */
  complete = false
  readonly #steps: ScriptedStep[]
  readonly #print: (text: string) => void
  readonly #timeoutMs: number
  #expected: string[] = []
  #output = ''
  #onOutput: () => void = () => {}

  constructor(
    steps: readonly ScriptedStep[],
    print: (text: string) => void,
    timeoutMs: number = OUTPUT_TIMEOUT_MS,
  ) {
    this.#steps = [...steps]
    this.#print = print
    this.#timeoutMs = timeoutMs
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

  // Resolves with the first expected text that was not printed in time, or with undefined when all were.
  #awaitOutput(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const missing = (): string | undefined => this.#expected.find((text) => !this.#output.includes(text))
      const timer = setTimeout(() => resolve(missing()), this.#timeoutMs)
      this.#onOutput = () => {
        if (missing() !== undefined) return
        clearTimeout(timer)
        resolve(undefined)
      }
      this.#onOutput()
    })
  }
}

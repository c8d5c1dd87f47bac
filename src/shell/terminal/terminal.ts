import type { Device } from '../../io/index.ts'

/** What a shell asks a terminal for: one input, which may have several lines. */
export interface ReadRequest {
  readonly prompt: string
  /** In front of the lines after the first. */
  readonly continuation: string
  /** How a terminal with colours shows the text, line by line. */
  readonly highlight?: (text: string) => string[]
  /** Whether the text is a good beginning, so that another line is to follow. */
  isIncomplete(text: string): boolean | Promise<boolean>
  /** What Tab may put at the cursor. */
  complete(text: string, cursor: number): Completion | Promise<Completion>
}

/** What a word may be completed to. */
export interface Completion {
  /** Where the word begins that is completed. */
  readonly from: number
  readonly candidates: readonly string[]
  /** What is listed in place of the candidates. */
  readonly listed?: readonly string[]
}

/** What a shell talks to people through. */
export interface Terminal extends Device {
  /** Whether somebody types: prompts are shown, and there is a line to return to when output comes in between. */
  readonly interactive: boolean
  /** Whether what is printed may be coloured. */
  readonly colors: boolean
  /** Reads an input; undefined at the end of them. */
  readInput(question: ReadRequest): Promise<string | undefined>
  /** Shows another prompt in front of what is being typed. */
  reprompt(prompt: string, continuation: string): void
  /** Is called when the user presses Ctrl-C. */
  onInterrupt(interrupt: () => void): void
  /** Drops what is being typed. */
  discard(): void
  close(): void
}

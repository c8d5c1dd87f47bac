import type { Device } from '../../io/index.ts'

/** Request of a shell to a terminal: read one input, of one or more lines. */
export interface ReadRequest {
  readonly prompt: string
  /** Prompt of each line after the first. */
  readonly continuation: string
  /** Returns the lines of the text with escape sequences for colours. */
  readonly highlight?: (text: string) => string[]
  /** Returns whether the text is the beginning of an input, so that another line must follow. */
  isIncomplete(text: string): boolean | Promise<boolean>
  /** Returns what Tab may insert at the cursor. */
  complete(text: string, cursor: number): Completion | Promise<Completion>
}

/** Completion of the word before the cursor. */
export interface Completion {
  /** Index at which the word begins. */
  readonly from: number
  readonly candidates: readonly string[]
  /** Words that are printed as a list in place of the candidates. */
  readonly listed?: readonly string[]
}

/** Terminal of a shell. */
export interface Terminal extends Device {
  /** Whether a user types the inputs: prompts are then shown. */
  readonly interactive: boolean
  /** Whether the terminal shows colours. */
  readonly colors: boolean
  /** Reads an input; undefined at the end of the inputs. */
  readInput(request: ReadRequest): Promise<string | undefined>
  /** Replaces the prompt of the input that is being typed. */
  reprompt(prompt: string, continuation: string): void
  /** Sets the function that is called when the user presses Ctrl-C. */
  onInterrupt(interrupt: () => void): void
  /** Drops the input that is being typed. */
  discard(): void
  close(): void
}

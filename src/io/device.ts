/**
 * Device that a group leader writes to and reads from: a terminal, standard input and output, or a test. `startGroupLeader`
 * serves the Erlang I/O protocol on it.
 */
export interface Device {
  /** Writes text without changes. The text may end in the middle of a line. */
  write(text: string): void
  /**
   * Prints the prompt, and returns the next line with its line feed. The last line may have none. Returns undefined at the end of
   * the input.
   */
  readLine(prompt: string): Promise<string | undefined>
  /** Number of characters in a line; undefined when there is no terminal. */
  readonly columns: number | undefined
  /** Number of lines on the screen; undefined when there is no terminal. */
  readonly rows: number | undefined
}

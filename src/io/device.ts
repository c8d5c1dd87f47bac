/** Where a group leader writes and reads: a terminal, a pipe, a test. */
export interface Device {
  /** Writes text as it is; it may end in the middle of a line. */
  write(text: string): void
  /** Shows the prompt and gives the next line with its line end; the last one may have none. Undefined at the end of input. */
  readLine(prompt: string): Promise<string | undefined>
  /** Characters in a line; undefined where there is no terminal. */
  readonly columns: number | undefined
  /** Lines on the screen; undefined where there is no terminal. */
  readonly rows: number | undefined
}

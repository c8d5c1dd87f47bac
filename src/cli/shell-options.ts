import type { Terminal } from '../shell/index.ts'
import type { NodeCommandOptions } from './node-options.ts'

/** Options of `moebi shell`: the options of its command line, and options that only `moebi start` passes. */
export interface ShellCommandOptions extends NodeCommandOptions {
  /** Folder of a project whose application is started on the node. */
  readonly project?: string
  /** Code that is evaluated before the first line is read. */
  readonly eval?: readonly string[]
  /** Terminal that the shell reads and writes; standard input and output unless given. */
  readonly terminal?: Terminal
  /** Text that is printed before the first prompt of an interactive terminal. */
  readonly banner?: string
  /** Called with the terminal as soon as it is open, so that other output can be printed on it. */
  readonly onTerminal?: (terminal: Terminal) => void
  /** Called when the shell has ended and before the program exits. A number that it returns is the exit code. */
  readonly onEnd?: () => Promise<number | undefined>
}

/** Returns the banner of a shell for which `ShellCommandOptions.banner` is not given. */
export function defaultBanner(): string {
  return `Moebi on Node.js ${process.versions.node}: TypeScript at a prompt (Ctrl-C twice or System.halt() to leave)`
}

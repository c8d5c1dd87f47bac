import { firstQuestion, openTerminal, type Shell, type Terminal } from '../shell/index.ts'

export interface ShellCommandOptions {
  readonly sname?: string
  readonly name?: string
  readonly cookie?: string
  readonly hidden?: boolean
  /** The folder of a project, whose application is started on the node. */
  readonly project?: string
  /** What is evaluated before the first line is read. */
  readonly eval?: readonly string[]
  /** Where it is typed and printed; standard input and output unless given. */
  readonly terminal?: Terminal
  /** What is printed before the first prompt of somebody who types. */
  readonly banner?: string
  /** Is given the terminal, once there is one: what else is to be printed belongs there. */
  readonly onTerminal?: (terminal: Terminal) => void
  /** Is called when the shell ends, before the program does. May say with which exit code. */
  readonly onEnd?: () => Promise<number | undefined>
}

/** `moebi shell`: a prompt on a node. Ends the program. */
export async function runShell(file: string | undefined, options: ShellCommandOptions): Promise<void> {
  const terminal = options.terminal ?? openTerminal()
  options.onTerminal?.(terminal)
  const early = waitsForNothing(file, options) && terminal.interactive ? earlyPrompt(terminal) : undefined
  // Half of Moebi is not needed for a prompt, so people type while it is loaded.
  const { startShell } = await import('./start-shell.ts')
  await startShell({ file, options, terminal, early })
}

function waitsForNothing(file: string | undefined, options: ShellCommandOptions): boolean {
  const { sname, name, project, eval: code, terminal } = options
  return [file, sname, name, project, code, terminal].every((option) => option === undefined)
}

function earlyPrompt(terminal: Terminal): (shell: Shell) => Promise<string | undefined> {
  terminal.write(`${banner()}\n\n`)
  let ready: (shell: Shell) => void
  const shell = new Promise<Shell>((resolve) => {
    ready = resolve
  })
  const typed = terminal.readInput(firstQuestion(shell))
  return (shell) => {
    ready(shell)
    return typed
  }
}

export function banner(): string {
  return `Moebi on Node.js ${process.versions.node}: TypeScript at a prompt (Ctrl-C twice or System.halt() to leave)`
}

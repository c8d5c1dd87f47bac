import { firstReadRequest, openTerminal, type Shell, type Terminal } from '../shell/index.ts'
import { defaultBanner, type ShellCommandOptions } from './shell-options.ts'

/** `moebi shell`: a prompt on a node. Ends the program. */
export async function runShell(file: string | undefined, options: ShellCommandOptions): Promise<void> {
  const terminal = options.terminal ?? openTerminal()
  options.onTerminal?.(terminal)
  const early = hasNoOptions(file, options) && terminal.interactive ? earlyPrompt(terminal) : undefined
  // Half of Moebi is not needed for a prompt, so people type while it is loaded.
  const { startShell } = await import('./start-shell.ts')
  await startShell({ file, options, terminal, early })
}

function hasNoOptions(file: string | undefined, options: ShellCommandOptions): boolean {
  const { sname, name, project, eval: code, terminal } = options
  return [file, sname, name, project, code, terminal].every((option) => option === undefined)
}

function earlyPrompt(terminal: Terminal): (shell: Shell) => Promise<string | undefined> {
  terminal.write(`${defaultBanner()}\n\n`)
  let ready: (shell: Shell) => void
  const shell = new Promise<Shell>((resolve) => {
    ready = resolve
  })
  const typed = terminal.readInput(firstReadRequest(shell))
  return (shell) => {
    ready(shell)
    return typed
  }
}

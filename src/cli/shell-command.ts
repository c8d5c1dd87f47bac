import { firstReadRequest, openTerminal, type Shell, type Terminal } from '../shell/index.ts'
import { defaultBanner, type ShellCommandOptions } from './shell-options.ts'

/** Runs a shell on a node, for `moebi shell`. Ends the program. */
export async function runShell(file: string | undefined, options: ShellCommandOptions): Promise<void> {
  const terminal = options.terminal ?? openTerminal()
  options.onTerminal?.(terminal)
  const early = hasNoOptions(file, options) && terminal.interactive ? earlyPrompt(terminal) : undefined
  // The prompt appears before the rest of Moebi is loaded, so that the user can type meanwhile.
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

import { moebi } from './beam.ts'
import { Terminal, type TerminalOptions } from './terminal.ts'

export interface ShellOptions extends TerminalOptions {
  /** Behind `moebi`; a plain shell unless given. */
  readonly words?: readonly string[]
  /** What is there when it can be typed at; the first prompt unless given. */
  readonly ready?: string | RegExp
}

/** A shell in a terminal, which says at the end with what status it ended. */
export async function shellTerminal({
  words = ['shell'],
  env = {},
  ready = 'moebi(1)>',
  ...rest
}: ShellOptions = {}): Promise<Terminal> {
  const command = moebi(words, env).map((word) => `'${word}'`)
  const terminal = await Terminal.start(['/bin/sh', '-c', `${command.join(' ')}; echo "ended with $?"`], rest)
  await terminal.waitFor(ready)
  return terminal
}

/** What stands in the terminal from the first prompt on, without blank lines. */
export async function lines(terminal: Terminal): Promise<string[]> {
  const all = (await terminal.text()).split('\n').filter((line) => line !== '')
  return all.slice(all.findIndex((line) => /^moebi\(.*1>/.test(line) || line.startsWith('moebi(1)>')))
}

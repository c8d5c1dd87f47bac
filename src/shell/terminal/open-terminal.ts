import type { WriteStream } from 'node:tty'
import { History, historyFile } from './history.ts'
import { PipeTerminal } from './pipe-terminal.ts'
import type { Terminal } from './terminal.ts'
import { Tty } from './tty.ts'

/** Returns the terminal of this program: a {@link Tty} with line editing where standard input and output are one, else a pipe. */
export function openTerminal(): Terminal {
  const { stdin, stdout } = process
  const colors = wantsColors(stdout)
  return stdin.isTTY && stdout.isTTY && process.env.TERM !== 'dumb'
    ? new Tty({ input: stdin, output: stdout, colors, history: new History(historyFile()) })
    : new PipeTerminal(stdin, stdout, colors)
}

// `hasColors` reads NO_COLOR, FORCE_COLOR and TERM. A stream that is not a terminal has colours only with FORCE_COLOR.
function wantsColors(stream: WriteStream): boolean {
  if (stream.isTTY) return stream.hasColors()
  const { FORCE_COLOR: forced } = process.env
  return forced !== undefined && forced !== '0' && forced !== 'false'
}

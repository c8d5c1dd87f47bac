import type { WriteStream } from 'node:tty'
import { History, historyFile } from './history.ts'
import { PipeTerminal } from './pipe-terminal.ts'
import type { Terminal } from './terminal.ts'
import { Tty } from './tty.ts'

/** The terminal of this program: with line editing where somebody sits at it, plain lines where not. */
export function openTerminal(): Terminal {
  const { stdin, stdout } = process
  const colors = wantsColors(stdout)
  return stdin.isTTY && stdout.isTTY && process.env.TERM !== 'dumb'
    ? new Tty({ input: stdin, output: stdout, colors, history: new History(historyFile()) })
    : new PipeTerminal(stdin, stdout, colors)
}

// A terminal knows of NO_COLOR, FORCE_COLOR and TERM=dumb; anything else has colours only where they are forced.
function wantsColors(stream: WriteStream): boolean {
  if (stream.isTTY) return stream.hasColors()
  const { FORCE_COLOR: forced } = process.env
  return forced !== undefined && forced !== '0' && forced !== 'false'
}

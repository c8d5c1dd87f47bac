/** Terminals of a shell: line editing on a TTY, and lines of a pipe. */
export { formatColumns } from './columns.ts'
export { highlight } from './highlight.ts'
export { History } from './history.ts'
export { openTerminal } from './open-terminal.ts'
export { PipeTerminal } from './pipe-terminal.ts'
export type { Completion, ReadRequest, Terminal } from './terminal.ts'
export { Tty, type TtyOptions } from './tty.ts'

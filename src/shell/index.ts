/** TypeScript at a prompt, on a node. */
export { type EvaluationResult, type Evaluator, GlobalEvaluator } from './evaluator/index.ts'
export {
  RemoteShellClient,
  remoteShell,
  type ServeShellsOptions,
  type ShellExit,
  serveShells,
} from './remote/index.ts'
export { reportUncaughtErrors } from './report-uncaught-errors.ts'
export { firstReadRequest, Shell, type ShellOptions } from './shell.ts'
export {
  type Completion,
  History,
  openTerminal,
  type ReadRequest,
  type Terminal,
  Tty,
  type TtyOptions,
} from './terminal/index.ts'

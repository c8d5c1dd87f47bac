export {
  type ContextOwner,
  contextOwner,
  resumeInProcess,
  runInProcess,
  runOutsideProcesses,
  startInProcess,
} from './process-context.ts'
export { type Runnable, RunQueue } from './run-queue.ts'

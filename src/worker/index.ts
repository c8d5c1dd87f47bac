/** Nodes in threads of this program: for long computations, and for code that must be stopped at once when it is killed. */

export { Worker, type WorkerModule, type WorkerOptions } from './worker.ts'

/** Nodes in threads of this program: for work that computes, and for work that must be killed for real. */
export { loaderHooks } from './running-thread.ts'
export { Worker, type WorkerModule, type WorkerOptions } from './worker.ts'

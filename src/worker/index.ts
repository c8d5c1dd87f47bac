/** Nodes in threads of this program: for work that computes, and for work that must be killed for real. */

export { Worker, type WorkerModule, type WorkerOptions } from './worker.ts'
export { loaderHooks } from './worker-thread.ts'

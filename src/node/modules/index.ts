/** The functions that a node defines for its peers, by module. The library of `erl-eval` has the others. */
export { defineModules } from './define-modules.ts'
export type { Halt } from './host.ts'
export { currentFunctionOf, processInfoOf, startFunctionOf } from './process-info.ts'

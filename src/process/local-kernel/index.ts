export { type KernelOptions, LocalKernel } from './local-kernel.ts'
export { onFatalError } from './uncaught-errors.ts'

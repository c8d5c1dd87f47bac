export { type KernelOptions, LocalKernel } from './local-kernel.ts'

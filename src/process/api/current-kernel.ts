import { globalSingleton } from '../../term/index.ts'
import { currentProcess } from '../current-process.ts'
import { LocalKernel } from '../local-kernel/index.ts'
import type { Kernel } from '../local-process.ts'

const holder = globalSingleton<{ kernel: Kernel | undefined }>('default kernel', () => ({
  kernel: undefined,
}))

/** Returns the kernel of the code that runs: that of its process, or the default one, which is made when first needed. */
export function currentKernel(): Kernel {
  const kernel = currentProcess()?.kernel ?? holder.kernel
  if (kernel) return kernel
  const made = new LocalKernel()
  holder.kernel = made
  return made
}

/** Returns the kernel for code outside of processes, when there is one. */
export function defaultKernel(): Kernel | undefined {
  return holder.kernel
}

/** Sets the kernel for code outside of processes. A node that starts sets its own. */
export function setDefaultKernel(kernel: Kernel | undefined): void {
  holder.kernel = kernel
}

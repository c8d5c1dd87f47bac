import { type Kernel, LocalKernel } from '../../src/process/index.ts'
import { settled } from '../support/processes.ts'
import { type TwoKernels, twoKernels } from '../support/two-kernels.ts'

/** Where the two sides of a behaviour are: the same promises hold for each. */
export interface Meeting {
  /** The node of those who ask, */
  readonly here: Kernel
  /** and of those who answer. */
  readonly there: Kernel
  readonly wire: TwoKernels | undefined
  settle(): Promise<void>
}

export const places: readonly { readonly where: string; meet(): Meeting }[] = [
  {
    where: 'on the same node',
    meet() {
      const kernel = new LocalKernel()
      return { here: kernel, there: kernel, wire: undefined, settle: () => settled() }
    },
  },
  {
    where: 'on another node',
    meet() {
      const wire = twoKernels()
      return { here: wire.a, there: wire.b, wire, settle: wire.settle }
    },
  },
]

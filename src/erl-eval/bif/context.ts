import { Pid, Port, Reference } from '../../term/index.ts'
import { currentMachine } from '../machine/index.ts'
import { badarg, type Functions } from '../value/index.ts'

/** Functions that guards may call about the current process and node. */
export const context: Functions = {
  self: () => currentMachine().process.pid,
  node: (of: unknown = undefined) => {
    if (of === undefined) return currentMachine().process.kernel.name
    return of instanceof Pid || of instanceof Reference || of instanceof Port ? of.node : badarg()
  },
}

import type { Kernel } from '../../process/index.ts'
import { atom, badarg, ErlangError, type Term, tuple } from '../../term/index.ts'
import { currentFunctionOf, processInfoOf } from '../modules/index.ts'

/** `recon:proc_count/2`: the processes with the greatest values of an item of `process_info/2`, the greatest first. */
export function processCount(kernel: Kernel, item: Term, count: Term): Term {
  if (typeof count !== 'number' || count < 0) throw new ErlangError(badarg)
  return kernel
    .processes()
    .map((process) => {
      const [, value] = (processInfoOf(kernel, process.pid, [item]) as { elements: readonly Term[] }).elements
      return { process, value: typeof value === 'number' ? value : 0 }
    })
    .sort((a, b) => b.value - a.value)
    .slice(0, count)
    .map(({ process, value }) => {
      const [, initial] = (
        processInfoOf(kernel, process.pid, [atom('initial_call')]) as { elements: readonly Term[] }
      ).elements
      const name = process.registeredName === undefined ? [] : [process.registeredName]
      return tuple(process.pid, value, [
        ...name,
        tuple(atom('current_function'), currentFunctionOf(process)),
        tuple(atom('initial_call'), initial),
      ])
    })
}

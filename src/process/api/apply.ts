import { type Atom, atom, type ExportFun, type Fun, nameToAtom, type Term, toAtom } from '../../term/index.ts'
import type { Kernel } from '../local-process.ts'
import { currentKernel } from './current-kernel.ts'

const ERLANG = atom('erlang') as Atom
const APPLY = atom('apply') as Atom

/**
 * Calls a function that another node has sent, such as a fun in a message, or a function by its module and name. A fun that was
 * typed at another node runs only in a shell and on a node with the option `closures`.
 *
 * When not to use it: for a function of this program. Call it.
 *
 * @returns the result; a promise of it for a fun that was typed at another node
 * @throws ErlangError with the reason `badfun`, `badarity` or `undef`
 * @example receive(on(tuple(atom('run'), _.fun), ([, fun]) => apply(fun, [1, 2])))
 * @see `Kernel.apply/2` and `Kernel.apply/3`
 */
export function apply(fun: Fun | ExportFun, args: readonly Term[]): unknown
export function apply(module: string | Atom, name: string | Atom, args: readonly Term[]): unknown
export function apply(...call: readonly unknown[]): unknown {
  const [first, second, args] = call as readonly [string | Atom, string | Atom, readonly Term[]]
  if (call.length === 2)
    return applyFun(currentKernel(), first as unknown as Fun, second as unknown as readonly Term[])
  return currentKernel().apply(nameToAtom(first), toAtom(second), args)
}

/** Calls a fun of another node. The node decides whether code of other nodes may run on it. */
export function applyFun(kernel: Kernel, fun: Fun | ExportFun, args: readonly Term[]): unknown {
  return kernel.apply(ERLANG, APPLY, [fun, args as Term])
}

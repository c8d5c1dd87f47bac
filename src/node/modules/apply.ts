import { Atom, atom, badarg, ErlangError, ExportFun, Fun, type Term, tuple } from '../../term/index.ts'
import type { ModuleHost } from './host.ts'

/** `erlang:apply/2` and `erlang:apply/3`: calls a fun, or a function by module and name. */
export function applyFunction({ kernel, callFun }: ModuleHost, args: readonly Term[]): unknown {
  const list = args.at(-1)
  if (!Array.isArray(list)) throw new ErlangError(badarg)
  const [first, name] = args
  if (args.length === 3) {
    if (!(first instanceof Atom) || !(name instanceof Atom)) throw new ErlangError(badarg)
    return kernel.apply(first, name, list)
  }
  if (first instanceof ExportFun) {
    if (first.arity !== list.length) throw new ErlangError(tuple(atom('badarity'), tuple(first, list)))
    return kernel.apply(first.module, first.name, list)
  }
  if (first instanceof Fun) return callFun(first, list)
  throw new ErlangError(tuple(atom('badfun'), first))
}

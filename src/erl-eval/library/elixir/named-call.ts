import { type Atom, atom, ExportFun } from '../../../term/index.ts'

/** Returns what stands for a function of a module, for a call of it. */
export function namedCall(module: Atom, name: string, arity: number): ExportFun {
  return new ExportFun(module, atom(name) as Atom, arity)
}

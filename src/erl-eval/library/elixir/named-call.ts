import { type Atom, atom, ExportFun } from '../../../term/index.ts'

/** Returns the exported function of a module with this name and arity. */
export function namedCall(module: Atom, name: string, arity: number): ExportFun {
  return new ExportFun(module, atom(name) as Atom, arity)
}

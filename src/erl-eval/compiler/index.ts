/** Compiles Erlang's abstract format to instructions of the machine: https://www.erlang.org/doc/apps/erts/absform */
export { INSIDE_FUN } from './atoms.ts'
export type { CompilationUnit } from './context.ts'
export { type Form, kindOf, listOfForms, listPart, nameIn, part, partCount } from './form.ts'
export { FunctionCompiler } from './function.ts'
export { Scope } from './scope.ts'

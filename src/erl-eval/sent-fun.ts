import { Atom, type Fun, isTuple, type Term } from '../term/index.ts'
import {
  type CompilationUnit,
  type Form,
  FunctionCompiler,
  listOfForms,
  listPart,
  Scope,
} from './compiler/index.ts'
import { ERL_EVAL } from './machine/index.ts'
import { Closure, ErlMap, fromTerm, Raise, readFunParts } from './value/index.ts'

/** Function of `erl_eval` that runs code of a prompt. */
const EXPR = Atom.intern('expr')

/**
 * Returns the closure of a fun that `erl_eval` made on another node; undefined for one of a compiled module.
 *
 * Its free variable is `{Anno, Bindings, LocalHandler, ExternalHandler, UsedVars, Clauses}`, followed by the name for a named
 * fun. Bindings are a map or a list of pairs. The handlers belong to the shell in which the fun was typed, and are not called.
 *
 * @throws Raise `badarg` for a free variable of another form, `system_limit` for code that is nested too deeply
 */
export function compileFun(fun: Fun): Closure | undefined {
  if (fun.module !== ERL_EVAL) return undefined
  const [data] = readFunParts(fun).free
  if (!isTuple(data) || data.length < 6) return undefined
  const { elements } = data
  const bindings = bindingsOf(elements[1] as Term)
  const clauses = listOfForms(elements[5] as Form)
  const name = elements[6]
  const outer = new Scope(bindings.length, undefined)
  for (const [i, [variable]] of bindings.entries()) outer.variables.set(variable, i)
  const unit: CompilationUnit = {
    module: ERL_EVAL,
    prompt: { origin: fun, handlers: [elements[2], elements[3]] },
    local: () => undefined,
    imported: () => undefined,
  }
  const compiler = new FunctionCompiler(unit, EXPR, listPart(clauses[0], 2).length, undefined, outer)
  const code = compiler.compile(clauses, name instanceof Atom ? name : undefined, elements[0] as Form)
  return new Closure(
    code,
    compiler.scope.captures.map(({ from }) => bindings[from]![1]),
  )
}

function bindingsOf(bindings: Term): [string, unknown][] {
  const value = fromTerm(bindings)
  const entries =
    value instanceof ErlMap
      ? value.entries()
      : listOfForms(bindings).map((pair) =>
          isTuple(pair) ? [pair.elements[0], fromTerm(pair.elements[1] as Term)] : [],
        )
  return entries.map(([name, bound]) => {
    if (!(name instanceof Atom)) throw new Raise('error', Atom.intern('badarg'))
    return [name.name, bound]
  })
}

import { atom, ExportFun, isTuple, tuple } from '../../term/index.ts'
import {
  BY_CALLER,
  ErlMap,
  type FunctionCode,
  type FunSource,
  listOf,
  NIL,
  type Raise,
} from '../value/index.ts'

/** Maximum number of functions in a stacktrace, as on a BEAM. */
const DEPTH = 8
/** Number of entries of the machine's stack for one call. */
const FRAME = 4

const owners = new WeakMap<readonly unknown[], FunctionCode>()

/** Associates instructions with their function, for stacktraces. */
export function nameInstructions(instructions: readonly unknown[], code: FunctionCode): void {
  owners.set(instructions, code)
}

/** Returns the entries of a stacktrace: the function that raised the exception, then those that called it. */
export function stackOf(
  { origin }: Raise,
  current: readonly unknown[],
  stack: readonly unknown[],
): unknown[] {
  const entries: unknown[] = []
  if (origin && origin !== BY_CALLER) {
    const { module, name, args } = origin
    const location = module === ERLANG ? ERROR_INFO : NIL
    entries.push(tuple(module, name, typeof args === 'number' ? args : listOf(args), location))
  }
  const caller = owners.get(current)
  // The evaluator itself calls `erlang:error/1` for code of a prompt.
  if (origin === BY_CALLER && caller?.source) entries.push(callerIn(caller.source))
  let before: FunctionCode | undefined
  for (let at = stack.length; at >= 0 && entries.length < DEPTH; at -= FRAME) {
    const code = owners.get(at === stack.length ? current : (stack[at] as readonly unknown[]))
    if (!code || (code === before && code.source)) continue
    before = code
    entries.push(tuple(code.module, code.name, code.source ? EXPR_ARITY : code.arity, NIL))
  }
  return entries
}

const ERLANG = atom('erlang')
/** Annotation of a stack entry: the module that formats errors of functions of `erlang`. */
const ERROR_INFO = listOf([
  tuple(atom('error_info'), ErlMap.from([[atom('module'), atom('erl_erts_errors')]])),
])

/** Arity of `erl_eval:expr/6`, the function that a stack shows for a fun of a prompt, as on a BEAM. */
const EXPR_ARITY = 6
export const ERL_EVAL: ReturnType<typeof atom<'erl_eval'>> = atom('erl_eval')
const DO_APPLY = tuple(ERL_EVAL, atom('do_apply'), 7, NIL)
const ELIXIR_HANDLER = tuple(atom('elixir'), atom('eval_external_handler'), 3, NIL)

// Elixir 1.17 and later handle the calls that a fun of iex makes.
function callerIn({ handlers: [, handler] }: FunSource): unknown {
  const fun = isTuple(handler) ? handler.elements[1] : undefined
  return fun instanceof ExportFun && fun.module === ELIXIR_HANDLER.elements[0] ? ELIXIR_HANDLER : DO_APPLY
}

import { type Kernel, THIS_NODE } from '../../process/index.ts'
import { type Atom, atom, ErlangError, type Fun, type Term, tuple } from '../../term/index.ts'

/** Calls a fun of another node, and returns its result or a promise of it. */
export type FunCaller = (fun: Fun, args: readonly Term[]) => unknown

/**
 * Calls a function that another Moebi node sent as source text, and returns its result or a promise of it.
 *
 * @param bindings map from the names of its free variables to their values
 */
export type ClosureCaller = (source: Term, bindings: Term, args: Term) => unknown

/** Module and function that a Moebi node calls to run a function of its prompt: `moebi_closure:apply(Source, Bindings, Args)`. */
export const CLOSURE_MODULE: Atom<'moebi_closure'> = atom('moebi_closure')
export const APPLY: Atom<'apply'> = atom('apply')

/** Defines the function that other Moebi nodes call with the source text of a function. */
export function defineClosureCall(kernel: Kernel, onClosure: ClosureCaller): void {
  kernel.modules.define(
    `:${CLOSURE_MODULE.name}`,
    {
      [APPLY.name]: (source: Term, bindings: Term, args: Term) => onClosure(source, bindings, args),
    },
    THIS_NODE,
  )
}

const ERL_EVAL = atom('erl_eval')

/** Refuses a fun, with an exit reason that says what to do; a fun of a compiled module is `{badfun, Fun}`. */
export function refuseFun(fun: Fun): never {
  throw badfun(
    fun.module === ERL_EVAL
      ? `${REFUSAL} Name a function that it has: Node.spawn_link(node, Kate, :say_name, [])`
      : fun,
  )
}

/** Refuses a function of the prompt of a Moebi node, with an exit reason that says what to do. */
export function refuseClosure(): never {
  throw badfun(`${REFUSAL} Name a function that it has: Node.spawnLink(node, 'Kate', 'sayName', [])`)
}

const REFUSAL =
  'this node does not run functions that were typed at another node: only shells do, and nodes with the option closures.'

function badfun(reason: Term): ErlangError {
  return new ErlangError(tuple(atom('badfun'), reason))
}

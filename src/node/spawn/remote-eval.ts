import { currentKernel, currentProcess, nodeAtom } from '../../process/index.ts'
import {
  type Atom,
  atom,
  ErlangError,
  isTuple,
  noconnection,
  normal,
  type Term,
  tuple,
} from '../../term/index.ts'
import { erpcCall } from '../rpc/index.ts'
import { Code } from './code.ts'
import { remoteCallOf, type SpawningNode } from './remote-call.ts'

type AnyFunction = (...args: never[]) => unknown

/** Arguments of `Node.eval`: the node, then code, or a function and its arguments. */
export type EvalRequest = [node: string | Atom, fn: AnyFunction | Code, ...args: Term[]]

/** Call signatures of `Node.eval`. */
export interface RemoteEval {
  (node: string | Atom, code: Code): Promise<Term>
  <A extends readonly Term[], R>(node: string | Atom, fn: (...args: A) => R, ...args: A): Promise<Awaited<R>>
}

/** Evaluates code or a function on a node and resolves with its value. @see {@link RemoteEval} */
export async function remoteEval(
  [node, fn, ...args]: EvalRequest,
  spawningNode: () => SpawningNode,
): Promise<Term> {
  const target = nodeAtom(node)
  const kernel = currentKernel()
  if (typeof fn === 'function' && target === kernel.name)
    return (await (fn as (...args: readonly Term[]) => unknown)(...args)) as Term
  const call = await remoteCallOf(target, fn, args, spawningNode)
  if (!call) throw new ErlangError(tuple(atom('erpc'), noconnection))
  const owner = currentProcess()
  const process = owner ?? kernel.createEphemeral('Node.eval()')
  try {
    const result = await erpcCall(process, target, call.module, call.name, call.args)
    // Code.eval_string returns the variables as well.
    if (!(fn instanceof Code) || fn.language === 'erlang') return result
    return isTuple(result) ? (result.elements[0] as Term) : result
  } finally {
    if (!owner) process.exit(normal)
  }
}

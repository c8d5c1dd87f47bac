import { checkTerm } from '../../etf/index.ts'
import { type Kernel, THIS_NODE, UndefinedFunction } from '../../process/index.ts'
import { Atom, atom, ExitError, errorToReason, isTuple, type Term, tuple } from '../../term/index.ts'

// Calls of functions on other nodes, as in OTP's module erpc: each call spawns a process on the other node, which exits with the
// result as its reason, {Ref, return, Value}. https://www.erlang.org/doc/apps/kernel/erpc

export const ERPC: Atom<'erpc'> = atom('erpc')
const EXECUTE_CALL = atom('execute_call')
const RETURN = atom('return')
const ERROR = atom('error')

/** How a called function ended. */
export type CallResult =
  | { readonly class: 'return' | 'throw' | 'exit'; readonly value: Term }
  | { readonly class: 'error'; readonly value: Term; readonly stack: Term }

/**
 * Calls an exported function, waits for an asynchronous result, and returns how the call ended. Never rejects.
 *
 * @param check throws for a result that cannot be sent; the call has failed then
 */
export async function execute(
  kernel: Kernel,
  module: Atom,
  name: Atom,
  args: readonly Term[],
  check: (value: unknown) => void = () => {},
): Promise<CallResult> {
  try {
    const value = await kernel.apply(module, name, args)
    check(value)
    return { class: 'return', value: value as Term }
  } catch (thrown) {
    if (thrown instanceof ExitError) return { class: 'exit', value: thrown.reason }
    if (!(thrown instanceof Error)) return { class: 'throw', value: thrown as Term }
    const reason = thrown instanceof UndefinedFunction ? thrown.reason : errorToReason(thrown)
    const [value, stack] = isTuple(reason) ? (reason.elements as readonly Term[]) : []
    const called = [tuple(module, name, args.length, [])]
    if (Array.isArray(stack)) return { class: 'error', value, stack: stack.length > 0 ? stack : called }
    return { class: 'error', value: reason, stack: called }
  }
}

/** Defines the functions of the module `erpc` that peers spawn on this node. */
export function defineErpc(kernel: Kernel): void {
  const executeCall = async (ref: Term, module: Atom, name: Atom, args: readonly Term[]): Promise<never> => {
    const outcome = await execute(kernel, module, name, args, checkTerm)
    const { value } = outcome
    if (outcome.class === 'error') throw new ExitError(tuple(ref, ERROR, value, outcome.stack))
    throw new ExitError(tuple(ref, outcome.class === 'return' ? RETURN : atom(outcome.class), value))
  }
  kernel.modules.define(
    ':erpc',
    {
      execute_call: async (...args: Term[]): Promise<Term> => {
        const [module, name, list] = args.slice(-3)
        if (args.length > 4 || !(module instanceof Atom) || !(name instanceof Atom) || !Array.isArray(list))
          throw new UndefinedFunction(ERPC, EXECUTE_CALL, args)
        if (args.length === 4) return executeCall(args[0], module, name, list)
        return tuple(RETURN, (await kernel.apply(module, name, list)) as Term)
      },
      execute_cast: (module: Atom, name: Atom, args: readonly Term[]): unknown =>
        kernel.apply(module, name, args),
    },
    THIS_NODE,
  )
}

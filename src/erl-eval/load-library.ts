import type { Kernel } from '../process/index.ts'
import type { Fun, Term } from '../term/index.ts'

/** Loads the library of functions of Erlang and Elixir, and returns {@link libraryCaller} of a kernel. */
export async function loadLibrary(
  kernel: Kernel,
  callFun: (fun: Fun, args: readonly Term[]) => unknown,
): Promise<Kernel['undefinedFunction']> {
  const { libraryCaller } = await import('./library-caller.ts')
  return libraryCaller(kernel, callFun)
}

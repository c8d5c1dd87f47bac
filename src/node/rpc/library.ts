import { type Kernel, UndefinedFunction } from '../../process/index.ts'
import type { Atom, Term } from '../../term/index.ts'

/**
 * Calls a function of the libraries of Erlang and Elixir in the current process, such as `lists:reverse/1`.
 *
 * @throws UndefinedFunction for a function that is in no library
 */
export type LibraryCaller = (module: Atom, name: Atom, args: readonly Term[]) => unknown

/** Loads the libraries for a node. */
export type LibraryLoader<N> = (node: N) => Promise<LibraryCaller>

/** Lets other nodes call functions of the libraries on a node. They are loaded at the first call of a function that it does not export. */
export function defineLibrary(kernel: Kernel, load: () => Promise<LibraryCaller> | undefined): void {
  let library: Promise<LibraryCaller> | undefined
  kernel.undefinedFunction = async (module, name, args) => {
    library ??= load()
    if (!library) throw new UndefinedFunction(module, name, args)
    return (await library)(module, name, args)
  }
}

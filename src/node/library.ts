import { loadLibrary } from '../erl-eval/index.ts'
import type { Kernel } from '../process/index.ts'
import type { FunCaller } from './rpc/index.ts'

/**
 * Gives a kernel the library of functions of Erlang and Elixir: a call of a function that is not defined is a call of the library.
 * The library is loaded when it is first needed.
 *
 * @see `error_handler:undefined_function/3`
 */
export function serveLibrary(kernel: Kernel, callFun: FunCaller): void {
  let library: Promise<Kernel['undefinedFunction']> | undefined
  const load = async (): Promise<Kernel['undefinedFunction']> => {
    const call = await loadLibrary(kernel, callFun)
    kernel.undefinedFunction = call
    return call
  }
  const loaded = (): Promise<Kernel['undefinedFunction']> => {
    library ??= load()
    return library
  }
  kernel.undefinedFunction = async (module, name, args) => (await loaded())(module, name, args)
  // Modules of Elixir do not need the check: a program may have its own Registry.
  kernel.beforeDefine = async (modules) => {
    if (modules.some((name) => name.startsWith(':'))) await loaded()
  }
}

import type { Kernel } from '../process/index.ts'
import type { FunCaller } from './rpc/index.ts'

type UndefinedFunctionHandler = Kernel['undefinedFunction']

/**
 * Returns the function that calls what is not defined on a node: the functions of the library, which is loaded at the first call.
 *
 * @see `error_handler:undefined_function/3`
 */
export function libraryCaller(kernel: Kernel, callFun: FunCaller): UndefinedFunctionHandler {
  let call: UndefinedFunctionHandler | undefined
  return (module, name, args) => {
    if (call) return call(module, name, args)
    return import('../erl-eval/index.ts').then((interpreter) => {
      call ??= interpreter.libraryCaller(kernel, callFun)
      return call(module, name, args)
    })
  }
}

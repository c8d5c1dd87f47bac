import { type Kernel, requireProcess, UndefinedFunction } from '../process/index.ts'
import { type Atom, ExportFun, type Fun, type Term } from '../term/index.ts'
import { library } from './library/index.ts'
import { type CodeLoader, evaluate } from './machine/index.ts'
import { moduleInfo } from './module-info.ts'
import { NodeCodeLoader } from './node-code-loader.ts'
import { fromTerm } from './value/index.ts'

/**
 * Returns a function that calls a function of the library by its name, in the current process. A node uses it for the calls of its
 * peers that name a function which is not defined on the node. From then on a program cannot define a function of Erlang that the
 * library has.
 *
 * @param callFun calls a fun of another node that was an argument of the call, or refuses it
 */
export function libraryCaller(
  kernel: Kernel,
  callFun: (fun: Fun, args: readonly Term[]) => unknown,
): (module: Atom, name: Atom, args: readonly Term[]) => unknown {
  const codeLoader = new NodeCodeLoader(kernel, { callFun })
  // Like a sticky directory of a BEAM: a program cannot replace a function of Erlang.
  kernel.modules.reserved = (module, name) => {
    const functions = module.name.startsWith('Elixir.') ? undefined : library.functions(module)
    return functions && Object.hasOwn(functions, name) ? functions[name] : undefined
  }
  return (module, name, args) => {
    const info = moduleInfo(kernel, module, name, args)
    if (info !== undefined) return info
    if (!codeLoader.resolve(module, name, args.length)) throw new UndefinedFunction(module, name, args)
    const process = requireProcess(`${module.name}:${name.name}`)
    // A peer may have named the function as the argument of another one, such as erpc:call.
    if (process.origin?.peer) kernel.checkNamed?.(module, name, args)
    return evaluate(
      checkNested(kernel, codeLoader),
      process,
      new ExportFun(module, name, args.length),
      args.map(fromTerm),
    )
  }
}

/** The called function itself is allowed. The node may refuse those that it calls by name, such as the argument of `lists:map`. */
function checkNested(kernel: Kernel, codeLoader: CodeLoader): CodeLoader {
  let isFirst = true
  return {
    resolve: (module, name, arity) => {
      // The arguments are not known yet, their number is.
      if (!isFirst) kernel.checkNamed?.(module, name, new Array<Term>(arity).fill(null))
      isFirst = false
      return codeLoader.resolve(module, name, arity)
    },
    hasModule: (module) => codeLoader.hasModule(module),
    closureOf: (fun) => codeLoader.closureOf(fun),
  }
}

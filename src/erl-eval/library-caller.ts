import { type LibraryCaller, type RunningNode, refuseFun } from '../node/index.ts'
import { type Kernel, requireProcess, UndefinedFunction } from '../process/index.ts'
import { ExportFun, Fun } from '../term/index.ts'
import { evaluate } from './machine/index.ts'
import { builtInFunctions, NodeCodeLoader } from './node-code-loader.ts'
import { funCodeLoader } from './serve.ts'
import { fromTerm } from './value/index.ts'

/**
 * Returns a function that calls functions of the libraries of Erlang and Elixir in the current process, for other nodes that call
 * them by name: `:rpc.call(node, :lists, :reverse, [[1, 2]])`. It fetches no modules. A fun in the arguments is called only by a
 * node that runs funs.
 */
export function libraryCaller(node: RunningNode): LibraryCaller {
  const { kernel } = node
  const own = new LibraryCodeLoader(kernel)
  return (module, name, args) => {
    if (!own.resolve(module, name, args.length)) throw new UndefinedFunction(module, name, args)
    const fun = args.find((arg) => arg instanceof Fun)
    return evaluate(
      (fun && funCodeLoader(node, fun)) ?? own,
      requireProcess(`${module.name}.${name.name}/${args.length}`),
      new ExportFun(module, name, args.length),
      args.map(fromTerm),
    )
  }
}

/** Finds functions of this node and of its libraries, and refuses funs of other nodes. */
class LibraryCodeLoader extends NodeCodeLoader {
  constructor(kernel: Kernel) {
    super(kernel, builtInFunctions(kernel), undefined)
  }

  override closureOf(fun: Fun): never {
    return refuseFun(fun)
  }
}

import { IO } from '../../io/index.ts'
import { type Kernel, type LocalProcess, requireProcess } from '../../process/index.ts'
import {
  _,
  type Atom,
  atom,
  badarg,
  ErlangError,
  ExportFun,
  Fun,
  is,
  Pid,
  type Term,
  tuple,
} from '../../term/index.ts'
import { processInfo } from './process-info.ts'
import type { FunCaller } from './sent-functions.ts'

export interface BifOptions {
  /** Calls a fun of another node. Without this option a fun fails with `{badfun, Fun}`. */
  readonly onFun?: FunCaller
  /** Returns the connected nodes. */
  readonly nodes?: () => readonly Atom[]
}

/** Defines the functions that peers call on every node, such as `erlang:apply/3` and `erlang:nodes/0`. */
export function defineBifs(kernel: Kernel, { onFun, nodes = () => [] }: BifOptions = {}): void {
  const applyFun = (fun: Term, args: Term): unknown => {
    if (!Array.isArray(args)) throw new ErlangError(badarg)
    if (fun instanceof ExportFun) {
      if (fun.arity !== args.length) throw new ErlangError(tuple(atom('badarity'), tuple(fun, args)))
      return kernel.apply(fun.module, fun.name, args)
    }
    if (fun instanceof Fun && onFun) return onFun(fun, args)
    throw new ErlangError(tuple(atom('badfun'), fun))
  }
  const applyNamed = (module: Term, name: Term, args: Term): unknown => {
    if (!is(module, _.atom) || !is(name, _.atom) || !Array.isArray(args)) throw new ErlangError(badarg)
    return kernel.apply(module, name, args)
  }
  const self = (): Pid => requireProcess('self()').pid
  const node = (): Atom => kernel.name
  kernel.modules.define(':erlang', {
    apply: (first: Term, second: Term, ...rest: Term[]) =>
      rest.length > 0 ? applyNamed(first, second, rest[0]) : applyFun(first, second),
    is_process_alive: (pid: Term) => find(kernel, pid) !== undefined,
    node,
    nodes,
    process_info: (pid: Term, ...items: Term[]) => processInfo(find(kernel, pid), ...items),
    self,
  })
  kernel.modules.define('IO', {
    inspect: (term: Term) => IO.inspect(term),
    puts: (...args: Parameters<typeof IO.puts>) => IO.puts(...args),
    write: (...args: Parameters<typeof IO.write>) => IO.write(...args),
  })
  kernel.modules.define('Kernel', { inspect: (term: Term) => kernel.inspect(term), node, self })
  kernel.modules.define('Node', { list: nodes, self: node })
}

function find(kernel: Kernel, pid: Term): LocalProcess | undefined {
  if (!(pid instanceof Pid) || !kernel.isLocal(pid)) throw new ErlangError(badarg)
  return kernel.process(pid)
}

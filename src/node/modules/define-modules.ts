import { THIS_NODE, type Timeout } from '../../process/index.ts'
import { Atom, atom, badarg, ErlangError, infinity, type Term, tuple } from '../../term/index.ts'
import { erpc, rpc } from '../rpc/index.ts'
import { applyFunction } from './apply.ts'
import type { ModuleHost } from './host.ts'
import { netKernelModule } from './net-kernel.ts'
import { NodeFunctions } from './nodes.ts'
import { processInfoOf } from './process-info.ts'

type Call = (node: Atom, module: Atom, name: Atom, args: readonly Term[], timeout: Timeout) => Promise<Term>

function onTerms(call: Call): Call {
  return (node, module, name, args, timeout = infinity) => {
    const isCall =
      node instanceof Atom && module instanceof Atom && name instanceof Atom && Array.isArray(args)
    if (!isCall || !(timeout === infinity || (typeof timeout === 'number' && timeout >= 0)))
      throw new ErlangError(badarg)
    return call(node, module, name, args, timeout)
  }
}

/** Defines the functions that concern this node and its peers, under the names that Erlang and Elixir have for them. */
export function defineModules(host: ModuleHost): void {
  const { kernel } = host
  const node = new NodeFunctions(host)
  const modules: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    ':erlang': {
      apply: (first: Term, second: Term, third: Term = undefined) =>
        applyFunction(host, third === undefined ? [first, second] : [first, second, third]),
      disconnect_node: node.disconnect,
      get_cookie: node.getCookie,
      halt: node.halt,
      is_alive: () => true,
      monitor_node: node.monitor,
      nodes: node.list,
      process_info: (pid: Term, item: Term = undefined) =>
        processInfoOf(kernel, pid, item === undefined ? [] : [item]),
      set_cookie: node.setCookie,
    },
    ':erpc': { call: onTerms(erpc.call) },
    ':rpc': { call: onTerms(rpc.call), block_call: onTerms(rpc.call) },
    ':net_adm': { ping: node.ping },
    ':net_kernel': netKernelModule(host, node),
    ':init': { get_status: () => tuple(atom('started'), atom('started')), stop: node.stopProgram },
    Node: {
      'alive?': () => true,
      connect: node.connect,
      disconnect: node.disconnect,
      get_cookie: node.getCookie,
      list: node.list,
      monitor: node.monitor,
      ping: node.ping,
      self: () => kernel.name,
      set_cookie: node.setCookie,
    },
    System: { halt: node.halt, stop: node.stopProgram },
  }
  for (const [name, functions] of Object.entries(modules)) kernel.modules.define(name, functions, THIS_NODE)
}

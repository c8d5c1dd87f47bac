import type { RunningNode } from '../node/index.ts'
import { type Kernel, requireProcess } from '../process/index.ts'
import { type Atom, type Fun, nonode, Pid, type Term } from '../term/index.ts'
import { Lender } from './lender.ts'
import { evaluate } from './machine/index.ts'
import { fromTerm, readFunParts } from './value/index.ts'
import { builtInFunctions, NodeWorld } from './world.ts'

/** Options of {@link serveFuns}. */
export interface ServeFunsOptions {
  /**
   * Whether a module that this node does not have is fetched from the node that sent the fun. Default: true.
   */
  readonly borrow?: boolean
}

/**
 * Lets a node run funs that were typed at the prompt of an Erlang or Elixir node. Their senders have the cookie, and may run
 * code here by that; even so only shells do this, and programs that ask for it.
 */
export function serveFuns(node: RunningNode, options: ServeFunsOptions = {}): void {
  const worlds = new Worlds(node.kernel, options.borrow ?? true)
  node.callFun = (fun, args) => worlds.call(fun, args)
  node.peers.subscribe({ up: () => {}, down: (peer) => worlds.forget(peer) })
}

/** Returns a function that calls funs of other nodes, as code of the process that it is called in. Nothing is borrowed. */
export function funCaller(kernel: Kernel): (fun: Fun, args: readonly Term[]) => Promise<Term> {
  const worlds = new Worlds(kernel, false)
  return (fun, args) => worlds.call(fun, args)
}

/** What funs find here, for each node that they came from. */
class Worlds {
  readonly #kernel: Kernel
  readonly #borrow: boolean
  readonly #builtIn: ReturnType<typeof builtInFunctions>
  readonly #worlds = new Map<Atom, NodeWorld>()

  constructor(kernel: Kernel, borrow: boolean) {
    this.#kernel = kernel
    this.#borrow = borrow
    this.#builtIn = builtInFunctions(kernel)
  }

  call(fun: Fun, args: readonly Term[]): Promise<Term> {
    const process = requireProcess('a fun of another node')
    return evaluate(this.#worldOf(originOf(fun)), process, fun, args.map(fromTerm))
  }

  /** The modules of a node are asked for again when it is connected again. */
  forget(node: Atom): void {
    this.#worlds.delete(node)
  }

  #worldOf(node: Atom): NodeWorld {
    const known = this.#worlds.get(node)
    if (known) return known
    const lends = this.#borrow && node !== nonode && node !== this.#kernel.name
    const world = new NodeWorld(
      this.#kernel,
      this.#builtIn,
      lends ? new Lender(this.#kernel, node) : undefined,
    )
    this.#worlds.set(node, world)
    return world
  }
}

/** The node on which a fun was made: that of the pid in it. */
function originOf(fun: Fun): Atom {
  try {
    const { creator } = readFunParts(fun)
    return creator instanceof Pid ? creator.node : nonode
  } catch {
    return nonode
  }
}

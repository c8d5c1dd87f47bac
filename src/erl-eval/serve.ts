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
 * Lets a node run funs that were typed at the prompt of an Erlang or Elixir node. A node with the cookie may thus run any code on
 * this node. Shells call this; other programs must call it themselves.
 */
export function serveFuns(node: RunningNode, options: ServeFunsOptions = {}): void {
  const worlds = new Worlds(node.kernel, options.borrow ?? true)
  node.callFun = (fun, args) => worlds.call(fun, args)
  node.peers.subscribe({ up: () => {}, down: (peer) => worlds.forget(peer) })
}

/** Returns a function that calls funs of other nodes in the current process. It fetches no modules. */
export function funCaller(kernel: Kernel): (fun: Fun, args: readonly Term[]) => Promise<Term> {
  const worlds = new Worlds(kernel, false)
  return (fun, args) => worlds.call(fun, args)
}

/** Functions and modules that funs can call, for each node that sends funs. */
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

  /** Forgets the modules of a node: they are fetched again after the next connection. */
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

/** Returns the node on which a fun was made: the node of the pid in it. */
function originOf(fun: Fun): Atom {
  try {
    const { creator } = readFunParts(fun)
    return creator instanceof Pid ? creator.node : nonode
  } catch {
    return nonode
  }
}

import { type Code, erpc, type RunningNode } from '../../node/index.ts'
import { type LocalProcess, runInProcess } from '../../process/index.ts'
import { type Atom, atom, type Term } from '../../term/index.ts'

/** Longest time that the observer waits for an answer of a node, in ms. */
const TIMEOUT = 2_000

/** Calls functions of one node, in the name of the observer's process. */
export class NodeClient {
  readonly name: Atom
  readonly running: RunningNode
  readonly #process: LocalProcess

  constructor(running: RunningNode, process: LocalProcess, name: Atom) {
    this.running = running
    this.name = name
    this.#process = process
  }

  /** @throws what `erpc.call` throws */
  call(module: string, fn: string, args: readonly Term[], timeout: number = TIMEOUT): Promise<Term> {
    return runInProcess(this.#process, () =>
      erpc.call(this.name, atom(module) as Atom, fn, args, { timeout }),
    ) as Promise<Term>
  }

  /** Evaluates Erlang on the node, which is a BEAM. */
  evaluate({ call: { module, name, args } }: Code, timeout: number = TIMEOUT): Promise<Term> {
    return runInProcess(this.#process, () =>
      erpc.call(this.name, module, name, args, { timeout }),
    ) as Promise<Term>
  }
}

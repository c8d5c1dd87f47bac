import type { Atom, Pid, Reference, Term } from '../../term/index.ts'
import {
  childrenCode,
  detailCode,
  infoCode,
  rowsCode,
  stateCode,
  traceCode,
  watchCode,
} from './beam-source.ts'
import type { NodeClient } from './node-client.ts'
import type { ObservedNode } from './observed-node.ts'

/** A node of Erlang or Elixir. What it is asked is Erlang, which it evaluates: nothing is installed there. */
export class BeamNode implements ObservedNode {
  readonly kind = 'beam'
  readonly #client: NodeClient

  constructor(client: NodeClient) {
    this.#client = client
  }

  get name(): Atom {
    return this.#client.name
  }

  call(module: string, fn: string, args: readonly Term[], timeout?: number): Promise<Term> {
    return this.#client.call(module, fn, args, timeout)
  }

  info(): Promise<Term> {
    return this.#client.evaluate(infoCode())
  }

  rows(pids: readonly Pid[]): Promise<Term> {
    return this.#client.evaluate(rowsCode(pids))
  }

  detail(pid: Pid): Promise<Term> {
    return this.#client.evaluate(detailCode(pid))
  }

  state(pid: Pid, timeout: number): Promise<Term> {
    return this.#client.evaluate(stateCode(pid, timeout), timeout + 500)
  }

  children(pid: Pid, most: number): Promise<Term> {
    return this.#client.evaluate(childrenCode(pid, most), 2_500)
  }

  watch(observer: Pid, to: Reference): Promise<Term> {
    return this.#client.evaluate(watchCode(observer, to))
  }

  trace(pid: Pid, observer: Pid, to: Reference, count: number): Promise<Term> {
    return this.#client.evaluate(traceCode(pid, observer, to, count))
  }
}

import { _, type Atom, is, isTuple, type Pid, type Reference, type Term, tuple } from '../../term/index.ts'
import type { NodeClient } from './node-client.ts'
import type { ObservedNode } from './observed-node.ts'

const MODULE = 'moebi_observer'

/** A Moebi node, which has the module `moebi_observer`. */
export class MoebiNode implements ObservedNode {
  readonly kind = 'moebi'
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
    return this.call(MODULE, 'info', [])
  }

  rows(pids: readonly Pid[]): Promise<Term> {
    return this.call(MODULE, 'rows', [pids])
  }

  detail(pid: Pid): Promise<Term> {
    return this.call(MODULE, 'detail', [pid])
  }

  state(pid: Pid, timeout: number): Promise<Term> {
    return this.call(MODULE, 'state', [pid, timeout], timeout + 500)
  }

  async children(pid: Pid, most: number): Promise<Term> {
    const counts = await this.call('supervisor', 'count_children', [pid], 1_000)
    const active = (Array.isArray(counts) ? counts : []).find(
      (pair) => is(pair, [_.atom, _]) && String(pair[0]) === 'specs',
    )
    const count = isTuple(active) ? Number(active.elements[1]) : 0
    return tuple(count, count > most ? [] : await this.call('supervisor', 'which_children', [pid], 1_000))
  }

  watch(observer: Pid, to: Reference): Promise<Term> {
    return this.call(MODULE, 'watch', [observer, to])
  }

  trace(pid: Pid, observer: Pid, to: Reference, count: number): Promise<Term> {
    return this.call(MODULE, 'trace', [pid, observer, to, count])
  }
}

import type { Atom, Pid, Reference, Term } from '../../term/index.ts'

/**
 * Node that the observer reads. The terms have the same form for all kinds of nodes, see `read-terms.ts`. Each function rejects with
 * what `erpc.call` throws.
 */
export interface ObservedNode {
  readonly name: Atom
  readonly kind: 'moebi' | 'beam'
  /** Calls a function that both kinds of nodes have. */
  call(module: string, fn: string, args: readonly Term[], timeout?: number): Promise<Term>
  info(): Promise<Term>
  /** @param pids at most 500 */
  rows(pids: readonly Pid[]): Promise<Term>
  detail(pid: Pid): Promise<Term>
  /** Returns the state of a server as text. */
  state(pid: Pid, timeout: number): Promise<Term>
  /** Returns the number of the children of a supervisor, and the children when they are at most `most`. */
  children(pid: Pid, most: number): Promise<Term>
  /** Sends reports to an alias until the observer ends, see `moebi_observer:watch/2`. */
  watch(observer: Pid, to: Reference): Promise<Term>
  /** Sends the messages of a process to an alias, see `moebi_observer:trace/4`. Returns the process that does so. */
  trace(pid: Pid, observer: Pid, to: Reference, count: number): Promise<Term>
}

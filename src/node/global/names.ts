import type { LocalProcess } from '../../process/index.ts'
import {
  _,
  atom,
  ExportFun,
  is,
  kill,
  type Pid,
  type Reference,
  type Term,
  TermMap,
  type Tuple,
  tuple,
} from '../../term/index.ts'
import type { Locks } from './locks.ts'

const INSERT = atom('insert')
const DELETE = atom('delete')
const NONE = atom('none')
const CONFLICT = atom('global_name_conflict')
const GLOBAL = atom('global')
const RANDOM_EXIT_NAME = atom('random_exit_name')

/** Who decides between two processes that were registered under one name before their nodes met. */
export const randomExitName: ExportFun = new ExportFun(GLOBAL, RANDOM_EXIT_NAME, 3)

type Row = Tuple<readonly [pid: Pid, method: Term, ref: Reference]>

/** `{insert, {Name, Pid, Method}}` and `{delete, Name}`, as they are sent to other nodes. */
export const operation = {
  insert: (name: Term, pid: Pid, method: Term): Term => tuple(INSERT, tuple(name, pid, method)),
  delete: (name: Term): Term => tuple(DELETE, name),
}

/** The names that processes of the whole cluster have, as this node knows them. A name goes when its process ends. */
export class Names {
  readonly #server: LocalProcess
  readonly #locks: Locks
  readonly #names = new TermMap<Term, Row>()

  constructor(server: LocalProcess, locks: Locks) {
    this.#server = server
    this.#locks = locks
  }

  get(name: Term): { readonly pid: Pid; readonly method: Term } | undefined {
    const row = this.#names.get(name)
    if (!row) return undefined
    const [pid, method] = row
    const { kernel } = this.#server
    return kernel.isLocal(pid) && !kernel.process(pid) ? undefined : { pid, method }
  }

  list(): Term[] {
    return [...this.#names.keys()]
  }

  /** `[{Name, Pid, Method}]` */
  toTerm(): Term[] {
    return [...this.#names].map(([name, [pid, method]]) => tuple(name, pid, method))
  }

  /** Notes a name, unless whoever says so has not (or no more) the lock. */
  insert(name: Term, pid: Pid, method: Term, by: Pid | { readonly lock: Term }): void {
    this.delete(name)
    const ref = this.#server.kernel.makeRef()
    this.#names.set(name, tuple(pid, method, ref) as Row)
    this.#server.ties.monitor(
      pid,
      () => {
        if (this.#names.get(name)?.[2] === ref) this.#names.delete(name)
      },
      ref,
    )
    if (!this.#locks.covers(by)) this.delete(name)
  }

  delete(name: Term): void {
    const row = this.#names.get(name)
    if (!row) return
    this.#names.delete(name)
    this.#server.ties.demonitor(row[2])
  }

  apply(operations: readonly Term[], lock: Term): void {
    for (const op of operations)
      if (is(op, [INSERT, [_, _.pid, _]])) {
        const [, [name, pid, method]] = op
        this.insert(name, pid, method, { lock })
      }
    for (const op of operations) if (is(op, [DELETE, _])) this.delete(op[1])
  }
}

/**
 * Decides between two processes with one name, and returns the one that keeps it, or `none`. Runs on a node where one of
 * them lives.
 *
 * A function of the other node cannot be called here; then it is done as `global:random_exit_name/3` does, the default:
 * the process on the node with the greater name is killed.
 *
 * @see `global:resolve_it/4`
 */
export function resolveConflict(
  server: LocalProcess,
  method: Term,
  name: Term,
  pid1: Pid,
  pid2: Pid,
): Term | Promise<Term> {
  const { kernel } = server
  if (method instanceof ExportFun && method.module !== GLOBAL && kernel.modules.has(method.module))
    return kernel.apply(method.module, method.name, [name, pid1, pid2]) as Term | Promise<Term>
  const [kept, other] = pid1.node.name < pid2.node.name ? [pid1, pid2] : [pid2, pid1]
  const word = method instanceof ExportFun ? method.name.name : RANDOM_EXIT_NAME.name
  if (word === 'notify_all_name') {
    kernel.send(server.pid, pid1, tuple(CONFLICT, name, pid2))
    kernel.send(server.pid, pid2, tuple(CONFLICT, name, pid1))
    return NONE
  }
  if (word === 'random_notify_name') kernel.send(server.pid, other, tuple(CONFLICT, name))
  else kernel.signal({ type: 'exit2', from: server.pid, to: other, reason: kill })
  return kept
}

import type { LocalProcess } from '../../process/index.ts'
import {
  _,
  atom,
  is,
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

type Row = Tuple<readonly [pid: Pid, method: Term, ref: Reference]>

/** `{insert, {Name, Pid, Method}}` and `{delete, Name}`, the changes of names that nodes send to each other. */
export const operation = {
  insert: (name: Term, pid: Pid, method: Term): Term => tuple(INSERT, tuple(name, pid, method)),
  delete: (name: Term): Term => tuple(DELETE, name),
}

/** Table of the global names that this node knows. The end of a process deletes its name. */
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

  /** Inserts a name, if the change is made under the lock. @see Locks.isStillSet */
  insert(name: Term, pid: Pid, method: Term, by: Pid | { readonly lock: Term }): void {
    this.delete(name)
    const ref = this.#server.kernel.makeRef()
    this.#names.set(name, tuple(pid, method, ref) as Row)
    this.#server.monitors.monitor(
      pid,
      () => {
        if (this.#names.get(name)?.[2] === ref) this.#names.delete(name)
      },
      ref,
    )
    if (!this.#locks.isStillSet(by)) this.delete(name)
  }

  delete(name: Term): void {
    const row = this.#names.get(name)
    if (!row) return
    this.#names.delete(name)
    this.#server.monitors.demonitor(row[2])
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

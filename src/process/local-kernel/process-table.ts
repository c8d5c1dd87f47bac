import { type Atom, Pid } from '../../term/index.ts'
import type { LocalProcess } from '../local-process.ts'
import { Table } from '../table/index.ts'

const FIRST_ID = 100
const LAST_ID = 2 ** 28

/** Live processes of one kernel by their pids, and the source of new pids. */
export class ProcessTable {
  readonly #node: Atom
  readonly #creation: number
  readonly #processes = new Table<LocalProcess>()
  #lastId = FIRST_ID
  #serial = 0

  constructor(node: Atom, creation: number) {
    this.#node = node
    this.#creation = creation
  }

  /** Returns a pid that no process has had. */
  unusedPid(): Pid {
    if (this.#lastId >= LAST_ID) {
      this.#lastId = FIRST_ID
      this.#serial++
    }
    return new Pid(this.#node, ++this.#lastId, this.#serial, this.#creation)
  }

  add(process: LocalProcess): void {
    this.#processes.set(numberOf(process.pid), process)
    Pid.setProcess(process.pid, process)
  }

  delete(process: LocalProcess): void {
    this.#processes.delete(numberOf(process.pid))
    Pid.setProcess(process.pid, undefined)
  }

  /** Returns the process with a pid of this node. */
  get(pid: Pid): LocalProcess | undefined {
    return this.#processes.get(numberOf(pid))
  }

  /** Returns the processes, the oldest first. */
  list(): LocalProcess[] {
    return this.#processes.values().sort((a, b) => numberOf(a.pid) - numberOf(b.pid))
  }
}

/** Returns a number that is unique among the processes of a kernel. */
function numberOf(pid: Pid): number {
  return pid.serial * LAST_ID + pid.id
}

import { type Atom, inspect, type Term } from '../../term/index.ts'
import type { LocalProcess } from '../local-process.ts'

/** Registered names of the processes of one kernel. */
export class RegisteredNames {
  readonly #node: Atom
  readonly #processes = new Map<Atom, LocalProcess>()

  constructor(node: Atom) {
    this.#node = node
  }

  /** Registers a live process. @throws TypeError when the name is taken, or the process has a name */
  register(process: LocalProcess, name: Atom): void {
    const objection = this.#objection(process, name)
    if (objection)
      throw new TypeError(
        `could not register ${this.#inspect(process.pid)} as ${this.#inspect(name)}: ${objection}`,
      )
    process.registeredName = name
    this.#processes.set(name, process)
  }

  #objection(process: LocalProcess, name: Atom): string | undefined {
    const holder = this.#processes.get(name)
    if (holder)
      return `the name is taken by ${this.#inspect(holder.pid)}. Choose another name, or unregister that one first.`
    if (process.registeredName)
      return `it is registered as ${this.#inspect(process.registeredName)} already, and a process has one name.`
    return process.alive ? undefined : 'it is not alive.'
  }

  /** Removes a name. Returns whether it was registered. */
  unregister(name: Atom): boolean {
    const process = this.#processes.get(name)
    if (!process) return false
    process.registeredName = undefined
    return this.#processes.delete(name)
  }

  /** Removes the name of a process that has ended. The process keeps its `registeredName`, for reports. */
  delete(process: LocalProcess): void {
    if (process.registeredName) this.#processes.delete(process.registeredName)
  }

  whereis(name: Atom): LocalProcess | undefined {
    return this.#processes.get(name)
  }

  list(): Atom[] {
    return [...this.#processes.keys()]
  }

  #inspect(term: Term): string {
    return inspect(term, { self: this.#node })
  }
}

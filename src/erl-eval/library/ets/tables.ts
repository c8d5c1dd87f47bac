import type { Kernel, LocalProcess } from '../../../process/index.ts'
import { Atom, atom, Reference, type Term, tuple } from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import { badarg, toTerm } from '../../value/index.ts'
import type { Table } from './table.ts'

const TRANSFER = atom('ETS-TRANSFER')

/** The tables of a kernel. A table ends with the process that owns it. */
class Tables {
  readonly #byRef = new Map<string, Table>()
  readonly #byName = new Map<Atom, Table>()

  add(table: Table): void {
    if (table.named && this.#byName.has(table.name)) badarg()
    this.#byRef.set(table.ref.key, table)
    if (table.named) this.#byName.set(table.name, table)
    this.#watch(table)
  }

  find(id: unknown): Table | undefined {
    if (id instanceof Reference) return this.#byRef.get(id.key)
    return id instanceof Atom ? this.#byName.get(id) : undefined
  }

  delete(table: Table): void {
    this.#byRef.delete(table.ref.key)
    if (table.named) this.#byName.delete(table.name)
  }

  rename(table: Table, name: Atom): void {
    if (table.named) {
      if (this.#byName.has(name)) badarg()
      this.#byName.delete(table.name)
      this.#byName.set(name, table)
    }
    table.name = name
  }

  all(): Table[] {
    return [...this.#byRef.values()]
  }

  /** Makes another process the owner, and tells it with a message. */
  give(table: Table, to: LocalProcess, data: unknown): void {
    const from = table.owner.pid
    table.owner = to
    this.#watch(table)
    to.deliver(tuple(TRANSFER, idOf(table), from, toTerm(data)) as Term)
  }

  #watch(table: Table): void {
    const { owner } = table
    owner.onExit(() => {
      if (table.owner !== owner || this.#byRef.get(table.ref.key) !== table) return
      const heir = table.heir && owner.kernel.process(table.heir.pid)
      if (heir?.alive && heir !== owner) this.give(table, heir, table.heir!.data)
      else this.delete(table)
    })
  }
}

/** Returns what identifies a table: its name, or its reference. */
export function idOf(table: Table): Atom | Reference {
  return table.named ? table.name : table.ref
}

const tablesOf = new WeakMap<Kernel, Tables>()

/** Returns the tables of the kernel of the current process. */
export function currentTables(): Tables {
  const { kernel } = currentMachine().process
  const known = tablesOf.get(kernel)
  if (known) return known
  const tables = new Tables()
  tablesOf.set(kernel, tables)
  return tables
}

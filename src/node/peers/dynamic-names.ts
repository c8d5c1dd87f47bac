import { randomBytes, randomInt } from 'node:crypto'
import type { DynamicName } from '../../distribution/index.ts'

/** The creations 0 to 3 are those of older releases. */
const FIRST_CREATION = 4

/**
 * Names that this node gives to nodes that ask for one: `erl -remsh` and `iex --remsh` without a name. A name is given again, with the
 * next creation, when its node has disconnected, so that a shell that is opened every day does not fill the tables of atoms.
 *
 * @see `net_kernel.erl`, `generate_node_name`
 */
export class DynamicNames {
  readonly #used = new Map<string, DynamicName>()
  /** Names that can be given again, by host. */
  readonly #free = new Map<string, DynamicName[]>()

  /** @param isTaken whether a node of this name is connected or connecting */
  choose(host: string, isTaken: (name: string) => boolean): DynamicName {
    for (;;) {
      const chosen = this.#free.get(host)?.pop() ?? {
        name: `${randomBytes(8).readBigUInt64BE().toString(36).toUpperCase()}@${host}`,
        creation: randomInt(FIRST_CREATION, 2 ** 32),
      }
      if (!isTaken(chosen.name)) return chosen
    }
  }

  /** The node with this name is connected. Before it has proved that it has the cookie, its host is not remembered. */
  use(name: DynamicName): void {
    this.#used.set(name.name, name)
  }

  /** The node with this name, which may be one that has brought its own, has disconnected. */
  release(name: string): void {
    const used = this.#used.get(name)
    if (!used) return
    this.#used.delete(name)
    const host = name.slice(name.indexOf('@') + 1)
    const creation = used.creation + 1 < 2 ** 32 ? used.creation + 1 : FIRST_CREATION
    const free = this.#free.get(host) ?? []
    free.push({ name, creation })
    this.#free.set(host, free)
  }
}

import { execFileSync } from 'node:child_process'
import type { Place } from '../support/beam.ts'
import type { Who } from './script.ts'

/**
 * Two networks for alex and kate, with long names: alex runs in the network of this machine, kate in a network namespace. A
 * pair of virtual Ethernet devices connects the two. Needs Linux, root and iproute2.
 *
 * The script contains `kate@localhost`: the names in inputs and outputs are replaced.
 */
export class Networks implements Disposable {
  readonly #namespace: string
  readonly #places: ReadonlyMap<Who, Place>

  constructor() {
    const id = process.pid
    const [alex, kate] = ['1', '2'].map((host) => `198.18.${id % 256}.${host}`) as [string, string]
    this.#namespace = `moebi-${id}`
    const entered = ['ip', 'netns', 'exec', this.#namespace]
    this.#places = new Map<Who, Place>([
      ['alex', { address: alex, gateway: alex, entered: [] }],
      ['kate', { address: kate, gateway: alex, entered }],
    ])
    const [near, far] = [`moebi${id}`, `mo${id}far`]
    try {
      ip('netns', 'add', this.#namespace)
      ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', this.#namespace)
      ip('address', 'add', `${alex}/24`, 'dev', near)
      ip('link', 'set', near, 'up')
      ip('-n', this.#namespace, 'address', 'add', `${kate}/24`, 'dev', far)
      ip('-n', this.#namespace, 'link', 'set', far, 'up')
      ip('-n', this.#namespace, 'link', 'set', 'lo', 'up')
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  placeOf(who: Who): Place {
    const place = this.#places.get(who)
    if (place === undefined) throw new Error(`${who} has no network: there are two, for alex and kate`)
    return place
  }

  nameOf(who: Who): string {
    return `${who}@${this.placeOf(who).address}`
  }

  /** Returns a line of the script with the names that the nodes have in these networks. */
  asTyped(line: string): string {
    return line.replaceAll(/(:?)\b(alex|kate)@localhost\b/g, (_, colon: string, who: Who) =>
      colon === '' ? this.nameOf(who) : `:"${this.nameOf(who)}"`,
    )
  }

  /** Returns the output of a node with the names of the script. */
  asWritten(text: string): string {
    let written = text
    for (const who of this.#places.keys())
      written = written
        .replaceAll(`:"${this.nameOf(who)}"`, `:${who}@localhost`)
        .replaceAll(this.nameOf(who), `${who}@localhost`)
    return written
  }

  /** Deletes the namespace, and with it the devices. */
  [Symbol.dispose](): void {
    try {
      ip('netns', 'delete', this.#namespace)
    } catch {
      // The namespace was not created.
    }
  }
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] })
}

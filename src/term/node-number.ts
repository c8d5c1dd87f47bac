import type { Atom } from './atom.ts'
import { globalSingleton } from './global-singleton.ts'

// The number of a node is valid in this program only. On the BEAM it is the index of the node's name in the table of atoms.
const FIRST = 9001
const numbers = globalSingleton('node numbers', () => new Map<Atom, number>())

/**
 * Returns the number of another node in `#PID<9001.106.0>`. It is assigned at the first call for a node and does not change.
 * It is never 0, which is the number of the own node.
 */
export function nodeNumber(node: Atom): number {
  let number = numbers.get(node)
  if (number === undefined) {
    number = FIRST + numbers.size
    numbers.set(node, number)
  }
  return number
}

/** Returns the node with this number. The inverse of {@link nodeNumber}. */
export function nodeByNumber(number: number): Atom | undefined {
  for (const [node, assigned] of numbers) if (assigned === number) return node
  return undefined
}

import type { Atom } from './atom.ts'
import { globalSingleton } from './global-singleton.ts'

// Numbers of nodes say nothing outside of the node that gave them; a BEAM takes the place in its table of atoms.
const FIRST = 9001
const numbers = globalSingleton('node numbers', () => new Map<Atom, number>())

/**
 * Returns the number that stands for another node in `#PID<9001.106.0>`. It is given out on first sight, is never 0 (which
 * is the own node), and stays.
 */
export function nodeNumber(node: Atom): number {
  let number = numbers.get(node)
  if (number === undefined) {
    number = FIRST + numbers.size
    numbers.set(node, number)
  }
  return number
}

/** Returns the node that has this number: the way back from {@link nodeNumber}. */
export function nodeByNumber(number: number): Atom | undefined {
  for (const [node, its] of numbers) if (its === number) return node
  return undefined
}

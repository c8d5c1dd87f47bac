import type { Server } from '../../../gen/index.ts'
import { Atom, atom, infinity, isTuple, Pid, type Term } from '../../../term/index.ts'
import { badarg } from '../../value/index.ts'

const GLOBAL = atom('global')
const VIA = atom('via')

/** Returns the server that a term names: a pid, a name, `{Name, Node}`, `{global, Name}` or `{via, Module, Name}`. */
export function serverOf(term: Term): Server {
  if (term instanceof Pid || term instanceof Atom) return term
  if (!isTuple(term)) return badarg()
  const [first, second, third] = term.elements as readonly Term[]
  if (term.length === 3 && first === VIA && second instanceof Atom) return { via: [second, third] }
  if (term.length !== 2) return badarg()
  if (first === GLOBAL) return { via: [GLOBAL, second] }
  return first instanceof Atom && second instanceof Atom ? { name: first, node: second } : badarg()
}

/** Returns the milliseconds of a timeout. Raises `badarg` for a value that is no timeout. */
export function millisecondsOf(timeout: Term): number {
  if (timeout === infinity) return Number.POSITIVE_INFINITY
  return typeof timeout === 'number' && timeout >= 0 ? timeout : badarg()
}

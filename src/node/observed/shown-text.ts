import type { Kernel } from '../../process/index.ts'
import { inspect, type Term } from '../../term/index.ts'

/** Returns a term as text of bounded length, on one line unless `width` is given. */
export function shownText(kernel: Kernel, term: Term, characters: number, width?: number): string {
  const form = width === undefined ? { pretty: false } : { width }
  const text = inspect(term, { self: kernel.name, printableLimit: 1_000, ...form })
  return text.length > characters ? `${text.slice(0, characters)}…` : text
}

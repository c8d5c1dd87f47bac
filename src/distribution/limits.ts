import { type Clock, systemClock } from '../clock/index.ts'
import { DEFAULT_TERM_LIMITS, Reader, type TermLimits } from '../etf/index.ts'
import type { Atom, Floats } from '../term/index.ts'
import { ProtocolError } from './error.ts'
import { MAX_INCOMPLETE, MAX_OPEN } from './fragment-assembler.ts'
import { MAX_FRAME } from './frame-decoder.ts'

/** Limits for what a peer sends. What exceeds one closes the connection, with a reason that names the limit. */
export interface Limits extends TermLimits {
  /** Longest frame in bytes, and longest message that is not in fragments. Default: 256 MiB. */
  readonly maxFrame?: number
  /** Most bytes of messages of which not all fragments have arrived. Default: 4 GiB. */
  readonly maxIncomplete?: number
  /** Most messages of which not all fragments have arrived. Default: 65,536. */
  readonly maxOpenMessages?: number
  /** Longest time in ms without a new fragment of such a message. Default: 600,000. */
  readonly fragmentTimeout?: number
  /** Most links between processes of the peer and of this node. Default: 262,144. */
  readonly maxLinks?: number
  /** Most monitors of the peer on processes of this node. Default: 262,144. */
  readonly maxMonitors?: number
}

export const DEFAULT_LIMITS: Required<Limits> = {
  ...DEFAULT_TERM_LIMITS,
  maxFrame: MAX_FRAME,
  maxIncomplete: MAX_INCOMPLETE,
  maxOpenMessages: MAX_OPEN,
  // Long: a sender on a BEAM is suspended while others send, and a network may be slow.
  fragmentTimeout: 600_000,
  // As many as the processes of a BEAM node with the default settings of OTP 26.
  maxLinks: 2 ** 18,
  maxMonitors: 2 ** 18,
}

interface Relations {
  readonly links: number
  readonly monitors: number
}

const NO_RELATIONS: Relations = { links: 0, monitors: 0 }

/** Returns how many links and monitors a peer has with the processes of this node. It visits all processes. */
export type CountRelations = (peer: Atom) => Relations

/** New atoms are counted in periods of so many ms. Within one, the garbage collection frees atoms that nothing holds. */
const NEW_ATOMS_PERIOD = 15_000

/** Returns a reader with the limits of a connection. */
export function limitedReader(
  limits: Limits,
  floats: Floats | undefined,
  clock: Clock = systemClock,
): Reader {
  const reader = new Reader({ ...limits, ...(floats && { floats }) })
  let since = clock.now()
  reader.onAtomsExceeded = () => {
    if (clock.now() - since < NEW_ATOMS_PERIOD) return
    since = clock.now()
    reader.newAtoms = 1
  }
  return reader
}

/** Limits for the links and the monitors of a peer. */
export class RelationLimits {
  readonly #links: RelationLimit
  readonly #monitors: RelationLimit

  /** @param count returns the exact numbers. Without it there are no limits */
  constructor(limits: Limits, count: () => Relations = () => NO_RELATIONS) {
    const { maxLinks, maxMonitors } = { ...DEFAULT_LIMITS, ...limits }
    this.#links = new RelationLimit('maxLinks', 'links', maxLinks, () => count().links)
    this.#monitors = new RelationLimit('maxMonitors', 'monitors', maxMonitors, () => count().monitors)
  }

  /** Counts a signal that sets a link. @throws ProtocolError when the peer has as many as it may */
  addLink(): void {
    this.#links.add()
  }

  /** Counts a signal that sets a monitor. @throws ProtocolError when the peer has as many as it may */
  addMonitor(): void {
    this.#monitors.add()
  }
}

/**
 * Limit for the links, or for the monitors, of a peer.
 *
 * Each signal that sets one is counted; their ends are not. When this upper bound reaches the limit, it is replaced by the exact number.
 * Counting visits all processes, so it happens once in a 64th of the limit at most: so many may exist beyond a large limit.
 */
class RelationLimit {
  readonly #name: string
  readonly #what: string
  readonly #max: number
  readonly #count: () => number
  #bound = 0

  constructor(name: string, what: string, max: number, count: () => number) {
    this.#name = name
    this.#what = what
    this.#max = max
    this.#count = count
  }

  add(): void {
    if (++this.#bound <= this.#max) return
    const exact = this.#count()
    if (exact >= this.#max)
      throw new ProtocolError(`the peer has more than ${this.#max} ${this.#what} (limit ${this.#name})`)
    this.#bound = Math.min(exact + 1, this.#max - Math.floor(this.#max / 64))
  }
}

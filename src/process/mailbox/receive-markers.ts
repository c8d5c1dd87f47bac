/**
 * Markers of one long mailbox: positions in it, each with the number of references that its kernel had made when the message there
 * arrived. A message cannot contain a reference that was made after it arrived, so a `receive` for a fresh reference begins
 * at a marker. `erlang:make_ref/0` on a BEAM sets such a marker for the `receive` that follows; here markers depend on the
 * messages, so they serve any number of references, of any process.
 *
 * Positions are counted from the first message that the mailbox ever had, see `MessageQueue`.
 */
export class ReceiveMarkers {
  /** Both lists ascend. */
  readonly #positions: number[] = []
  readonly #counts: number[] = []

  /** Notes that `count` references had been made when the message at `position`, the newest one, arrived. */
  add(position: number, count: number): void {
    this.#positions.push(position)
    this.#counts.push(count)
  }

  /** Returns a position before which no message contains the reference with this number. */
  startFor(number: number): number {
    let [low, high] = [0, this.#counts.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#counts[middle]! < number) low = middle + 1
      else high = middle
    }
    return low === 0 ? Number.NEGATIVE_INFINITY : this.#positions[low - 1]! + 1
  }

  /** Moves the markers at and behind a position: the message there was removed, and those behind it moved up. */
  moveUp(position: number): void {
    for (let i = this.#positions.length - 1; i >= 0 && this.#positions[i]! >= position; i--)
      this.#positions[i]!--
  }

  /** Drops markers before a position, when they are at least half of all. */
  dropBefore(position: number): void {
    const half = this.#positions.length >> 1
    if (half === 0 || this.#positions[half]! >= position) return
    this.#positions.splice(0, half)
    this.#counts.splice(0, half)
  }
}

/** Something in a {@link Chain}, which can be taken out at any time. */
export interface Link<T> {
  readonly value: T
  before: Link<T> | undefined
  after: Link<T> | undefined
  chain: Chain<T> | undefined
}

/** Values in the order in which they were added; adding one and taking it out again costs next to nothing. */
export class Chain<T> {
  first: Link<T> | undefined = undefined
  #last: Link<T> | undefined = undefined

  add(value: T): Link<T> {
    const link: Link<T> = { value, before: this.#last, after: undefined, chain: this }
    if (this.#last) this.#last.after = link
    else this.first = link
    this.#last = link
    return link
  }

  /** Takes it out; nothing happens when it is out already. */
  static remove<T>(link: Link<T>): void {
    const { chain, before, after } = link
    if (!chain) return
    // What is left of it must point nowhere: an old link that is garbage would keep all younger ones from being collected.
    link.chain = link.before = link.after = undefined
    if (before) before.after = after
    else chain.first = after
    if (after) after.before = before
    else chain.#last = before
  }

  /** Takes everything out, the first one first. */
  *drain(): Generator<T, void, void> {
    for (let link = this.first; link; link = this.first) {
      Chain.remove(link)
      yield link.value
    }
  }

  /** What is yielded may be taken out meanwhile. */
  *[Symbol.iterator](): Generator<T, void, void> {
    for (let link = this.first, after = link?.after; link; link = after, after = link?.after) yield link.value
  }
}

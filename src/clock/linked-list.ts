/** Node of a {@link LinkedList}. */
export interface ListNode<T> {
  readonly value: T
  before: ListNode<T> | undefined
  after: ListNode<T> | undefined
  /** The list that the node is in; undefined once it is removed. */
  list: LinkedList<T> | undefined
}

/** Doubly linked list: values in the order in which they were added. Adding and removing are O(1). */
export class LinkedList<T> {
  first: ListNode<T> | undefined = undefined
  #last: ListNode<T> | undefined = undefined

  add(value: T): ListNode<T> {
    const node: ListNode<T> = { value, before: this.#last, after: undefined, list: this }
    if (this.#last) this.#last.after = node
    else this.first = node
    this.#last = node
    return node
  }

  /** Removes a node from its list. Does nothing when it is removed already. */
  static remove<T>(node: ListNode<T>): void {
    const { list, before, after } = node
    if (!list) return
    // A removed node must not refer to other nodes: V8 would keep all later nodes in memory as long as an old garbage node.
    node.list = node.before = node.after = undefined
    if (before) before.after = after
    else list.first = after
    if (after) after.before = before
    else list.#last = before
  }

  /** Removes every value, the first one first, and yields it. */
  *drain(): Generator<T, void, void> {
    for (let node = this.first; node; node = this.first) {
      LinkedList.remove(node)
      yield node.value
    }
  }

  /** Yields the values. A yielded value may be removed meanwhile. */
  *[Symbol.iterator](): Generator<T, void, void> {
    for (let node = this.first, after = node?.after; node; node = after, after = node?.after) yield node.value
  }
}

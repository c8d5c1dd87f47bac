import { Atom } from '../../term/index.ts'
import { MapValue } from './map-value.ts'
import { compareExactly } from './order.ts'

/** Maximum number of keys of a small map. A small map is two arrays sorted by key, as on the BEAM; a larger one is a tree. */
const FLAT = 32

/** Immutable node of a height-balanced tree. */
interface TreeNode {
  readonly key: unknown
  readonly value: unknown
  readonly left: TreeNode | undefined
  readonly right: TreeNode | undefined
  readonly height: number
}

/** Immutable map. A function that changes a map returns a new map, which shares the unchanged parts. */
export class ErlMap extends MapValue {
  override readonly size: number
  readonly #keys: readonly unknown[]
  readonly #values: readonly unknown[]
  readonly #root: TreeNode | undefined

  private constructor(
    size: number,
    keys: readonly unknown[],
    values: readonly unknown[],
    root: TreeNode | undefined,
  ) {
    super()
    this.size = size
    this.#keys = keys
    this.#values = values
    this.#root = root
  }

  static readonly empty: ErlMap = new ErlMap(0, [], [], undefined)

  /** Returns the map of these entries. Of two entries with the same key the later one counts. */
  static from(entries: Iterable<readonly [unknown, unknown]>): ErlMap {
    let map = ErlMap.empty
    for (const [key, value] of entries) map = map.put(key, value)
    return map
  }

  /** Returns the value of a key, or undefined when the map does not have the key. */
  get(key: unknown): unknown {
    if (this.#root) return find(this.#root, key)?.value
    const at = this.#indexOf(key)
    return at < 0 ? undefined : this.#values[at]
  }

  has(key: unknown): boolean {
    return this.#root ? find(this.#root, key) !== undefined : this.#indexOf(key) >= 0
  }

  put(key: unknown, value: unknown): ErlMap {
    if (this.#root) {
      const root = insert(this.#root, key, value)
      return new ErlMap(this.#root && find(this.#root, key) ? this.size : this.size + 1, [], [], root)
    }
    const at = this.#indexOf(key)
    if (at >= 0) {
      if (this.#values[at] === value) return this
      return new ErlMap(this.size, this.#keys, this.#values.with(at, value), undefined)
    }
    if (this.size >= FLAT) {
      let root: TreeNode | undefined
      for (let i = 0; i < this.size; i++) root = insert(root, this.#keys[i], this.#values[i])
      return new ErlMap(this.size + 1, [], [], insert(root, key, value))
    }
    return new ErlMap(
      this.size + 1,
      this.#keys.toSpliced(~at, 0, key),
      this.#values.toSpliced(~at, 0, value),
      undefined,
    )
  }

  remove(key: unknown): ErlMap {
    if (!this.has(key)) return this
    if (this.#root && this.size > FLAT + 1) return new ErlMap(this.size - 1, [], [], without(this.#root, key))
    const kept = this.entries().filter(([other]) => compareExactly(other, key) !== 0)
    return new ErlMap(
      kept.length,
      kept.map(([other]) => other),
      kept.map(([, value]) => value),
      undefined,
    )
  }

  override keys(): unknown[] {
    return this.#root ? walk(this.#root, []).map(({ key }) => key) : [...this.#keys]
  }

  override values(): unknown[] {
    return this.#root ? walk(this.#root, []).map(({ value }) => value) : [...this.#values]
  }

  /** Returns the entries, sorted by key. */
  entries(): [unknown, unknown][] {
    if (this.#root) return walk(this.#root, []).map(({ key, value }) => [key, value])
    return this.#keys.map((key, i) => [key, this.#values[i]])
  }

  /** Returns the index of a key of a small map; for a missing key the bitwise complement of the index at which to insert it. */
  #indexOf(key: unknown): number {
    const keys = this.#keys
    // Equal atoms and equal integers are identical in JavaScript.
    const at = keys.indexOf(key)
    if (at >= 0) return at
    let low = 0
    let high = keys.length
    while (low < high) {
      const middle = (low + high) >> 1
      const order = compareExactly(keys[middle], key)
      if (order === 0) return middle
      if (order < 0) low = middle + 1
      else high = middle
    }
    return ~low
  }
}

/** Whether a key is an atom. */
export const isAtom = (value: unknown): value is Atom | boolean | null =>
  value instanceof Atom || value === true || value === false || value === null

const heightOf = (node: TreeNode | undefined): number => node?.height ?? 0

function make(
  key: unknown,
  value: unknown,
  left: TreeNode | undefined,
  right: TreeNode | undefined,
): TreeNode {
  return { key, value, left, right, height: Math.max(heightOf(left), heightOf(right)) + 1 }
}

function balance(
  key: unknown,
  value: unknown,
  left: TreeNode | undefined,
  right: TreeNode | undefined,
): TreeNode {
  const lean = heightOf(left) - heightOf(right)
  if (lean > 1) {
    if (heightOf(left!.left) >= heightOf(left!.right))
      return make(left!.key, left!.value, left!.left, make(key, value, left!.right, right))
    const middle = left!.right!
    return make(
      middle.key,
      middle.value,
      make(left!.key, left!.value, left!.left, middle.left),
      make(key, value, middle.right, right),
    )
  }
  if (lean < -1) {
    if (heightOf(right!.right) >= heightOf(right!.left))
      return make(right!.key, right!.value, make(key, value, left, right!.left), right!.right)
    const middle = right!.left!
    return make(
      middle.key,
      middle.value,
      make(key, value, left, middle.left),
      make(right!.key, right!.value, middle.right, right!.right),
    )
  }
  return make(key, value, left, right)
}

function find(root: TreeNode, key: unknown): TreeNode | undefined {
  let node: TreeNode | undefined = root
  while (node) {
    const order = compareExactly(key, node.key)
    if (order === 0) return node
    node = order < 0 ? node.left : node.right
  }
  return undefined
}

function insert(node: TreeNode | undefined, key: unknown, value: unknown): TreeNode {
  if (!node) return make(key, value, undefined, undefined)
  const order = compareExactly(key, node.key)
  if (order === 0) return make(node.key, value, node.left, node.right)
  return order < 0
    ? balance(node.key, node.value, insert(node.left, key, value), node.right)
    : balance(node.key, node.value, node.left, insert(node.right, key, value))
}

function without(node: TreeNode, key: unknown): TreeNode | undefined {
  const order = compareExactly(key, node.key)
  if (order < 0) return balance(node.key, node.value, node.left && without(node.left, key), node.right)
  if (order > 0) return balance(node.key, node.value, node.left, node.right && without(node.right, key))
  if (!node.left || !node.right) return node.left ?? node.right
  let next = node.right
  while (next.left) next = next.left
  return balance(next.key, next.value, node.left, without(node.right, next.key))
}

function walk(node: TreeNode | undefined, found: TreeNode[]): TreeNode[] {
  if (!node) return found
  walk(node.left, found)
  found.push(node)
  return walk(node.right, found)
}

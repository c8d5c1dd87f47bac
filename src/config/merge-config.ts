import { types } from 'node:util'

type Plain = Readonly<Record<string, unknown>>

/**
 * Merges two configurations into a new one. Plain objects are merged key by key, at every depth, as Elixir merges keyword lists. Any
 * other value of `over` replaces that of `base`.
 *
 * @throws TypeError when an object contains itself in both configurations
 * @see `Config.Reader.merge/2`
 */
export function mergeConfig<T extends object>(base: T, over: object): T {
  return merge(base as Plain, over as Plain, []) as T
}

/** Returns whether a value is an object that is merged key by key. */
export function isPlain(value: unknown): value is Plain {
  if (typeof value !== 'object' || value === null || types.isModuleNamespaceObject(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function merge(base: Plain, over: Plain, path: readonly (readonly [Plain, Plain, string])[]): Plain {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const before = Object.hasOwn(merged, key) ? merged[key] : undefined
    const both = isPlain(before) && isPlain(value)
    if (both && path.some(([left, right]) => left === before && right === value))
      throw new TypeError(
        `${[...path.map(([, , name]) => name), key].join('.')} contains itself in both files, so it cannot be merged`,
      )
    // defineProperty, since an assignment to the key __proto__ would change the prototype.
    Object.defineProperty(merged, key, {
      value: both ? merge(before, value, [...path, [before, value, key]]) : value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return merged
}

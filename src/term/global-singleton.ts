const key = Symbol.for('moebi/1')

/**
 * Returns the value called `name` that all copies of this package in the Node.js process share; `create` makes it at the
 * first call. So an atom or a pid that one copy has made is the same object in another copy.
 */
export function globalSingleton<T>(name: string, create: () => T): T {
  const holder = globalThis as { [key]?: Map<string, unknown> }
  holder[key] ??= new Map()
  const table = holder[key]
  if (!table.has(name)) table.set(name, create())
  return table.get(name) as T
}

/**
 * The one table that every copy of the package in this Node.js process shares, so that atoms and pids made by one copy
 * are the atoms and pids of the other.
 */
const key = Symbol.for('moebi/1')

/** Returns the shared value called `name`, made by `create` the first time it is asked for. */
export function shared<T>(name: string, create: () => T): T {
  const holder = globalThis as { [key]?: Map<string, unknown> }
  holder[key] ??= new Map()
  const table = holder[key]
  if (!table.has(name)) table.set(name, create())
  return table.get(name) as T
}

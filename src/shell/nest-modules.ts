/**
 * Returns modules under the names by which the prompt knows them: the module `My.Chat` is the property `Chat` of `My`.
 *
 * @param modules modules by their names
 */
export function nestModules(modules: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const nested: Record<string, unknown> = {}
  for (const [name, module] of Object.entries(modules)) {
    const parents = name.split('.')
    const own = parents.pop()!
    let parent = nested
    for (const part of parents) {
      // A copy, since the parent may be a module, whose namespace object cannot be changed.
      const copy = { ...(parent[part] as object | undefined) }
      parent[part] = copy
      parent = copy as Record<string, unknown>
    }
    const children = parent[own]
    parent[own] = children === undefined ? module : { ...(module as object), ...children }
  }
  return nested
}

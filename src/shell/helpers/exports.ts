import { type Kernel, snakeCase } from '../../process/index.ts'
import { Atom, nameToAtom } from '../../term/index.ts'
import { formatColumns } from '../terminal/index.ts'

/** Returns the functions of a module (given as the module or its name) or of an object, as `exports(Chat)` prints them. */
export function formatExports(module: unknown, kernel: Kernel, width: number): string {
  if (typeof module === 'string' || module instanceof Atom) {
    const name = nameToAtom(module)
    if (!kernel.modules.has(name)) return `${kernel.inspect(name)} is not a module of this node.\n`
    const functions = new Map(
      [...kernel.modules.exports(name).values()].map((exported) => [exported.name.name, exported.fn]),
    )
    return formatColumns([...functions].map(([name, fn]) => `${name}/${fn.length}`).sort(), width)
  }
  if (module === null || (typeof module !== 'object' && typeof module !== 'function'))
    return `${kernel.inspect(module as never)} has no functions: expected a module, its name, or an object.\n`
  const functions = Object.entries(Object.getOwnPropertyDescriptors(module)).filter(
    ([, { value }]) => typeof value === 'function',
  )
  if (functions.length === 0) return 'It has no functions.\n'
  return formatColumns(
    functions
      .map(([name, { value }]) => {
        const exported = kernel.modules.exportedAs(value)
        const protocolName = exported && snakeCase(name) !== name ? ` (${exported.name.name})` : ''
        return `${name}/${(value as () => void).length}${protocolName}`
      })
      .sort(),
    width,
  )
}

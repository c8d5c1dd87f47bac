import { type Node, type Program, parse } from 'acorn'
import type { Plugin } from 'vitest/config'

/** Methods whose argument may be a function for another node: those of a peer and of `Node`. */
const METHODS = new Set(['call', 'eval', 'spawn', 'spawnLink', 'spawnMonitor'])
const CALL = /\.(?:call|eval|spawn|spawnLink|spawnMonitor)\(/
const CAPTURE = '__moebi_captureFunction'

type AnyNode = Node & Readonly<Record<string, unknown>>
/** Resolves the module of an import. Returns undefined for one that keeps its name. */
type ResolveModule = (specifier: string) => Promise<string | undefined>

/**
 * Notes, for each function that is written in a call such as `kate.call(() => …)`, its text and the values that it uses. Vite changes the
 * text afterwards, and JavaScript cannot tell what a function uses.
 */
export function captureFunctions(): Plugin {
  return {
    name: 'moebi:capture-functions',
    enforce: 'post',
    async transform(code, id) {
      const file = id.split('?')[0]!
      if (file.includes('/node_modules/') || !CALL.test(code) || !/from ["']moebi["'/]/.test(code))
        return undefined
      const changed = await withCaptures(code, async (specifier) => (await this.resolve(specifier, file))?.id)
      return changed === undefined ? undefined : { code: changed, map: null }
    },
  }
}

/** Returns the code of a module with its captures, line for line; undefined where it has none. */
export async function withCaptures(code: string, resolve: ResolveModule): Promise<string | undefined> {
  const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module' }) as Program & AnyNode
  const functions = [...functionArguments(program)]
  if (functions.length === 0) return undefined
  const imports = await importsOf(program, resolve)
  let changed = code
  // From the end, so that the positions of the others stay valid. A function inside another one travels with it.
  for (const { start, end } of functions.toReversed()) {
    const source = code.slice(start, end)
    const used = Object.fromEntries([...imports].filter(([name]) => mentions(source, name)))
    // An eval in this place reads the variables that the function can read.
    changed = `${changed.slice(0, start)}${CAPTURE}(${source}, ${JSON.stringify(source)}, (name) => eval(name), ${JSON.stringify(used)})${changed.slice(end)}`
  }
  return `${changed}\nimport { captureFunction as ${CAPTURE} } from 'moebi/test';\n`
}

function* functionArguments(node: AnyNode): Generator<AnyNode> {
  if (node.type === 'CallExpression') {
    const { property, computed } = node.callee as { property?: { name?: string }; computed?: boolean }
    if (!computed && property?.name !== undefined && METHODS.has(property.name))
      for (const argument of node.arguments as AnyNode[])
        if (/^(Arrow)?FunctionExpression$/.test(argument.type)) {
          yield argument
          return
        }
  }
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value])
      if (isNode(child)) yield* functionArguments(child)
}

async function importsOf(
  program: AnyNode,
  resolve: ResolveModule,
): Promise<ReadonlyMap<string, readonly [module: string, name: string]>> {
  const imports = new Map<string, readonly [string, string]>()
  for (const node of program.body as AnyNode[]) {
    if (node.type !== 'ImportDeclaration') continue
    const specifier = (node.source as AnyNode).value as string
    const keepsName = /^(?:moebi|vitest|node:)/.test(specifier)
    const module = keepsName ? specifier : ((await resolve(specifier)) ?? specifier)
    for (const each of node.specifiers as AnyNode[]) {
      const { name } = each.local as unknown as { name: string }
      const imported = each.imported as { name?: string; value?: string } | undefined
      const kind = each.type === 'ImportNamespaceSpecifier' ? '*' : 'default'
      imports.set(name, [module, imported?.name ?? imported?.value ?? kind])
    }
  }
  return imports
}

function mentions(source: string, name: string): boolean {
  return new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`).test(source)
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && typeof (value as AnyNode).type === 'string'
}

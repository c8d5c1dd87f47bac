import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { Kernel } from '../../process/index.ts'
import type { Evaluator } from '../evaluator/index.ts'
import type { Completion } from '../terminal/index.ts'

/** State of the shell that completion reads. */
export interface CompletionContext {
  readonly kernel: Kernel
  readonly evaluator: Pick<Evaluator, 'lookup' | 'names'>
  readonly scope: Readonly<Record<string, unknown>>
  readonly modules: ReadonlyMap<string, unknown>
  readonly nodes: () => readonly string[] | Promise<readonly string[]>
}

const KEYWORDS = (
  'async await class const delete else export extends false finally for function import instanceof interface let new null ' +
  'return switch this throw true type typeof undefined while yield'
).split(' ')
const NO_COMPLETION: Completion = { from: 0, candidates: [] }
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/**
 * Returns the completions of the word before the cursor: in a string the names of processes, modules, nodes and files; after a
 * dot the properties of the value before it; elsewhere the names in scope. It evaluates no code, and calls no getters.
 */
export async function complete(text: string, cursor: number, known: CompletionContext): Promise<Completion> {
  const typed = text.slice(0, cursor)
  const string = startOfOpenString(typed)
  if (string !== undefined) return completeString(typed.slice(string), string, known)
  const [path = ''] = /[\p{ID_Continue}$.?]*$/u.exec(typed) ?? []
  const names = path.replaceAll('?.', '.').split('.')
  const word = names.pop()!
  const from = cursor - word.length
  if (path === '' || !names.every((name) => IDENTIFIER.test(name))) return NO_COMPLETION
  if (names.length === 0) return { from, candidates: matching(word, await namesInScope(known)) }
  const found = resolvePath(names, known)
  return found ? { from, candidates: matching(word, propertiesOf(found.value)) } : NO_COMPLETION
}

async function namesInScope({ evaluator, scope, modules }: CompletionContext): Promise<string[]> {
  const everywhere = Object.getOwnPropertyNames(globalThis)
  return [...(await evaluator.names()), ...Object.keys(scope), ...modules.keys(), ...everywhere, ...KEYWORDS]
}

// Returns the index at which the contents of an unterminated string begin; undefined when there is none.
function startOfOpenString(text: string): number | undefined {
  let quote: string | undefined
  let start = 0
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!
    if (quote === undefined) {
      if (character === "'" || character === '"' || character === '`') {
        quote = character
        start = index + 1
      } else if (text.startsWith('//', index)) {
        const end = text.indexOf('\n', index)
        if (end < 0) return undefined
        index = end
      }
    } else if (character === '\\') index++
    else if (character === quote || (character === '\n' && quote !== '`')) quote = undefined
  }
  return quote === undefined ? undefined : start
}

async function completeString(word: string, from: number, known: CompletionContext): Promise<Completion> {
  if (/^(?:\.{0,2}|~)\//.test(word)) return completeFile(word, from)
  const { kernel } = known
  const names = [...kernel.registered(), ...kernel.modules.names()].map(({ name }) =>
    name.replace(/^Elixir\./, ''),
  )
  const nodes = await Promise.resolve(known.nodes()).catch(() => [])
  return { from, candidates: matching(word, [...names, ...nodes]) }
}

async function completeFile(word: string, from: number): Promise<Completion> {
  const name = word.slice(word.lastIndexOf('/') + 1)
  const folder = resolve(dirname(`${word.replace(/^~/, homedir())}x`))
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    const files = entries
      .filter((entry) => name.startsWith('.') || !entry.name.startsWith('.'))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    return { from: from + word.length - name.length, candidates: matching(name, files) }
  } catch {
    return NO_COMPLETION
  }
}

function resolvePath(
  names: readonly string[],
  known: CompletionContext,
): { readonly value: unknown } | undefined {
  const [first, ...rest] = names as [string, ...string[]]
  let found = known.evaluator.lookup(first)
  for (const name of rest) {
    if (!found) return undefined
    const property = findProperty(found.value, name)
    found = property && 'value' in property ? { value: property.value } : undefined
  }
  return found
}

function findProperty(value: unknown, name: string): PropertyDescriptor | undefined {
  for (const object of prototypeChain(value)) {
    const property = Object.getOwnPropertyDescriptor(object, name)
    if (property) return property
  }
  return undefined
}

function propertiesOf(value: unknown): string[] {
  const objects = prototypeChain(value)
  // Properties of Object.prototype are completed for Object.prototype itself only.
  const own = objects.filter((object) => object !== Object.prototype || objects.length === 1)
  return own
    .flatMap((object) => Object.getOwnPropertyNames(object))
    .filter((name) => IDENTIFIER.test(name) && name !== 'constructor')
}

function prototypeChain(value: unknown): object[] {
  if (value === null || value === undefined) return []
  const objects: object[] = []
  for (let object: object | null = Object(value); object; object = Object.getPrototypeOf(object))
    objects.push(object)
  return objects
}

function matching(word: string, names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => name.startsWith(word)).sort()
}

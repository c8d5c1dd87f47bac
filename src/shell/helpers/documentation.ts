import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { packageFolder } from '../../package/index.ts'
import { locateFunction } from './locate-function.ts'

type Scope = Readonly<Record<string, unknown>>

/**
 * Returns the documentation of a value: for an export of Moebi its comment and its declared type, for another function the comment
 * above it in its file.
 */
export async function documentation(
  thing: unknown,
  scope: Scope,
  show: (value: unknown) => string,
): Promise<string> {
  const path = pathOf(thing, scope)
  const own = path && (await packageDocumentation(path))
  if (own) return own
  if (typeof thing === 'function') return ofFunction(thing as (...args: never[]) => unknown)
  const functions = Object.entries(thing !== null && typeof thing === 'object' ? thing : {}).filter(
    (entry): entry is [string, (...args: never[]) => unknown] => typeof entry[1] === 'function',
  )
  if (functions.length === 0)
    return `There is no documentation for ${show(thing)}. i(term) says what it is.\n`
  const lines = await Promise.all(
    functions.map(async ([name, fn]) => {
      const written = await sourceTextOf(fn)
      return `  ${name.padEnd(20)} ${written ? firstSentence(commentAbove(written)) : ''}`.trimEnd()
    }),
  )
  return `${lines.join('\n')}\n`
}

/** Returns the path from a name in scope to a value, such as `['Task', 'Supervisor', 'async']`. */
function pathOf(thing: unknown, scope: Scope): string[] | undefined {
  if (thing === undefined || thing === null || typeof thing === 'boolean') return undefined
  let level: { readonly path: string[]; readonly value: unknown }[] = Object.entries(scope).map(
    ([name, value]) => ({ path: [name], value }),
  )
  for (let depth = 0; depth < MAX_PATH_DEPTH; depth++) {
    const found = level.find(({ value }) => value === thing)
    if (found) return found.path
    level = level.flatMap(({ path, value }) =>
      isObject(value)
        ? Object.entries(Object.getOwnPropertyDescriptors(value)).map(([name, property]) => ({
            path: [...path, name],
            value: property.value as unknown,
          }))
        : [],
    )
  }
  return undefined
}

function isObject(value: unknown): value is object {
  return value !== null && (typeof value === 'object' || typeof value === 'function')
}

/** Maximum number of names in such a path. */
const MAX_PATH_DEPTH = 3
const COMMENT = String.raw`(/\*\*(?:[^*]|\*(?!/))*\*/\s*)`
let declarations: Promise<readonly string[]> | undefined

async function packageDocumentation(
  [name, ...members]: readonly string[],
  shown: string = [name, ...members].join('.'),
): Promise<string | undefined> {
  declarations ??= readDeclarations()
  for (const file of await declarations) {
    const found = findDeclaration(file, name!, true)
    if (found && members.length > 0) return ofMember(file, found, members, shown)
    if (found) {
      const { text, comment } = callDeclaration(file, found) ?? found
      return formatPage(summaryOf(text), comment)
    }
  }
  return undefined
}

interface Declaration {
  readonly comment: string
  readonly text: string
}

function findDeclaration(file: string, name: string, exported: boolean): Declaration | undefined {
  const found = new RegExp(
    `${COMMENT}?${exported ? 'export ' : ''}declare (?:abstract )?(?:function|const|class) ${escapeRegExp(name)}(?![\\w$])`,
  ).exec(file)
  if (!found) return undefined
  const [, comment = ''] = found
  const text = declarationText(file.slice(found.index + comment.length)).replace(/^(?:export )?declare /, '')
  return { comment, text }
}

/** Returns the call of a constant whose type is an interface that can be called, as the declaration of a function. */
function callDeclaration(file: string, { text }: Declaration): Declaration | undefined {
  const [, name, type] = /^const (\w+): (\w+)$/.exec(text) ?? []
  const start = type === undefined ? -1 : file.search(new RegExp(`interface ${type} \\{`))
  if (start < 0) return undefined
  const body = declarationText(file.slice(start))
  const found = new RegExp(`\\n {4}${COMMENT}?(?=[<(])`).exec(body)
  if (!found) return undefined
  const signature = dedent(declarationText(body.slice(found.index + found[0].length)))
  return { comment: found[1] ?? '', text: `function ${name}${signature}` }
}

async function ofMember(
  file: string,
  { text }: Declaration,
  [member, ...rest]: readonly string[],
  shown: string,
): Promise<string | undefined> {
  const found = new RegExp(
    `\\n {4}${COMMENT}?((?:static |readonly )*${escapeRegExp(member!)}(?=[(<:?]))`,
  ).exec(text)
  if (!found) return undefined
  const [whole, comment = '', start = ''] = found
  const signature = dedent(declarationText(text.slice(found.index + whole.length - start.length))).replace(
    /^(?:static |readonly )+/,
    '',
  )
  const [, other] = /: typeof (\w+)$/.exec(signature) ?? []
  if (rest.length > 0) return other === undefined ? undefined : packageDocumentation([other, ...rest], shown)
  const [, generics = '', parameters, result] = /^\w+: (<.*>)?(\(.*\)) => (.*)$/s.exec(signature) ?? []
  if (parameters !== undefined) return formatPage(`${shown}${generics}${parameters}: ${result}`, comment)
  const same = other === undefined ? undefined : findDeclaration(file, other, false)
  return formatPage(
    same ? same.text.replace(/^(?:async )?function \w+/, shown) : signature.replace(/^\w+/, shown),
    comment,
  )
}

/** Reads the declarations of the folders that export the names of a prompt. The names in other folders are their own. */
async function readDeclarations(): Promise<string[]> {
  const dist = fileURLToPath(new URL('dist/', packageFolder))
  const entry = await readFile(`${dist}index.d.ts`, 'utf8').catch(() => '')
  const folders = [...entry.matchAll(/ from '\.\/([\w-]+)\/index\.ts'/g)].map(
    ([, folder]) => `${dist}${folder}/`,
  )
  const texts = folders.map(async (folder) => {
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.d.ts'))
    return Promise.all(files.sort().map((file) => readFile(`${folder}${file}`, 'utf8')))
  })
  return (await Promise.all(texts)).flat()
}

// Returns the text up to the end of a declaration, which is its semicolon or the closing brace of a class.
function declarationText(text: string): string {
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!
    if (character === ';' && depth === 0) return text.slice(0, index)
    if ('([{'.includes(character)) depth++
    else if (')]}'.includes(character)) {
      depth--
      if (depth < 0) return text.slice(0, index).trimEnd()
      if (depth === 0 && character === '}' && text[index + 1] === '\n') return text.slice(0, index + 1)
    }
  }
  return text
}

// Returns the declaration of a function as it is. For an object or a class it returns the names of the members.
function summaryOf(declared: string): string {
  if (!/^(?:abstract )?(?:const \S+ \{|const \S+: (?:readonly )?\{|class )/.test(declared)) return declared
  const head = declared
    .slice(0, declared.indexOf('{'))
    .trimEnd()
    .replace(/:(?: readonly)?$/, '')
  const members = [...declared.matchAll(/^ {4}(?:static |readonly )*([a-zA-Z]\w*)(?=[(<:?])/gm)].map(
    ([, name]) => name!,
  )
  const named = [...new Set(members)].filter((name) => name !== 'constructor')
  return named.length === 0 ? head : `${head}: ${named.join(', ')}`
}

function dedent(text: string): string {
  return text.replace(/^ {4}/gm, '')
}

async function ofFunction(fn: (...args: never[]) => unknown): Promise<string> {
  const written = await sourceTextOf(fn)
  const source = written ? written.lines.slice(written.line).join('\n') : Function.prototype.toString.call(fn)
  const [head = fn.name] =
    /^.*?(?=\s*(?:=>\s*)?\{|\s*=>|\n\n|$)/s.exec(source.replace(/^\s*(?:export )?(?:default )?/, '')) ?? []
  return formatPage(
    head.replaceAll(/ {2,}/g, ' ').replace(/^const (\w+) = (?=\(|async)/, '$1'),
    written ? commentAbove(written) : '',
  )
}

interface SourceText {
  readonly lines: readonly string[]
  readonly line: number
}

/** Returns the lines of the file that defines a function, and the index of the line in which it begins. */
async function sourceTextOf(fn: (...args: never[]) => unknown): Promise<SourceText | undefined> {
  const location = await locateFunction(fn)
  if (!location?.url.startsWith('file:')) return undefined
  const [file = ''] = location.url.split('?')
  const text = await readFile(fileURLToPath(file), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : { lines: text.split('\n'), line: location.line }
}

function commentAbove({ lines, line }: SourceText): string {
  const above = lines.slice(0, line).join('\n').trimEnd()
  const block = /\/\*\*(?:[^*]|\*(?!\/))*\*\/$/.exec(above)
  return block?.[0] ?? /(?:^[ \t]*\/\/[^\n]*\n?)+(?![\s\S])/m.exec(above)?.[0] ?? ''
}

function formatPage(head: string, comment: string): string {
  const text = commentText(comment)
  return `\n  ${head.replaceAll('\n', '\n  ')}\n\n${text === '' ? 'It has no documentation.' : text}\n\n`
}

/** Returns the text of a comment without its delimiters and `{@link}` tags. */
function commentText(comment: string): string {
  return comment
    .trim()
    .replace(/^\/\*\*[ \t]?/, '')
    .replace(/\s*\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*(?:\*|\/\/) ?/, '').trimEnd())
    .join('\n')
    .replaceAll(/\{@link ([^}|]+)(?:\|[^}]*)?\}/g, '$1')
    .trim()
}

function firstSentence(comment: string): string {
  const [first = ''] = commentText(comment).split('\n\n')
  const line = first.replaceAll('\n', ' ')
  return /^.*?[.:](?= |$)/.exec(line)?.[0] ?? line
}

function escapeRegExp(name: string): string {
  return name.replaceAll('$', '\\$')
}

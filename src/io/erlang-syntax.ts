import {
  Atom,
  atom,
  BitString,
  bytes,
  compare,
  ElixirError,
  ExportFun,
  Float,
  Fun,
  ImproperList,
  inspect,
  isTuple,
  NativeRecord,
  nodeNumber,
  Pid,
  Port,
  Reference,
  type Term,
  TermMap,
} from '../term/index.ts'
import type { Encoding } from './chardata.ts'

/** Options of the format of a term. */
export interface TermFormatOptions {
  readonly encoding: Encoding
  /** Whether lists and binaries of printable characters are formatted as strings, as `~p` does. */
  readonly strings: boolean
  /** Maximum depth, as the argument of `~P`: each item of a list reduces it by one. Infinity for no limit. */
  readonly depth: number
  /** Node whose pids begin with 0. */
  readonly self: Atom | undefined
}

/** Tree of a term in Erlang's syntax, from which `prettyPrint` makes lines. `length` is that of the term in one line. */
export type FormattedTerm =
  | { readonly kind: 'text' | 'bytes'; readonly textNode: string; readonly length: number }
  | {
      readonly kind: 'list' | 'tuple' | 'map'
      readonly items: readonly FormattedTerm[]
      /** Tail of an improper list. */
      readonly tail: FormattedTerm | undefined
      /** Whether this is a tuple that begins with an atom: the other elements are indented after it. */
      readonly tagged: boolean
      readonly length: number
    }
  | {
      readonly kind: 'pair'
      readonly key: FormattedTerm
      readonly value: FormattedTerm
      readonly length: number
    }

const DOTS: FormattedTerm = text('...')
/** Maximum depth of nested terms, also where `depth` is infinite; deeper terms are formatted as `...`. */
const MAX_DEPTH = 1_000

/** Returns the tree of a term in Erlang's syntax. */
export function formatTerm(term: Term, options: TermFormatOptions): FormattedTerm {
  return write(term, options, options.depth, 0)
}

/** Returns a formatted term in one line. */
export function toLine(node: FormattedTerm): string {
  switch (node.kind) {
    case 'pair':
      return `${toLine(node.key)} => ${toLine(node.value)}`
    case 'list':
      return `[${node.items.map(toLine).join(',')}${node.tail ? `|${toLine(node.tail)}` : ''}]`
    case 'tuple':
      return `{${node.items.map(toLine).join(',')}}`
    case 'map':
      return `#{${node.items.map(toLine).join(',')}}`
    default:
      return node.textNode
  }
}

function write(term: Term, options: TermFormatOptions, depth: number, level: number): FormattedTerm {
  if (depth <= 0 || level > MAX_DEPTH) return DOTS
  if (Array.isArray(term) || term instanceof ImproperList) return list(term, options, depth, level)
  if (isTuple(term)) return tuple(term.elements as readonly Term[], options, depth, level)
  if (typeof term === 'string' || term instanceof Uint8Array) return binary(term, options, depth)
  if (term instanceof BitString) return formatBytes(term.bytes, depth, term.bits)
  if (term === null || term === undefined) return text('nil')
  if (term instanceof Atom) return text(quoteAtom(term.name, options.encoding))
  if (typeof term === 'boolean' || typeof term === 'bigint') return text(String(term))
  if (typeof term === 'number' || term instanceof Float) return text(inspect(term))
  if (term instanceof Pid) return text(`<${number(term.node, options)}.${term.id}.${term.serial}>`)
  if (term instanceof Reference)
    return text(`#Ref<${number(term.node, options)}.${[...term.words].reverse().join('.')}>`)
  if (term instanceof Port) return text(`#Port<${number(term.node, options)}.${term.id}>`)
  if (term instanceof ExportFun)
    return text(
      `fun ${quoteAtom(term.module.name, options.encoding)}:${quoteAtom(term.name.name, options.encoding)}/${term.arity}`,
    )
  if (term instanceof Fun) return text(`#Fun<${quoteAtom(term.module.name, options.encoding)}.${term.index}>`)
  if (term instanceof NativeRecord) return record(term, options, depth, level)
  return map(term, options, depth, level)
}

function list(
  term: readonly Term[] | ImproperList,
  options: TermFormatOptions,
  depth: number,
  level: number,
): FormattedTerm {
  const items = term instanceof ImproperList ? term.items : term
  const proper = !(term instanceof ImproperList)
  if (proper && items.length === 0) return text('[]')
  if (proper && options.strings && depth > 1 && items.every((item) => isPrintable(item, options.encoding)))
    return text(`"${escapeText(String.fromCodePoint(...(items as number[])), '"', options.encoding)}"`)
  if (depth === 1) return text('[...]')
  const shown: FormattedTerm[] = []
  for (const [index, item] of items.entries()) {
    if (depth - index <= 1) return compoundNode('list', shown, DOTS)
    shown.push(write(item, options, depth - index - 1, level + 1))
  }
  if (proper) return compoundNode('list', shown)
  const left = depth - items.length
  return compoundNode(
    'list',
    shown,
    left <= 1 ? DOTS : write((term as ImproperList).tail, options, left - 1, level + 1),
  )
}

function tuple(
  elements: readonly Term[],
  options: TermFormatOptions,
  depth: number,
  level: number,
): FormattedTerm {
  if (elements.length === 0) return text('{}')
  if (depth === 1) return text('{...}')
  const shown: FormattedTerm[] = []
  for (const [index, element] of elements.entries()) {
    if (depth - index <= 1) {
      shown.push(DOTS)
      break
    }
    shown.push(write(element, options, depth - index - 1, level + 1))
  }
  const tagged = elements.length > 1 && isAtom(elements[0])
  return compoundNode('tuple', shown, undefined, tagged)
}

function map(term: Term, options: TermFormatOptions, depth: number, level: number): FormattedTerm {
  const entries = mapEntries(term)
  if (entries.length === 0) return text('#{}')
  if (depth === 1) return text('#{...}')
  const shown: FormattedTerm[] = []
  for (const [index, [key, value]] of entries.entries()) {
    if (depth - index <= 1) {
      shown.push(DOTS)
      break
    }
    const left = write(key, options, depth - 1, level + 1)
    const right = write(value, options, depth - 1, level + 1)
    shown.push({ kind: 'pair', key: left, value: right, length: left.length + 4 + right.length })
  }
  return compoundNode('map', shown)
}

// Native records exist in OTP 29 and later.
function record(
  { module, name, fields }: NativeRecord,
  options: TermFormatOptions,
  depth: number,
  level: number,
): FormattedTerm {
  const shown = fields.map(
    ([field, value]) =>
      `${quoteAtom(field.name, options.encoding)} = ${toLine(write(value, options, depth - 1, level + 1))}`,
  )
  const full = `${quoteAtom(module.name, options.encoding)}:${quoteAtom(name.name, options.encoding)}`
  return text(`#${full}{${shown.join(',')}}`)
}

function mapEntries(term: Term): [Term, Term][] {
  const entries: [Term, Term][] =
    term instanceof TermMap || term instanceof Map
      ? [...(term as ReadonlyMap<Term, Term>)]
      : Object.entries(term instanceof ElixirError ? term.fields : (term as object))
          .filter(([, value]) => value !== undefined)
          .map(([key, value]) => [atom(key) as Term, value as Term])
  return entries.sort(([a], [b]) => compareKeys(a, b))
}

// In the order of map keys, integers come before floats.
function compareKeys(a: Term, b: Term): number {
  const floats = Number(isFloat(a)) - Number(isFloat(b))
  return floats !== 0 && isNumber(a) && isNumber(b) ? floats : compare(a, b)
}

function isFloat(term: Term): boolean {
  return term instanceof Float || (typeof term === 'number' && !Number.isSafeInteger(term))
}

function isNumber(term: Term): boolean {
  return typeof term === 'number' || typeof term === 'bigint' || term instanceof Float
}

function binary(term: string | Uint8Array, options: TermFormatOptions, depth: number): FormattedTerm {
  const content = bytes(term)
  if (content.length === 0) return text('<<>>')
  if (depth === 1) return text('<<...>>')
  if (options.strings) {
    const characters = printableBinary(content, options.encoding, depth)
    if (characters) return text(characters)
  }
  return formatBytes(content, depth)
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// Four characters of a binary count as one level of depth.
function printableBinary(content: Uint8Array, encoding: Encoding, depth: number): string | undefined {
  const most = Math.min(4 * (depth - 1), content.length)
  if (encoding === 'unicode')
    try {
      return quoteBinary(strict.decode(content), content.length, most, depth - 1, encoding)
    } catch {
      // Bytes that are not UTF-8 are read as Latin-1.
    }
  return quoteBinary(Buffer.from(content).toString('latin1'), undefined, most, depth - 1, 'latin1')
}

function quoteBinary(
  characters: string,
  byteLength: number | undefined,
  most: number,
  least: number,
  encoding: Encoding,
): string | undefined {
  let shown = ''
  let count = 0
  for (const one of characters) {
    if (count === most || !isPrintable(one.codePointAt(0)!, encoding)) break
    shown += one
    count++
  }
  const whole = shown.length === characters.length
  if (!whole && (count < most || count === 0) && (least <= 0 || count < least || most === byteLength))
    return undefined
  const utf8 = byteLength !== undefined && Buffer.byteLength(shown) !== count ? '/utf8' : ''
  return `<<"${escapeText(shown, '"', encoding)}"${utf8}${whole ? '' : '...'}>>`
}

function formatBytes(content: Uint8Array, depth: number, bits = 8): FormattedTerm {
  const shown = Array.from(content.subarray(0, Math.min(content.length, depth - 1)), String)
  if (content.length > depth - 1) shown.push('...')
  else if (bits !== 8) {
    const last = content.at(-1)! >> (8 - bits)
    shown[shown.length - 1] = `${last}:${bits}`
  }
  const all = `<<${shown.join(',')}>>`
  return { kind: 'bytes', textNode: all, length: all.length }
}

function compoundNode(
  kind: 'list' | 'tuple' | 'map',
  items: readonly FormattedTerm[],
  tail?: FormattedTerm,
  tagged = false,
): FormattedTerm {
  const parts = tail ? [...items, tail] : items
  const brackets = kind === 'map' ? 3 : 2
  const length = parts.reduce((sum, item) => sum + item.length, brackets) + Math.max(0, parts.length - 1)
  return { kind, items, tail, tagged, length }
}

function text(content: string): FormattedTerm {
  return { kind: 'text', textNode: content, length: lengthOf(content) }
}

/** Returns the number of code points of a text. */
export function lengthOf(content: string): number {
  let length = 0
  for (const _ of content) length++
  return length
}

function isAtom(term: Term): boolean {
  return term instanceof Atom || term === null || term === undefined || typeof term === 'boolean'
}

function number(node: Atom, { self }: TermFormatOptions): number {
  return node === self ? 0 : nodeNumber(node)
}

// Erlang counts \b \t \n \v \f \r \e as printable.
function isPrintable(code: unknown, encoding: Encoding): boolean {
  if (typeof code !== 'number' || !Number.isInteger(code)) return false
  if ((code >= 8 && code <= 13) || code === 27 || (code >= 32 && code <= 126)) return true
  if (encoding === 'latin1') return code >= 0xa0 && code <= 0xff
  return (
    (code >= 0xa0 && code < 0xd800) || (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code <= 0x10ffff)
  )
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '\x7f': '\\d',
  '\\': '\\\\',
}

function escapeText(content: string, quote: string, encoding: Encoding): string {
  let result = ''
  for (const character of content) {
    const code = character.codePointAt(0)!
    if (character === quote) result += `\\${quote}`
    else if (ESCAPES[character] !== undefined) result += ESCAPES[character]
    else if (code < 32 || (code > 126 && code < 160)) result += `\\${code.toString(8).padStart(3, '0')}`
    else if (code > 255 && encoding === 'latin1') result += `\\x{${code.toString(16).toUpperCase()}}`
    else result += character
  }
  return result
}

const PLAIN = /^[a-z\xdf-\xf6\xf8-\xff][\w@\xc0-\xd6\xd8-\xf6\xf8-\xff]*$/
const RESERVED = new Set(
  (
    'after and andalso band begin bnot bor bsl bsr bxor case catch cond div end fun if let not of or orelse ' +
    'receive rem try when xor'
  ).split(' '),
)

/** Returns an atom in Erlang's syntax, quoted when needed. */
export function quoteAtom(name: string, encoding: Encoding): string {
  return PLAIN.test(name) && !RESERVED.has(name) ? name : `'${escapeText(name, "'", encoding)}'`
}

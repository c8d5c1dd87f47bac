import { chardataToText } from '../../../io/index.ts'
import { Atom, atom, TupleClass, tuple } from '../../../term/index.ts'
import {
  Bits,
  badarg,
  bitsOfBytes,
  bitsOfText,
  type Functions,
  items,
  listOf,
  NIL,
  toTerm,
} from '../../value/index.ts'
import { charlistOf } from '../erlang/index.ts'

// PCRE patterns are translated to regular expressions of JavaScript. Positions are counted in bytes.

const PATTERN = atom('re_pattern')
const EXPORTED = atom('re_exported_pattern')
const NOMATCH = atom('nomatch')
const MATCH = atom('match')

interface Options {
  flags: string
  global: boolean
  unicode: boolean
  offset: number
  capture: unknown
  type: string
  extended: boolean
  anchored: boolean
}

function optionsOf(list: unknown): Options {
  const options: Options = {
    flags: 'd',
    global: false,
    unicode: false,
    offset: 0,
    capture: atom('all'),
    type: 'index',
    extended: false,
    anchored: false,
  }
  for (const option of items(list)) {
    const [name, first, second] =
      option instanceof TupleClass ? (option.elements as readonly unknown[]) : [option]
    switch (String(name)) {
      case 'caseless':
        options.flags += 'i'
        break
      case 'multiline':
        options.flags += 'm'
        break
      case 'dotall':
        options.flags += 's'
        break
      case 'extended':
        options.extended = true
        break
      case 'anchored':
        options.anchored = true
        break
      case 'unicode':
        options.unicode = true
        break
      case 'global':
        options.global = true
        break
      case 'offset':
        options.offset = first as number
        break
      case 'capture':
        options.capture = first
        if (second !== undefined) options.type = String(second)
    }
  }
  return options
}

function sourceOf(pattern: unknown): string {
  return pattern instanceof Bits && pattern.toText() === undefined
    ? Buffer.from(pattern.toBytes()).toString('latin1')
    : (chardataToText(toTerm(pattern)) ?? badarg())
}

/** Translates a PCRE pattern to a pattern of JavaScript. */
function translated(source: string, extended: boolean): string {
  const plain = extended
    ? source.replace(/\\.|\[(?:\\.|[^\]])*\]|\s+|#[^\n]*/gs, (part) => (/^[\s#]/.test(part) ? '' : part))
    : source
  return plain
    .replace(/\(\?P?<([a-z_]\w*)>/gi, '(?<$1>')
    .replace(/\\A/g, '(?<![\\s\\S])')
    .replace(/\\z/g, '(?![\\s\\S])')
    .replace(/\\Z/g, '(?=\\n?(?![\\s\\S]))')
    .replace(/\\h/g, '[ \\t]')
    .replace(/\\R/g, '(?:\\r\\n|\\n|\\r)')
    .replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX[name] ?? whole)
}

const POSIX: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9a-fA-F',
  word: '\\w',
}

function compiled(pattern: unknown, options: Options): { regexp: RegExp; options: Options } {
  if (pattern instanceof TupleClass && pattern.elements[0] === PATTERN) {
    const own = pattern.elements[4]
    if (!(own instanceof TupleClass)) return badarg()
    const [source, given] = own.elements as readonly unknown[]
    const before = optionsOf(given)
    return compiled(source, {
      ...options,
      flags: before.flags,
      unicode: before.unicode,
      extended: before.extended,
      anchored: options.anchored || before.anchored,
    })
  }
  const flags = [...new Set(`${options.flags}${options.unicode ? 'u' : ''}`)].join('')
  try {
    return {
      regexp: new RegExp(
        translated(sourceOf(pattern), options.extended),
        `${flags}${options.anchored ? 'y' : 'g'}`,
      ),
      options,
    }
  } catch {
    return badarg()
  }
}

function run(subject: unknown, pattern: unknown, list: unknown = NIL): unknown {
  const { regexp, options } = compiled(pattern, optionsOf(list))
  const bytes =
    subject instanceof Bits ? subject.toBytes() : Buffer.from(chardataToText(toTerm(subject)) ?? badarg())
  const buffer = Buffer.from(bytes)
  const encoding = options.unicode ? 'utf8' : 'latin1'
  const text = buffer.toString(encoding)
  const byteOf = (at: number): number => Buffer.byteLength(text.slice(0, at), encoding)
  regexp.lastIndex = buffer.toString(encoding, 0, options.offset).length
  const results: unknown[] = []
  for (let found = regexp.exec(text); found; found = regexp.exec(text)) {
    const spans = (found.indices as (readonly [number, number] | undefined)[]).map((span) =>
      span ? ([byteOf(span[0]), byteOf(span[1])] as const) : undefined,
    )
    results.push(captured(spans, found.indices?.groups, options, buffer, byteOf))
    if (!options.global) break
    if (found[0] === '') regexp.lastIndex++
  }
  if (results.length === 0) return NOMATCH
  if (options.capture === atom('none')) return MATCH
  return tuple(MATCH, options.global ? listOf(results) : results[0])
}

type Span = readonly [number, number] | undefined

function captured(
  spans: readonly Span[],
  groups: Readonly<Record<string, [number, number]>> | undefined,
  options: Options,
  bytes: Buffer,
  byteOf: (at: number) => number,
): unknown {
  const { capture, type } = options
  let wanted: readonly Span[]
  if (capture === atom('all')) wanted = spans.slice(0, spans.findLastIndex((span) => span !== undefined) + 1)
  else if (capture === atom('all_but_first'))
    wanted = spans.slice(1, spans.findLastIndex((span) => span !== undefined) + 1)
  else if (capture === atom('first')) wanted = spans.slice(0, 1)
  else if (capture === atom('all_names'))
    wanted = Object.keys(groups ?? {})
      .sort()
      .map((name) => named(groups, name, byteOf))
  else if (capture instanceof Atom) wanted = []
  else
    wanted = items(capture).map((one) =>
      typeof one === 'number'
        ? spans[one]
        : named(groups, chardataToText(toTerm(one)) ?? String(one), byteOf),
    )
  return listOf(wanted.map((span) => shown(span, type, bytes)))
}

function named(
  groups: Readonly<Record<string, [number, number]>> | undefined,
  name: string,
  byteOf: (at: number) => number,
): Span {
  const span = groups?.[name]
  return span && [byteOf(span[0]), byteOf(span[1])]
}

function shown(span: Span, type: string, bytes: Buffer): unknown {
  if (type === 'index') return span ? tuple(span[0], span[1] - span[0]) : tuple(-1, 0)
  const part = span ? bytes.subarray(...span) : Buffer.alloc(0)
  return type === 'list' ? charlistOf(part.toString('utf8')) : bitsOfBytes(part)
}

function patternOf(pattern: unknown, options: unknown): TupleClass {
  const { regexp } = compiled(pattern, optionsOf(options))
  const groups = new RegExp(`${regexp.source}|`, regexp.flags).exec('')!.length - 1
  return tuple(PATTERN, groups, optionsOf(options).unicode ? 1 : 0, 0, tuple(pattern, options))
}

/** The native functions of the module `re`. @see https://www.erlang.org/doc/apps/stdlib/re */
export const re: Functions = {
  // No release of OTP has this version, so a pattern that was compiled there is compiled again here.
  version: () => bitsOfText('JavaScript'),
  compile: (pattern: unknown, options: unknown = NIL) => {
    try {
      return tuple(atom('ok'), patternOf(pattern, options))
    } catch {
      return tuple(atom('error'), tuple(charlistOf('the pattern cannot be compiled'), 0))
    }
  },
  // OTP 28 and later: a pattern that `re:compile/2` has exported for any release.
  import: (exported: unknown) => {
    const [tag, , pattern, options] = exported instanceof TupleClass ? exported.elements : []
    return tag === EXPORTED ? patternOf(pattern, options) : badarg()
  },
  run,
  inspect: (pattern: unknown, _item: unknown) => {
    const { regexp } = compiled(pattern, optionsOf(NIL))
    const names = [...regexp.source.matchAll(/\(\?<([a-z_]\w*)>/gi)].map(([, name]) => bitsOfText(name!))
    return tuple(atom('namelist'), listOf(names))
  },
}

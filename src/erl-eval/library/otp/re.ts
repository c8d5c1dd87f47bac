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
} from '../../value/index.ts'
import { charlistOf, iolist } from '../erlang/index.ts'
import {
  compileRegex,
  MATCH_LIMIT,
  type Match,
  type MatchInput,
  MatchLimitError,
  parseRegex,
  RegexError,
  type RegexOptions,
} from '../regex/index.ts'
import { decodeText } from './text-encoding.ts'
import { readChardata } from './unicode.ts'

// The engine is in the folder `regex`. Positions are counted in bytes.

const PATTERN = atom('re_pattern')
const EXPORTED = atom('re_exported_pattern')
const NOMATCH = atom('nomatch')
const MATCH = atom('match')
const ERROR = atom('error')
const OK = atom('ok')

/** Options of `re:compile`, by their names in OTP. */
const COMPILE_FLAGS: Readonly<Record<string, keyof RegexOptions>> = {
  anchored: 'anchored',
  caseless: 'caseless',
  dollar_endonly: 'dollarEndOnly',
  dotall: 'dotall',
  extended: 'extended',
  firstline: 'firstLine',
  multiline: 'multiline',
  no_auto_capture: 'noAutoCapture',
  ucp: 'ucp',
  ungreedy: 'ungreedy',
  unicode: 'unicode',
}
/** Options that change nothing here. */
const IGNORED = new Set([
  'bsr_anycrlf',
  'bsr_unicode',
  'dupnames',
  'export',
  'never_utf',
  'no_start_optimize',
])

interface RunOptions {
  readonly global: boolean
  readonly offset: number
  readonly anchored: boolean
  readonly notEmpty: boolean
  readonly notEmptyAtStart: boolean
  readonly notLineStart: boolean
  readonly notLineEnd: boolean
  readonly reportErrors: boolean
  readonly limit: number
  readonly capture: unknown
  readonly type: string
}

/** Options of one call, as atoms and as tuples. Raises `badarg` for an unknown option. */
interface GivenOptions {
  readonly compile: RegexOptions
  readonly run: RunOptions
}

function optionsOf(list: unknown): GivenOptions {
  const flags = Object.fromEntries(Object.values(COMPILE_FLAGS).map((flag) => [flag, false]))
  const words = new Set<string>()
  const values = new Map<string, readonly unknown[]>()
  for (const option of items(list)) {
    const [name, ...rest] = option instanceof TupleClass ? (option.elements as readonly unknown[]) : [option]
    if (!(name instanceof Atom)) return badarg()
    if (rest.length > 0) values.set(name.name, rest)
    else if (Object.hasOwn(COMPILE_FLAGS, name.name)) flags[COMPILE_FLAGS[name.name]!] = true
    if (rest.length === 0) words.add(name.name)
  }
  for (const word of words) if (!isKnown(word)) return badarg()
  for (const [name, rest] of values) if (!isValid(name, rest)) return badarg()
  const [capture = atom('all'), type] = values.get('capture') ?? []
  return {
    compile: flags as unknown as RegexOptions,
    run: {
      global: words.has('global'),
      offset: (values.get('offset')?.[0] as number | undefined) ?? 0,
      anchored: words.has('anchored'),
      notEmpty: words.has('notempty'),
      notEmptyAtStart: words.has('notempty_atstart'),
      notLineStart: words.has('notbol'),
      notLineEnd: words.has('noteol'),
      reportErrors: words.has('report_errors'),
      limit: (values.get('match_limit')?.[0] as number | undefined) ?? MATCH_LIMIT,
      capture,
      type: type === undefined ? 'index' : String(type),
    },
  }
}

const RUN_FLAGS = new Set(['global', 'notempty', 'notempty_atstart', 'notbol', 'noteol', 'report_errors'])
const isKnown = (word: string): boolean =>
  Object.hasOwn(COMPILE_FLAGS, word) || IGNORED.has(word) || RUN_FLAGS.has(word)

/** Whether an option with a value is known. Newlines other than `lf` are not: the engine knows only these. */
function isValid(name: string, [value, second]: readonly unknown[]): boolean {
  if (name === 'newline') return value === atom('lf')
  if (name === 'capture') return second === undefined || ['index', 'list', 'binary'].includes(String(second))
  return (
    ['offset', 'match_limit', 'match_limit_recursion'].includes(name) &&
    typeof value === 'number' &&
    value >= 0
  )
}

/** Compiled regular expression. */
interface Compiled {
  readonly find: (input: MatchInput) => Match | undefined
  readonly groups: number
  readonly names: ReadonlyMap<string, readonly number[]>
  readonly options: RegexOptions
}

const cache = new Map<string, Compiled>()
const CACHE_SIZE = 200

/** @throws RegexError */
function compileSource(source: string, options: RegexOptions): Compiled {
  const key = JSON.stringify([source, options])
  const known = cache.get(key)
  if (known) return known
  const parsed = parseRegex(source, options)
  const compiled = {
    find: compileRegex(parsed, options.unicode, options.firstLine),
    groups: parsed.groups,
    names: parsed.names,
    options,
  }
  if (cache.size >= CACHE_SIZE) cache.clear()
  cache.set(key, compiled)
  return compiled
}

function sourceOf(pattern: unknown, { unicode }: RegexOptions): string {
  if (!unicode) return Buffer.from(iolist(pattern).toBytes()).toString('latin1')
  const { text, problem } = readChardata(pattern, 'utf8')
  return problem ? badarg() : text
}

/** Returns a compiled pattern, or compiles the source of one. Raises `badarg` when it is not valid. */
function compiledOf(pattern: unknown, options: RegexOptions): Compiled {
  const [source, given] = patternParts(pattern) ?? [pattern, options]
  try {
    return compileSource(sourceOf(source, given), given)
  } catch (error) {
    return badargOf(error)
  }
}

/** Raises `badarg` for an error of a pattern. Throws any other error. */
function badargOf(error: unknown): never {
  if (error instanceof RegexError) return badarg()
  throw error
}

// A compiled pattern holds its source and its options. Those of a BEAM hold code of its engine, and are not run.
function patternParts(value: unknown): [unknown, RegexOptions] | undefined {
  if (!(value instanceof TupleClass) || value.elements[0] !== PATTERN) return undefined
  const own = value.elements[4]
  if (!(own instanceof TupleClass)) return badarg()
  return [own.elements[0], optionsOf(own.elements[1]).compile]
}

/** Subject as code points, and the byte at which each begins. */
interface Subject {
  readonly bytes: Uint8Array
  readonly codes: ArrayLike<number>
  readonly byteAt: (index: number) => number
  readonly indexAt: (byte: number) => number
}

function subjectOf(value: unknown, unicode: boolean): Subject {
  const bytes = unicode && !(value instanceof Bits) ? Buffer.from(textIn(value)) : iolist(value).toBytes()
  const same = (index: number): number => index
  if (!unicode || bytes.every((byte) => byte < 128))
    return { bytes, codes: bytes, byteAt: same, indexAt: same }
  const { text, problem } = decodeText(bytes, 'utf8')
  if (problem) return badarg()
  const codes: number[] = []
  const starts: number[] = []
  let byte = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    codes.push(code)
    starts.push(byte)
    byte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  starts.push(byte)
  return {
    bytes,
    codes,
    byteAt: (index) => starts[index]!,
    indexAt: (at) => (starts.includes(at) ? starts.indexOf(at) : badarg()),
  }
}

function textIn(value: unknown): string {
  const { text, problem } = readChardata(value, 'utf8')
  return problem ? badarg() : text
}

function run(subject: unknown, pattern: unknown, list: unknown = NIL): unknown {
  const given = optionsOf(list)
  const compiled = compiledOf(pattern, given.compile)
  const input = subjectOf(subject, compiled.options.unicode)
  const { run: options } = given
  if (options.offset > input.bytes.length) return badarg()
  const find = (from: number, again = false): Match | undefined =>
    compiled.find({
      ...options,
      codes: input.codes,
      from,
      anchored: again || options.anchored || compiled.options.anchored,
      notEmptyAtStart: again || options.notEmptyAtStart,
    })
  const results: Match[] = []
  try {
    const first = input.indexAt(options.offset)
    if (options.global) results.push(...allMatches(find, first, input.codes.length))
    else {
      const found = find(first)
      if (found) results.push(found)
    }
  } catch (error) {
    // A recursion that exhausts the stack of JavaScript has reached a limit too.
    if (!(error instanceof MatchLimitError || error instanceof RangeError)) throw error
    return options.reportErrors ? tuple(ERROR, atom('match_limit')) : NOMATCH
  }
  if (results.length === 0) return NOMATCH
  if (options.capture === atom('none')) return MATCH
  const shown = results.map((match) => captured(match, compiled, options, input))
  return tuple(MATCH, options.global ? listOf(shown) : shown[0])
}

// After an empty match, one that is not empty is tried at the same position, as in re.erl.
function allMatches(
  find: (from: number, again?: boolean) => Match | undefined,
  from: number,
  length: number,
): Match[] {
  const results: Match[] = []
  for (let at = from; at <= length; ) {
    const found = find(at)
    if (!found) break
    results.push(found)
    const [start, end] = found[0]!
    if (end > start) {
      at = end
      continue
    }
    const other = find(at, true)
    if (other) results.push(other)
    const size = other ? other[0]![1] - other[0]![0] : 0
    at = start + Math.max(size, 1)
  }
  return results
}

function captured(
  match: Match,
  { names }: Compiled,
  { capture, type }: RunOptions,
  subject: Subject,
): unknown {
  const last = match.findLastIndex((span) => span !== undefined)
  const named = (name: string): Match[number] =>
    (names.get(name) ?? []).map((number) => match[number]).find((span) => span !== undefined)
  let wanted: Match
  if (capture === atom('all')) wanted = match.slice(0, last + 1)
  else if (capture === atom('all_but_first')) wanted = match.slice(1, last + 1)
  else if (capture === atom('first')) wanted = match.slice(0, 1)
  else if (capture === atom('all_names')) wanted = [...names.keys()].sort().map(named)
  else if (capture instanceof Atom) return badarg()
  else wanted = items(capture).map((one) => (typeof one === 'number' ? match[one] : named(nameIn(one))))
  return listOf(wanted.map((span) => shown(span, type, subject)))
}

const nameIn = (value: unknown): string => (value instanceof Atom ? value.name : textIn(value))

function shown(span: Match[number], type: string, { bytes, byteAt, codes }: Subject): unknown {
  const [from, to] = span ? [byteAt(span[0]), byteAt(span[1])] : [0, 0]
  if (type === 'index') return span ? tuple(from, to - from) : tuple(-1, 0)
  const part = bytes.subarray(from, to)
  if (type === 'binary') return bitsOfBytes(part)
  return codes === bytes ? listOf(part) : charlistOf(Buffer.from(part).toString('utf8'))
}

/** @throws RegexError */
function patternOf(pattern: unknown, options: unknown): TupleClass {
  const { compile } = optionsOf(options)
  const { groups } = compileSource(sourceOf(pattern, compile), compile)
  return tuple(PATTERN, groups, compile.unicode ? 1 : 0, 0, tuple(pattern, options))
}

/** The native functions of the module `re`. @see https://www.erlang.org/doc/apps/stdlib/re */
export const re: Functions = {
  // No release of OTP has this version, so a pattern that was compiled there is compiled again here.
  version: () => bitsOfText('Moebi'),
  compile: (pattern: unknown, options: unknown = NIL) => {
    try {
      return tuple(OK, patternOf(pattern, options))
    } catch (error) {
      if (!(error instanceof RegexError)) throw error
      return tuple(ERROR, tuple(charlistOf(error.message), error.position))
    }
  },
  // OTP 28 and later: a pattern that `re:compile/2` has exported for any release.
  import: (exported: unknown) => {
    const [tag, , pattern, options] = exported instanceof TupleClass ? exported.elements : []
    try {
      return tag === EXPORTED ? patternOf(pattern, options) : badarg()
    } catch (error) {
      return badargOf(error)
    }
  },
  run,
  internal_run: (subject: unknown, pattern: unknown, options: unknown, _first: unknown) =>
    run(subject, pattern, options),
  inspect: (pattern: unknown, item: unknown) => {
    const { names } = compiledOf(pattern, optionsOf(NIL).compile)
    return item === atom('namelist')
      ? tuple(item, listOf([...names.keys()].sort().map(bitsOfText)))
      : badarg()
  },
}

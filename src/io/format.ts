/**
 * The formats of `io_lib:format`: https://www.erlang.org/doc/apps/stdlib/io#fwrite/3
 */
import { Atom, Float, type Term } from '../term/index.ts'
import { chardataToText, type Encoding } from './chardata.ts'
import { formatTerm, lengthOf, type TermFormatOptions, toLine } from './erlang-syntax.ts'
import { prettyPrint } from './pretty-print.ts'

export interface FormatOptions {
  /** Encoding of the prefixes of `~x`; `unicode` unless given. */
  readonly encoding?: Encoding
  /** Node whose pids begin with 0. */
  readonly self?: Atom | undefined
}

/** Control sequence, `~F.P.PadModC`. */
interface ControlSequence {
  readonly letter: string
  readonly width: number | undefined
  readonly left: boolean
  readonly precision: number | undefined
  readonly pad: string
  /** Modifier `t`: the argument is Unicode. */
  readonly unicode: boolean
  /** Modifier `l`: lists are never formatted as strings. */
  readonly lists: boolean
}

/** Maximum of a width or a precision, which bounds the text that a short format produces. */
const MAX_NUMBER = 100_000

/**
 * Returns the text of a format with its arguments. Returns undefined for arguments that do not match the format (`badarg`).
 *
 * @see `io_lib:format/2`
 */
export function format(
  template: string,
  args: readonly Term[],
  options: FormatOptions = {},
): string | undefined {
  try {
    return new Formatter(template, args, options).run()
  } catch (thrown) {
    if (thrown === BADARG) return undefined
    throw thrown
  }
}

const BADARG = Symbol('badarg')

class Formatter {
  readonly #template: string
  readonly #args: readonly Term[]
  readonly #encoding: Encoding
  readonly #self: Atom | undefined
  #position = 0
  #nextIndex = 0
  #output = ''

  constructor(template: string, args: readonly Term[], { encoding = 'unicode', self }: FormatOptions) {
    this.#template = template
    this.#args = args
    this.#encoding = encoding
    this.#self = self
  }

  run(): string {
    for (;;) {
      const next = this.#template.indexOf('~', this.#position)
      this.#output += this.#template.slice(this.#position, next < 0 ? undefined : next)
      if (next < 0) break
      this.#position = next + 1
      this.#output += this.#formatSequence(this.#parseSequence())
    }
    if (this.#nextIndex < this.#args.length) throw BADARG
    return this.#output
  }

  #parseSequence(): ControlSequence {
    const left = this.#accept('-')
    const width = this.#parseNumber()
    let precision: number | undefined
    let pad = ' '
    if (this.#accept('.')) {
      precision = this.#parseNumber()
      if (this.#accept('.'))
        pad = this.#accept('*') ? toCharacter(this.#takeArgument()) : this.#takeCharacter()
    }
    let unicode = false
    let lists = false
    for (;;) {
      if (this.#accept('t')) unicode = true
      else if (this.#accept('l')) lists = true
      // Modifier `k` sorts the keys of maps, which are always sorted here.
      else if (this.#accept('k')) continue
      else break
    }
    // A negative width from the arguments aligns the text to the left, as a minus sign in the format does.
    const negative = width !== undefined && width < 0
    return {
      letter: this.#takeCharacter(),
      width: width === undefined ? undefined : Math.abs(width),
      left: left !== negative,
      precision,
      pad,
      unicode,
      lists,
    }
  }

  #accept(wanted: string): boolean {
    if (this.#template[this.#position] !== wanted) return false
    this.#position++
    return true
  }

  #takeCharacter(): string {
    const code = this.#template.codePointAt(this.#position)
    if (code === undefined) throw BADARG
    const taken = String.fromCodePoint(code)
    this.#position += taken.length
    return taken
  }

  #parseNumber(): number | undefined {
    if (this.#accept('*')) return toInteger(this.#takeArgument(), MAX_NUMBER)
    const [digits] = /^\d*/.exec(this.#template.slice(this.#position))!
    this.#position += digits.length
    return digits === '' ? undefined : toInteger(Number(digits), MAX_NUMBER)
  }

  #takeArgument(): Term {
    if (this.#nextIndex >= this.#args.length) throw BADARG
    return this.#args[this.#nextIndex++]
  }

  #formatSequence(control: ControlSequence): string {
    const { letter, width } = control
    switch (letter) {
      case '~':
        return '~'.repeat(width ?? 1)
      case 'n':
        return '\n'.repeat(width ?? 1)
      case 'i':
        this.#takeArgument()
        return ''
      case 'c':
        return this.#formatCharacter(control)
      case 's':
        return this.#formatString(control)
      case 'w':
        return formatField(
          toLine(formatTerm(this.#takeArgument(), this.#termFormat(control, false))),
          control,
        )
      case 'W': {
        const term = this.#takeArgument()
        return formatField(
          toLine(formatTerm(term, this.#termFormat(control, false, toInteger(this.#takeArgument())))),
          control,
        )
      }
      case 'p':
        return this.#formatPretty(this.#takeArgument(), control)
      case 'P': {
        const term = this.#takeArgument()
        return this.#formatPretty(term, control, toInteger(this.#takeArgument()))
      }
      case 'b':
      case 'B':
      case 'x':
      case 'X':
      case '#':
      case '+':
        return this.#formatInteger(control)
      case 'f':
      case 'e':
      case 'g':
        return formatField(formatFloat(letter, toNumber(this.#takeArgument()), control.precision ?? 6), {
          ...control,
          precision: undefined,
        })
      default:
        throw BADARG
    }
  }

  #formatCharacter({ width, left, precision, pad, unicode }: ControlSequence): string {
    const code = toInteger(this.#takeArgument())
    const one = toCharacter(unicode ? code : code & 0xff)
    const count = precision ?? width ?? 1
    if (width === undefined) return one.repeat(count)
    if (width < count) throw BADARG
    return padText(one.repeat(count), width, left, pad)
  }

  #formatString(control: ControlSequence): string {
    const arg = this.#takeArgument()
    const encoding = control.unicode ? 'unicode' : 'latin1'
    const text = isAtom(arg) ? String(arg) : chardataToText(arg, encoding)
    if (text === undefined || typeof arg === 'number') throw BADARG
    const { width, left, precision, pad } = control
    if (width !== undefined && precision !== undefined) {
      if (width < precision) throw BADARG
      return padText(fitText(text, precision, true, pad), width, left, pad)
    }
    if (width !== undefined) return fitText(text, width, left, pad)
    return precision === undefined ? text : fitText(text, precision, true, pad)
  }

  #formatInteger({ letter, width, left, precision = 10, pad }: ControlSequence): string {
    const value = this.#takeArgument()
    if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) throw BADARG
    if (precision < 2 || precision > 36) throw BADARG
    const digits = (value as number | bigint).toString(precision)
    const negative = digits.startsWith('-')
    const upper = letter === 'B' || letter === 'X' || letter === '#'
    const number = upper ? digits.toUpperCase() : digits
    let prefix = ''
    if (letter === 'x' || letter === 'X') {
      const given = this.#takeArgument()
      const text = isAtom(given) ? String(given) : chardataToText(given, this.#encoding)
      if (text === undefined) throw BADARG
      prefix = text
    } else if (letter === '#' || letter === '+') prefix = `${precision}#`
    const text = negative ? `-${prefix}${number.slice(1)}` : prefix + number
    return formatField(text, { width, left, precision: undefined, pad })
  }

  #formatPretty(term: Term, control: ControlSequence, depth?: number): string {
    const column = control.precision ?? lengthOf(this.#output.slice(this.#output.lastIndexOf('\n') + 1)) + 1
    return prettyPrint(
      formatTerm(term, this.#termFormat(control, !control.lists, depth)),
      column,
      control.width ?? 80,
    )
  }

  #termFormat(control: ControlSequence, strings: boolean, depth = -1): TermFormatOptions {
    return {
      strings,
      encoding: control.unicode ? 'unicode' : 'latin1',
      depth: depth < 0 ? Number.POSITIVE_INFINITY : depth,
      self: this.#self,
    }
  }
}

function isAtom(term: Term): boolean {
  return term instanceof Atom || term === null || typeof term === 'boolean'
}

function toInteger(term: Term, largest = Number.MAX_SAFE_INTEGER): number {
  if (typeof term === 'number' && Number.isSafeInteger(term) && Math.abs(term) <= largest) return term
  throw BADARG
}

function toNumber(term: Term): number {
  if (typeof term === 'number') return term
  if (term instanceof Float) return term.value
  throw BADARG
}

function toCharacter(code: Term): string {
  const text = typeof code === 'number' ? chardataToText(code) : undefined
  if (text === undefined) throw BADARG
  return text
}

// Text that does not fit is replaced by asterisks.
function formatField(
  text: string,
  { width, left, precision, pad }: Pick<ControlSequence, 'width' | 'left' | 'precision' | 'pad'>,
): string {
  const room = width ?? precision
  if (room === undefined) return text
  const length = lengthOf(text)
  const most = Math.min(precision ?? room, room)
  if (length > most) return padText('*'.repeat(most), room, left, pad)
  return padText(text, room, left, pad)
}

function fitText(text: string, width: number, left: boolean, pad: string): string {
  return lengthOf(text) > width ? Array.from(text).slice(0, width).join('') : padText(text, width, left, pad)
}

function padText(text: string, width: number, left: boolean, pad: string): string {
  const missing = pad.repeat(Math.max(0, width - lengthOf(text)))
  return left ? text + missing : missing + text
}

// ~g formats numbers of a magnitude from 0.1 to 10,000 as ~f does, and others as ~e does.
function formatFloat(letter: string, value: number, precision: number): string {
  if (!Number.isFinite(value)) throw BADARG
  if (letter === 'f') {
    if (precision < 1) throw BADARG
    return formatFixed(value, precision)
  }
  if (letter === 'e') {
    if (precision < 2) throw BADARG
    return formatExponential(value, precision)
  }
  if (precision < 1) throw BADARG
  const size = Math.abs(value)
  const exponent = size < 0.1 ? -2 : [1, 10, 100, 1_000, 10_000].findIndex((limit) => size < limit) - 1
  const short = exponent >= -1 && size < 10_000
  if (short && ((precision <= 1 && exponent === -1) || precision - 1 > exponent))
    return formatFixed(value, precision - 1 - exponent)
  return formatExponential(value, Math.max(2, precision))
}

function formatFixed(value: number, digits: number): string {
  const most = Math.min(digits, 100)
  const text = Math.abs(value) < 1e21 ? value.toFixed(most) : `${BigInt(value)}.${'0'.repeat(most)}`
  return text.padEnd(text.length + digits - most, '0')
}

function formatExponential(value: number, precision: number): string {
  const digits = Math.min(precision - 1, 100)
  return value.toExponential(digits).replace('e', `${'0'.repeat(precision - 1 - digits)}e`)
}

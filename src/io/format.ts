/**
 * The formats of `io_lib:format`: https://www.erlang.org/doc/apps/stdlib/io#fwrite/3
 */
import { Atom, Float, type Term } from '../term/index.ts'
import { chardataToText, type Encoding } from './chardata.ts'
import { flat, lengthOf, type WriteOptions, written } from './erlang-text.ts'
import { pretty } from './pretty.ts'

export interface FormatOptions {
  /** What `~s` and `~p` take for characters where `t` does not say otherwise; `unicode` unless given. */
  readonly encoding?: Encoding
  /** The node whose pids begin with 0. */
  readonly self?: Atom | undefined
}

/** A control sequence, `~F.P.PadModC`. */
interface Control {
  readonly letter: string
  readonly width: number | undefined
  readonly left: boolean
  readonly precision: number | undefined
  readonly pad: string
  /** `t`: everything is Unicode. */
  readonly unicode: boolean
  /** `l`: lists are never shown as text. */
  readonly lists: boolean
}

/** Numbers in a format are at most so big: what they ask for is made. */
const LARGEST = 100_000

/**
 * Returns the text of a format and its arguments, or undefined where they do not belong together (`badarg`).
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
  #at = 0
  #used = 0
  #output = ''

  constructor(template: string, args: readonly Term[], { encoding = 'unicode', self }: FormatOptions) {
    this.#template = template
    this.#args = args
    this.#encoding = encoding
    this.#self = self
  }

  run(): string {
    for (;;) {
      const next = this.#template.indexOf('~', this.#at)
      this.#output += this.#template.slice(this.#at, next < 0 ? undefined : next)
      if (next < 0) break
      this.#at = next + 1
      this.#output += this.#print(this.#control())
    }
    if (this.#used < this.#args.length) throw BADARG
    return this.#output
  }

  #control(): Control {
    const left = this.#accept('-')
    const width = this.#number()
    let precision: number | undefined
    let pad = ' '
    if (this.#accept('.')) {
      precision = this.#number()
      if (this.#accept('.')) pad = this.#accept('*') ? character(this.#next()) : this.#take()
    }
    let unicode = false
    let lists = false
    for (;;) {
      if (this.#accept('t')) unicode = true
      else if (this.#accept('l')) lists = true
      // Orders of maps: ours is always the same.
      else if (this.#accept('k')) continue
      else break
    }
    // A width from the arguments may be negative, which puts the text to the left as the sign in the format does.
    const negative = width !== undefined && width < 0
    return {
      letter: this.#take(),
      width: width === undefined ? undefined : Math.abs(width),
      left: left !== negative,
      precision,
      pad,
      unicode,
      lists,
    }
  }

  #accept(wanted: string): boolean {
    if (this.#template[this.#at] !== wanted) return false
    this.#at++
    return true
  }

  #take(): string {
    const code = this.#template.codePointAt(this.#at)
    if (code === undefined) throw BADARG
    const taken = String.fromCodePoint(code)
    this.#at += taken.length
    return taken
  }

  #number(): number | undefined {
    if (this.#accept('*')) return integer(this.#next(), LARGEST)
    const [digits] = /^\d*/.exec(this.#template.slice(this.#at))!
    this.#at += digits.length
    return digits === '' ? undefined : integer(Number(digits), LARGEST)
  }

  #next(): Term {
    if (this.#used >= this.#args.length) throw BADARG
    return this.#args[this.#used++]
  }

  #print(control: Control): string {
    const { letter, width } = control
    switch (letter) {
      case '~':
        return '~'.repeat(width ?? 1)
      case 'n':
        return '\n'.repeat(width ?? 1)
      case 'i':
        this.#next()
        return ''
      case 'c':
        return this.#characters(control)
      case 's':
        return this.#string(control)
      case 'w':
        return field(flat(written(this.#next(), this.#writing(control, false))), control)
      case 'W': {
        const term = this.#next()
        return field(flat(written(term, this.#writing(control, false, integer(this.#next())))), control)
      }
      case 'p':
        return this.#pretty(this.#next(), control)
      case 'P': {
        const term = this.#next()
        return this.#pretty(term, control, integer(this.#next()))
      }
      case 'b':
      case 'B':
      case 'x':
      case 'X':
      case '#':
      case '+':
        return this.#integer(control)
      case 'f':
      case 'e':
      case 'g':
        return field(float(letter, numeric(this.#next()), control.precision ?? 6), {
          ...control,
          precision: undefined,
        })
      default:
        throw BADARG
    }
  }

  #characters({ width, left, precision, pad, unicode }: Control): string {
    const code = integer(this.#next())
    const one = character(unicode ? code : code & 0xff)
    const count = precision ?? width ?? 1
    if (width === undefined) return one.repeat(count)
    if (width < count) throw BADARG
    return padded(one.repeat(count), width, left, pad)
  }

  #string(control: Control): string {
    const arg = this.#next()
    const encoding = control.unicode ? 'unicode' : 'latin1'
    const text = isAtom(arg) ? String(arg) : chardataToText(arg, encoding)
    if (text === undefined || typeof arg === 'number') throw BADARG
    const { width, left, precision, pad } = control
    if (width !== undefined && precision !== undefined) {
      if (width < precision) throw BADARG
      return padded(fitted(text, precision, true, pad), width, left, pad)
    }
    if (width !== undefined) return fitted(text, width, left, pad)
    return precision === undefined ? text : fitted(text, precision, true, pad)
  }

  #integer({ letter, width, left, precision = 10, pad }: Control): string {
    const value = this.#next()
    if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) throw BADARG
    if (precision < 2 || precision > 36) throw BADARG
    const digits = (value as number | bigint).toString(precision)
    const negative = digits.startsWith('-')
    const upper = letter === 'B' || letter === 'X' || letter === '#'
    const number = upper ? digits.toUpperCase() : digits
    let prefix = ''
    if (letter === 'x' || letter === 'X') {
      const given = this.#next()
      const text = isAtom(given) ? String(given) : chardataToText(given, this.#encoding)
      if (text === undefined) throw BADARG
      prefix = text
    } else if (letter === '#' || letter === '+') prefix = `${precision}#`
    const text = negative ? `-${prefix}${number.slice(1)}` : prefix + number
    return field(text, { width, left, precision: undefined, pad })
  }

  #pretty(term: Term, control: Control, depth?: number): string {
    const column = control.precision ?? lengthOf(this.#output.slice(this.#output.lastIndexOf('\n') + 1)) + 1
    return pretty(written(term, this.#writing(control, !control.lists, depth)), column, control.width ?? 80)
  }

  #writing(control: Control, strings: boolean, depth = -1): WriteOptions {
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

function integer(term: Term, largest = Number.MAX_SAFE_INTEGER): number {
  if (typeof term === 'number' && Number.isSafeInteger(term) && Math.abs(term) <= largest) return term
  throw BADARG
}

function numeric(term: Term): number {
  if (typeof term === 'number') return term
  if (term instanceof Float) return term.value
  throw BADARG
}

function character(code: Term): string {
  const text = typeof code === 'number' ? chardataToText(code) : undefined
  if (text === undefined) throw BADARG
  return text
}

// What does not fit becomes stars, as many as there is room.
function field(
  text: string,
  { width, left, precision, pad }: Pick<Control, 'width' | 'left' | 'precision' | 'pad'>,
): string {
  const room = width ?? precision
  if (room === undefined) return text
  const length = lengthOf(text)
  const most = Math.min(precision ?? room, room)
  if (length > most) return padded('*'.repeat(most), room, left, pad)
  return padded(text, room, left, pad)
}

function fitted(text: string, width: number, left: boolean, pad: string): string {
  return lengthOf(text) > width ? Array.from(text).slice(0, width).join('') : padded(text, width, left, pad)
}

function padded(text: string, width: number, left: boolean, pad: string): string {
  const missing = pad.repeat(Math.max(0, width - lengthOf(text)))
  return left ? text + missing : missing + text
}

// ~g is ~f for what has few digits before the point, and ~e for the rest.
function float(letter: string, value: number, precision: number): string {
  if (!Number.isFinite(value)) throw BADARG
  if (letter === 'f') {
    if (precision < 1) throw BADARG
    return fixed(value, precision)
  }
  if (letter === 'e') {
    if (precision < 2) throw BADARG
    return exponential(value, precision)
  }
  if (precision < 1) throw BADARG
  const size = Math.abs(value)
  const exponent = size < 0.1 ? -2 : [1, 10, 100, 1_000, 10_000].findIndex((limit) => size < limit) - 1
  const short = exponent >= -1 && size < 10_000
  if (short && ((precision <= 1 && exponent === -1) || precision - 1 > exponent))
    return fixed(value, precision - 1 - exponent)
  return exponential(value, Math.max(2, precision))
}

function fixed(value: number, digits: number): string {
  const most = Math.min(digits, 100)
  const text = Math.abs(value) < 1e21 ? value.toFixed(most) : `${BigInt(value)}.${'0'.repeat(most)}`
  return text.padEnd(text.length + digits - most, '0')
}

function exponential(value: number, precision: number): string {
  const digits = Math.min(precision - 1, 100)
  return value.toExponential(digits).replace('e', `${'0'.repeat(precision - 1 - digits)}e`)
}

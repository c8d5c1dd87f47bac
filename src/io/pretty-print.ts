import { type FormattedTerm, toLine } from './erlang-syntax.ts'

type Compound = Extract<FormattedTerm, { readonly items: readonly FormattedTerm[] }>
type Pair = Extract<FormattedTerm, { readonly kind: 'pair' }>

/**
 * Returns a formatted term broken into lines as `~p` does.
 *
 * @param column column at which the term begins, counted from 1
 * @param lineLength maximum length of a line in characters; 0 for one line
 * @see `io_lib_pretty`
 */
export function prettyPrint(term: FormattedTerm, column: number, lineLength: number): string {
  const start = Math.max(1, column)
  if (lineLength === 0 || term.kind === 'text' || term.length < lineLength - start) return toLine(term)
  // The elements after the tag of a tuple are indented to the column after it; when that is more than half of the line, by 4
  // columns, or by 1.
  for (const indent of [AFTER_TAG, 4])
    try {
      return new Layout(lineLength, indent, true).print(term, start, start - 1, 0)
    } catch (thrown) {
      if (thrown !== TOO_FAR) throw thrown
    }
  return new Layout(lineLength, 1, false).print(term, start, start - 1, 0)
}

const AFTER_TAG = -1
const TOO_FAR = Symbol('the indentation takes more than half of the line')

/** Text of an element, and its width in the last line. An element that no other may follow in its line has the whole line's width. */
interface Printed {
  readonly text: string
  readonly width: number
}

// `closers` is the number of closing brackets that follow the term in its last line.
class Layout {
  readonly #lineLength: number
  readonly #tagIndent: number
  readonly #checked: boolean

  constructor(lineLength: number, tagIndent: number, checked: boolean) {
    this.#lineLength = lineLength
    this.#tagIndent = tagIndent
    this.#checked = checked
  }

  print(term: FormattedTerm, column: number, indent: number, closers: number): string {
    if (this.#fits(term, column, closers)) return toLine(term)
    switch (term.kind) {
      case 'list':
        return `[${this.#items(term.items, term.tail, column + 1, indent + 1, closers)}]`
      case 'tuple':
        if (term.tagged) return `{${this.#tagged(term, column, indent, closers)}}`
        return `{${this.#items(term.items, undefined, column + 1, indent + 1, closers)}}`
      case 'map':
        return `#{${this.#pairs(term.items, column + 2, indent + 2, closers)}}`
      case 'bytes':
        return this.#bytes(term.textNode, column + 2, indent + 2, closers)
      default:
        return toLine(term)
    }
  }

  #fits(term: FormattedTerm, column: number, closers: number): boolean {
    return term.length < this.#lineLength - column - closers
  }

  #tagged({ items }: Compound, column: number, indent: number, closers: number): string {
    const [tag, ...rest] = items as [FormattedTerm, ...FormattedTerm[]]
    const behind = tag.length + 2
    const half = Math.floor(this.#lineLength / 2)
    if (this.#tagIndent > 0 && behind > this.#tagIndent) {
      const at = column + this.#tagIndent
      if (this.#checked && at > half) throw TOO_FAR
      return toLine(tag) + this.#tail(rest, undefined, at, column + behind, indent + this.#tagIndent, closers)
    }
    if (this.#checked && column + behind >= half) throw TOO_FAR
    return `${toLine(tag)},${this.#items(rest, undefined, column + behind, indent + behind, closers)}`
  }

  #items(
    items: readonly FormattedTerm[],
    tail: FormattedTerm | undefined,
    column: number,
    indent: number,
    closers: number,
  ): string {
    const [first, ...rest] = items as [FormattedTerm, ...FormattedTerm[]]
    const { text, width } = this.#element(first, column, indent, this.#last(rest.length, closers))
    return text + this.#tail(rest, tail, column, column + width, indent, closers)
  }

  #tail(
    items: readonly FormattedTerm[],
    tail: FormattedTerm | undefined,
    start: number,
    column: number,
    indent: number,
    closers: number,
  ): string {
    let result = ''
    let at = column
    for (const [index, item] of items.entries()) {
      const open = this.#last(items.length - index - 1, closers)
      const length = item.length + 1
      if (isAtomic(item) && this.#shares(length, at, open)) {
        result += `,${toLine(item)}`
        at += length
      } else {
        const { text, width } = this.#element(item, start, indent, open)
        result += `,\n${' '.repeat(indent)}${text}`
        at = start + width
      }
    }
    if (!tail) return result
    if (isAtomic(tail) && tail.length + 1 < this.#lineLength - at - (closers + 1))
      return `${result}|${toLine(tail)}`
    return `${result}|\n${' '.repeat(indent)}${this.print(tail, start, indent, closers + 1)}`
  }

  #element(item: FormattedTerm, column: number, indent: number, closers: number): Printed {
    if (isAtomic(item) && this.#fits(item, column, closers)) return { text: toLine(item), width: item.length }
    return { text: this.print(item, column, indent, closers), width: this.#lineLength }
  }

  #pairs(items: readonly FormattedTerm[], column: number, indent: number, closers: number): string {
    let result = ''
    let at = column
    for (const [index, item] of items.entries()) {
      const open = this.#last(items.length - index - 1, closers)
      if (item.kind !== 'pair') {
        result += `,${toLine(item)}`
        break
      }
      if (index > 0 && isAtomicPair(item) && this.#shares(item.length + 1, at, open)) {
        result += `,${toLine(item)}`
        at += item.length + 1
      } else {
        const { text, width } = this.#pair(item, column, indent, open)
        result += index > 0 ? `,\n${' '.repeat(indent)}${text}` : text
        at = column + width
      }
    }
    return result
  }

  #pair(pair: Pair, column: number, indent: number, closers: number): Printed {
    if (this.#fits(pair, column, closers))
      return { text: toLine(pair), width: isAtomicPair(pair) ? pair.length : this.#lineLength }
    const inner = this.#tagIndent > 0 ? this.#tagIndent : 4
    const key = this.print(pair.key, column, indent, closers)
    const value = this.print(pair.value, column + inner, indent + inner, closers)
    return { text: `${key} =>\n${' '.repeat(indent + inner)}${value}`, width: this.#lineLength }
  }

  #bytes(text: string, column: number, indent: number, closers: number): string {
    const room = Math.max(8, this.#lineLength - column - closers)
    const parts = text.slice(2, -2).split(',')
    let result = ''
    let left = room
    for (const [index, part] of parts.entries()) {
      const piece = index < parts.length - 1 ? `${part},` : part
      if (left < piece.length) {
        result += `\n${' '.repeat(indent)}`
        left = room
      }
      result += piece
      left -= piece.length
    }
    return `<<${result}>>`
  }

  // Whether an item fits into the line of the item before it, together with a comma or the closing brackets.
  #shares(length: number, column: number, closers: number): boolean {
    return closers === 0
      ? length + 1 < this.#lineLength - column
      : length < this.#lineLength - column - closers
  }

  // Returns the number of brackets that close after an item with `left` items after it.
  #last(left: number, closers: number): number {
    return left > 0 ? 0 : closers + 1
  }
}

function isAtomic({ kind }: FormattedTerm): boolean {
  return kind === 'text'
}

function isAtomicPair({ key, value }: Pair): boolean {
  return isAtomic(key) && isAtomic(value)
}

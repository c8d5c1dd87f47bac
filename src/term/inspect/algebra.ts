/**
 * A document: text with places at which a line may be broken. {@link layout} fits it into a width.
 *
 * Follows Elixir's Inspect.Algebra, which follows Lindig's "Strictly Pretty": either no break of a group is a new line, or
 * all are. A flexible break is decided on its own, so a list of numbers fills its lines.
 */
export type Doc = string | Styled | Concat | Nest | Break | Group

/** Text with colours: its width is less than its number of characters. */
export interface Styled {
  readonly type: 'styled'
  readonly text: string
  readonly width: number
}

interface Concat {
  readonly type: 'concat'
  readonly parts: readonly Doc[]
}

interface Nest {
  readonly type: 'nest'
  readonly doc: Doc
  readonly by: number
}

interface Break {
  readonly type: 'break'
  readonly flat: string
  readonly flexible: boolean
}

interface Group {
  readonly type: 'group'
  readonly doc: Doc
}

export function concat(...parts: Doc[]): Doc {
  return { type: 'concat', parts }
}

export function nest(doc: Doc, by: number): Doc {
  return { type: 'nest', doc, by }
}

export function group(doc: Doc): Doc {
  return { type: 'group', doc }
}

export function styled(text: string, width: number): Doc {
  return { type: 'styled', text, width }
}

/** Places at which a line may be broken. When it is not broken, they are a space, or no text. */
export const breakSpace: Doc = { type: 'break', flat: ' ', flexible: false }
export const flexBreak: Doc = { type: 'break', flat: ' ', flexible: true }
export const breakEmpty: Doc = { type: 'break', flat: '', flexible: false }

/** Whether a document is one text. A list of such documents fills its lines; other lists have one item a line. */
export function isSimple(doc: Doc): boolean {
  return typeof doc === 'string' || doc.type === 'styled'
}

/** Returns a collection that fills its lines. */
export function flexContainer(open: string, docs: readonly Doc[], close: string): Doc {
  if (docs.length === 0) return open + close
  return group(concat(open, nest(joined(docs, flexBreak), open.length), close))
}

/** Returns a collection that has one item a line when it does not fit in one line. */
export function strictContainer(open: string, docs: readonly Doc[], close: string): Doc {
  if (docs.length === 0) return open + close
  return group(concat(nest(concat(open, breakEmpty, joined(docs, breakSpace)), 2), breakEmpty, close))
}

/** Returns documents with commas between them. */
export function joined(docs: readonly Doc[], gap: Doc): Doc {
  return concat(...docs.flatMap((doc, index) => (index === 0 ? [doc] : [',', gap, doc])))
}

/** Returns the width of a document that is laid out in one line. */
export function flatWidth(doc: Doc): number {
  if (typeof doc === 'string') return widthOf(doc)
  switch (doc.type) {
    case 'styled':
      return doc.width
    case 'concat':
      return doc.parts.reduce<number>((sum, part) => sum + flatWidth(part), 0)
    case 'break':
      return doc.flat.length
    default:
      return flatWidth(doc.doc)
  }
}

/** A document that is still to be laid out, as a linked list. */
interface LayoutItem {
  readonly indent: number
  readonly flat: boolean
  readonly doc: Doc
  readonly rest: LayoutItem | GroupEnd | undefined
}

/** The end of a group in a document that is measured. Restores `broken`. */
interface GroupEnd {
  readonly doc: undefined
  readonly broken: boolean
  readonly rest: LayoutItem | GroupEnd | undefined
}

/** Returns the text of a document in lines of at most `width` characters, as far as its breaks allow. */
export function layout(document: Doc, width: number): string {
  let output = ''
  let column = 0
  let todo: LayoutItem | undefined = { indent: 0, flat: false, doc: group(document), rest: undefined }
  while (todo) {
    const { indent, flat, doc } = todo as LayoutItem
    const rest = (todo as LayoutItem).rest as LayoutItem | undefined
    todo = rest
    if (typeof doc === 'string') {
      output += doc
      column += widthOf(doc)
    } else if (doc.type === 'styled') {
      output += doc.text
      column += doc.width
    } else if (doc.type === 'concat')
      todo = pushParts(doc.parts, indent, flat, rest) as LayoutItem | undefined
    else if (doc.type === 'nest') todo = { indent: indent + doc.by, flat, doc: doc.doc, rest }
    else if (doc.type === 'group') {
      const whole: LayoutItem = { indent, flat: true, doc: doc.doc, rest: undefined }
      todo = { indent, flat: fits(width, column, false, whole), doc: doc.doc, rest }
    } else if (flat || (doc.flexible && fits(width, column + doc.flat.length, true, rest))) {
      output += doc.flat
      column += doc.flat.length
    } else {
      output += `\n${' '.repeat(indent)}`
      column = indent
    }
  }
  return output
}

function pushParts(
  parts: readonly Doc[],
  indent: number,
  flat: boolean,
  rest: LayoutItem | GroupEnd | undefined,
): LayoutItem | GroupEnd | undefined {
  let todo = rest
  for (let index = parts.length - 1; index >= 0; index--)
    todo = { indent, flat, doc: parts[index]!, rest: todo }
  return todo
}

// A text that exceeds the width counts only when there is a break before it, at which a new line could begin.
function fits(width: number, from: number, brokenBefore: boolean, first: LayoutItem | undefined): boolean {
  if (width === Number.POSITIVE_INFINITY) return true
  let column = from
  let broken = brokenBefore
  let todo: LayoutItem | GroupEnd | undefined = first
  while (todo) {
    if (broken && column > width) return false
    if (todo.doc === undefined) {
      broken = todo.broken
      todo = todo.rest
      continue
    }
    const { indent, flat, doc, rest }: LayoutItem = todo
    todo = rest
    if (typeof doc === 'string') column += widthOf(doc)
    else if (doc.type === 'styled') column += doc.width
    else if (doc.type === 'concat') todo = pushParts(doc.parts, indent, flat, rest)
    else if (doc.type === 'nest') todo = { indent: indent + doc.by, flat, doc: doc.doc, rest }
    else if (doc.type === 'group')
      todo = { indent, flat: true, doc: doc.doc, rest: { doc: undefined, broken, rest } }
    else if (!flat) return true
    else {
      column += doc.flat.length
      broken = true
    }
  }
  return !(broken && column > width)
}

/** Returns the width of a text: its number of bytes, as in Elixir, so that lines break where Elixir's lines do. */
export function widthOf(text: string): number {
  return Buffer.byteLength(text)
}

/**
 * Documents that know where they may be broken, and the search for the layout that fits a width.
 *
 * The layout is that of Elixir's Inspect.Algebra, which follows Lindig's "Strictly Pretty": a group is either flat or broken
 * as a whole; a flexible break is decided on its own, so that a list of numbers fills its lines.
 */
export type Doc = string | Styled | Concat | Nest | Break | Group

/** Text that takes less room than it has characters, since some of them are colours. */
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

/** A place where a line may end; on one line it is a space, or nothing. */
export const breakSpace: Doc = { type: 'break', flat: ' ', flexible: false }
export const flexBreak: Doc = { type: 'break', flat: ' ', flexible: true }
export const breakEmpty: Doc = { type: 'break', flat: '', flexible: false }

/** Whether a document is one piece of text. A list of such items fills its lines, other lists have one item a line. */
export function isSimple(doc: Doc): boolean {
  return typeof doc === 'string' || doc.type === 'styled'
}

/** What is still to be laid out, first things first. */
interface LayoutItem {
  readonly indent: number
  readonly flat: boolean
  readonly doc: Doc
  readonly rest: LayoutItem | GroupEnd | undefined
}

/** The end of a group within a document that is being measured: what it knew of breaks before the group. */
interface GroupEnd {
  readonly doc: undefined
  readonly broken: boolean
  readonly rest: LayoutItem | GroupEnd | undefined
}

/** Returns the document laid out in lines of at most `width` characters, as far as its breaks allow. */
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
    } else if (doc.type === 'concat') todo = inOrder(doc.parts, indent, flat, rest) as LayoutItem | undefined
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

function inOrder(
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

// Text that is too long is only too long when there was a break before it, at which it could have been put on a new line.
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
    else if (doc.type === 'concat') todo = inOrder(doc.parts, indent, flat, rest)
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

/** Elixir counts the bytes of a text, so that é is two wide; lines break where Elixir's do. */
export function widthOf(text: string): number {
  return Buffer.byteLength(text)
}

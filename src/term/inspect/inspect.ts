import { styleText } from 'node:util'
import { Atom } from '../atom.ts'
import type { BitString } from '../binary.ts'
import { compareKeys } from '../compare.ts'
import { escapeName } from '../escape.ts'
import type { Fun } from '../fun.ts'
import {
  ATOM,
  BINARY,
  FUN,
  kindOf,
  LIST,
  MAP,
  mapEntries,
  NIL,
  NUMBER,
  PID,
  PORT,
  RECORD,
  REFERENCE,
  TUPLE,
} from '../kind.ts'
import { splitTail } from '../list.ts'
import type { NativeRecord } from '../native-record.ts'
import { nodeNumber } from '../node-number.ts'
import type { Pid } from '../pid.ts'
import type { Port, Reference } from '../reference.ts'
import { TupleClass } from '../tuple.ts'
import {
  breakSpace,
  concat,
  type Doc,
  flatWidth,
  flexBreak,
  flexContainer,
  isSimple,
  layout,
  strictContainer,
  styled,
  widthOf,
} from './algebra.ts'
import { binaryText, bytesDoc, charlistText } from './binaries.ts'
import { inspectFun } from './funs.ts'
import { describeInstance, plainText } from './instance.ts'
import { inspectNumber } from './numbers.ts'
import { isCharlist, isKey, quoteAtom, quoteKey } from './quote.ts'
import { fieldOrder, inspectStruct } from './structs.ts'

export interface InspectOptions {
  /**
   * The name of the own node. Its pids, references and ports begin with 0, and those of another node with the number of that
   * node. When omitted, the names of nodes are shown in place of numbers.
   */
  readonly self?: Atom | undefined
  /** The number of items of a collection that are shown. Default 50. */
  readonly limit?: number
  /** The number of characters of a text that are shown. Default 4096. */
  readonly printableLimit?: number
  /** The width of a line in characters. Default 80. */
  readonly width?: number
  /** Whether a long term is broken into several lines. Default true. */
  readonly pretty?: boolean
  /** Whether terms are coloured by their kind, for a terminal. Default false. */
  readonly colors?: boolean
}

/**
 * Returns a term as Elixir shows it: `{:ok, "text", [1, 2], %{a: nil}, #PID<0.106.0>}`.
 *
 * Charlists are shown as `~c"abc"`, as Elixir shows them since 1.15. A value that is not a term is shown
 * by its class and its own fields: `#Counter<name: "hits", n: 1>`.
 *
 * @see `inspect/2` of Elixir
 */
export function inspect(term: unknown, options: InspectOptions = {}): string {
  const { limit = 50, width = 80, pretty = true } = options
  return layout(new Inspector(options).doc(term, limit), pretty ? width : Number.POSITIVE_INFINITY)
}

type Color = 'cyan' | 'green' | 'magenta' | 'yellow' | 'blue'
const MAX_DEPTH = 500
// The fields of instances that are shown in one text; the items, and the characters, that are shown of such a field.
const MAX_INSTANCE_FIELDS = 20
const FIELD_LIMIT = 5
const FIELD_WIDTH = 80

class Inspector {
  readonly #self: Atom | undefined
  #printable: number
  readonly #colors: boolean
  // The containers around the term: a plain object or array may hold itself.
  readonly #ancestors = new Set<unknown>()
  // The number of fields of instances that may still be shown.
  #fieldsLeft = MAX_INSTANCE_FIELDS
  // Whether an instance of a class is around the term. Instances in it are shown by their class name only.
  #inInstance = false

  constructor({ self, printableLimit = 4096, colors = false }: InspectOptions) {
    this.#self = self
    this.#printable = printableLimit
    this.#colors = colors
  }

  doc(term: unknown, limit: number): Doc {
    switch (kindOf(term)) {
      case NUMBER:
        return this.#color(inspectNumber(term as number), 'yellow')
      case ATOM:
        return term instanceof Atom
          ? this.#color(quoteAtom(term.name), 'cyan')
          : this.#color(term == null ? 'nil' : String(term), 'magenta')
      case BINARY:
        return this.#binary(term as string, limit)
      case NIL:
        return '[]'
      case PID: {
        const { node, id, serial } = term as Pid
        return this.#color(`#PID<${this.#node(node)}.${id}.${serial}>`, 'blue')
      }
      case REFERENCE: {
        const { node, words } = term as Reference
        return this.#color(`#Reference<${this.#node(node)}.${[...words].reverse().join('.')}>`, 'blue')
      }
      case PORT:
        return this.#color(`#Port<${this.#node((term as Port).node)}.${(term as Port).id}>`, 'blue')
      case FUN:
        return this.#color(inspectFun(term as Fun), 'blue')
      case LIST:
      case TUPLE:
      case MAP:
      case RECORD:
        return this.#container(term as object, limit)
      default:
        return this.#nonTerm(term)
    }
  }

  #container(term: object, limit: number): Doc {
    if (this.#ancestors.has(term)) return '[Circular]'
    if (this.#ancestors.size >= MAX_DEPTH) return '...'
    this.#ancestors.add(term)
    try {
      if (term instanceof TupleClass) return this.#items('{', term.elements, '}', limit)
      switch (kindOf(term)) {
        case LIST:
          return this.#list(term, limit)
        case MAP:
          return this.#map(term, limit)
        default:
          return this.#record(term as NativeRecord, limit)
      }
    } finally {
      this.#ancestors.delete(term)
    }
  }

  #items(open: string, items: readonly unknown[], close: string, limit: number): Doc {
    const { docs } = this.#each(items, limit, (item, left) => this.doc(item, left))
    return flexContainer(open, docs, close)
  }

  #list(term: object, limit: number): Doc {
    const { items, tail } = splitTail(term)
    const proper = kindOf(tail) === NIL
    if (proper && isCharlist(items, this.#printable))
      return this.#color(charlistText(items as number[], this.#printable), 'yellow')
    // `every` skips the holes of an array, `findIndex` does not.
    const keywords = proper && items.findIndex((item) => !isKeyword(item)) < 0
    const one = (item: unknown, left: number): Doc =>
      keywords
        ? this.#keyword(...((item as TupleClass).elements as [Atom, unknown]), left)
        : this.doc(item, left)
    const { docs, left } = this.#each(proper ? items : items.slice(0, -1), limit, one)
    let simple = docs.every(isSimple)
    if (!proper && left >= 0) {
      if (left === 0) docs.push('...')
      else {
        const pair = [this.doc(items.at(-1), left - 1), this.doc(tail, left - 1)] as const
        simple &&= pair.every(isSimple)
        docs.push(concat(pair[0], ' |', simple ? flexBreak : breakSpace, pair[1]))
      }
    }
    return simple ? flexContainer('[', docs, ']') : strictContainer('[', docs, ']')
  }

  #keyword(key: Atom | boolean | null, value: unknown, limit: number): Doc {
    return concat(this.#color(`${quoteKey(nameOf(key))}:`, 'cyan'), ' ', this.doc(value, limit))
  }

  #map(map: object, limit: number): Doc {
    const entries = sortedByKey(mapEntries(map))
    const module = entries.find(([key]) => key instanceof Atom && key.name === '__struct__')?.[1]
    if (module instanceof Atom) return this.#struct(module, entries, limit)
    return this.#entries('%{', entries, limit)
  }

  #struct(module: Atom, all: readonly (readonly [unknown, unknown])[], limit: number): Doc {
    const fields = new Map<string, unknown>()
    for (const [key, value] of all)
      if (key instanceof Atom || typeof key === 'boolean' || key === null) fields.set(nameOf(key), value)
      else return this.#entries('%{', all, limit)
    const source = inspectStruct(module.name, fields)
    if (typeof source === 'string') return source
    if (source) return concat('MapSet.new(', this.doc(source.set.toSorted(compareKeys), limit), ')')
    fields.delete('__struct__')
    fields.delete('__exception__')
    const names = fieldOrder[module.name]?.filter((name) => fields.has(name)) ?? []
    const order = [...names, ...[...fields.keys()].filter((name) => !names.includes(name))]
    return this.#entries(
      `%${quoteAtom(module.name)}{`,
      order.map((name) => [Atom.intern(name), fields.get(name)]),
      limit,
    )
  }

  #entries(open: string, entries: readonly (readonly [unknown, unknown])[], limit: number): Doc {
    const keywords = entries.every(([key]) => kindOf(key) === ATOM && isKey(nameOf(key as Atom)))
    const { docs } = this.#each(entries, limit, ([key, value], left) =>
      keywords
        ? this.#keyword(key as Atom, value, left)
        : concat(this.doc(key, left), ' => ', this.doc(value, left)),
    )
    return strictContainer(open, docs, '}')
  }

  #record({ module, name, fields }: NativeRecord, limit: number): Doc {
    return this.#entries(`#${quoteAtom(module.name)}${quoteAtom(name.name)}{`, fields, limit)
  }

  // An instance of a class is shown in a few lines at most, whatever it holds: a report may hold any value.
  #nonTerm(value: unknown): Doc {
    const text = plainText(value)
    if (text !== undefined) return this.#color(text, 'cyan')
    const { className, fields: all, hasMore } = describeInstance(value as object)
    const fields = this.#inInstance ? [] : all.slice(0, this.#fieldsLeft)
    if (fields.length === 0) return `#${className}<...>`
    this.#fieldsLeft -= fields.length
    const printable = this.#printable
    this.#inInstance = true
    this.#printable = Math.min(printable, FIELD_WIDTH)
    try {
      const docs = fields.map(([name, field]) =>
        concat(this.#color(`${quoteKey(name)}:`, 'cyan'), ' ', this.#field(field)),
      )
      return strictContainer(
        `#${className}<`,
        hasMore || fields.length < all.length ? [...docs, '...'] : docs,
        '>',
      )
    } finally {
      this.#inInstance = false
      this.#printable = printable
    }
  }

  #field(value: unknown): Doc {
    const doc = this.doc(value, FIELD_LIMIT)
    if (flatWidth(doc) <= FIELD_WIDTH) return doc
    return value instanceof TupleClass
      ? '{...}'
      : Array.isArray(value)
        ? '[...]'
        : kindOf(value) === MAP
          ? '%{...}'
          : doc
  }

  #binary(term: string | Uint8Array | BitString, limit: number): Doc {
    const text = binaryText(term, this.#printable)
    return text === undefined ? bytesDoc(term, limit) : this.#color(text, 'green')
  }

  // Each item of a collection reduces the limit for the items after it, and for the items in these. `left` is -1 when items
  // were omitted.
  #each<T>(
    items: readonly T[],
    limit: number,
    one: (item: T, left: number) => Doc,
  ): { docs: Doc[]; left: number } {
    const docs: Doc[] = []
    let left = limit
    for (const item of items) {
      if (left <= 0) {
        docs.push('...')
        return { docs, left: -1 }
      }
      docs.push(one(item, --left))
    }
    return { docs, left }
  }

  #node(node: Atom): string | number {
    if (node === this.#self) return 0
    return this.#self === undefined ? escapeName(node.name) : nodeNumber(node)
  }

  #color(text: string, color: Color): Doc {
    return this.#colors ? styled(styleText(color, text, { validateStream: false }), widthOf(text)) : text
  }
}

// A Map may have keys that are not terms. Such keys have no order.
function sortedByKey(entries: [unknown, unknown][]): [unknown, unknown][] {
  try {
    return entries.sort(([a], [b]) => compareKeys(a, b))
  } catch {
    return entries
  }
}

const nameOf = (key: Atom | boolean | null): string =>
  key instanceof Atom ? key.name : key === null ? 'nil' : String(key)

function isKeyword(item: unknown): boolean {
  if (!(item instanceof TupleClass) || item.elements.length !== 2) return false
  const key = item.elements[0]
  return kindOf(key) === ATOM && isKey(nameOf((key ?? null) as Atom))
}

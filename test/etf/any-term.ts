import fc from 'fast-check'
import {
  Atom,
  atom,
  BitString,
  ElixirError,
  ExportFun,
  Float,
  float,
  ImproperList,
  internPid,
  Pid,
  Port,
  Reference,
  type Term,
  TermMap,
  TupleClass,
} from '../../src/term/index.ts'
import { character } from '../term/arbitrary.ts'

const atoms = fc.oneof(
  fc.constantFrom<Term>(atom('ok'), atom(''), atom('größe'), atom("it's"), atom('\\n'), true, false, null),
  fc.string({ maxLength: 20 }).map((name) => atom(name) as Term),
  fc.string({ maxLength: 60, unit: character }).map((name) => atom(name) as Term),
)
const node = fc.constantFrom(Atom.intern('kate@localhost'), Atom.intern('größe@host.example'))
const word = fc.oneof(fc.nat(0xffff), fc.integer({ min: 0, max: 0xffffffff }))
const creation = fc.integer({ min: 4, max: 0xffffffff })

const leaf: fc.Arbitrary<Term> = fc.oneof(
  atoms,
  fc.integer(),
  fc.maxSafeInteger(),
  fc.nat(255),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? float(0) : float(value))),
  fc.string({ unit: character }),
  fc.string({ minLength: 30, maxLength: 400 }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 7 }))
    .map(([bytes, bits]) => bitString(bytes, bits)),
  fc.tuple(node, word, word, creation).map(([name, id, serial, life]) => internPid(name, id, serial, life)),
  fc
    .tuple(node, creation, fc.array(word, { minLength: 3, maxLength: 3 }))
    .map(([name, life, words]) => new Reference(name, life, words)),
  fc
    .tuple(node, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), creation)
    .map(([name, id, life]) => new Port(name, id, life)),
  fc
    .tuple(fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), fc.nat(255))
    .map(([module, name, arity]) => new ExportFun(Atom.intern(module), Atom.intern(name), arity)),
)

function bitString(bytes: Uint8Array, bits: number): BitString {
  const content = Uint8Array.from(bytes)
  content[content.length - 1]! &= 0xff << (8 - bits)
  return new BitString(content, bits)
}

const isList = (term: Term): boolean => Array.isArray(term) || term instanceof ImproperList

/** Terms of all kinds, nested; floats are always `Float`, so that nothing is lost where they are read exactly. */
export const anyTerm: fc.Arbitrary<Term> = fc.letrec<{ term: Term }>((tie) => {
  const term = tie('term')
  return {
    term: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(term, { maxLength: 6 }),
      fc.array(fc.nat(255), { maxLength: 20 }),
      fc.array(term, { maxLength: 7 }).map((elements) => new TupleClass(elements)),
      fc
        .tuple(
          fc.array(term, { minLength: 1, maxLength: 4 }),
          term.filter((tail) => !isList(tail)),
        )
        .map(([items, tail]) => new ImproperList(items, tail)),
      fc.dictionary(fc.string({ maxLength: 8 }), term, { maxKeys: 6 }).map((fields) => ({ ...fields })),
      fc.array(fc.tuple(term, term), { maxLength: 5 }).map((entries) => withoutAtoms(new TermMap(entries))),
      fc
        .record({ message: fc.string(), detail: term })
        .map((fields) => new ElixirError('Chat.Error', fields)),
    ),
  }
}).term

// A map with atoms only is an object, so one without them is what stays a map of terms.
function withoutAtoms(map: TermMap): TermMap {
  map.set(1, 'one key that is not an atom')
  return map
}

/** Returns a term as Erlang source text, from which a BEAM makes it without ever seeing our bytes. */
export function toErlang(term: unknown): string {
  // Between quotes, U+FFFE and U+FFFF are not characters for a BEAM; in an atom they are.
  if (term instanceof Atom) return `binary_to_atom(<<${[...Buffer.from(term.name)].join()}>>)`
  if (term === null || term === undefined) return 'nil'
  if (typeof term === 'boolean' || typeof term === 'bigint') return `${term}`
  if (typeof term === 'number') return Number.isSafeInteger(term) ? `${term}` : floatText(term)
  if (term instanceof Float) return floatText(term.value)
  if (typeof term === 'string') return `<<${[...Buffer.from(term)].join()}>>`
  if (term instanceof Uint8Array) return `<<${[...term].join()}>>`
  if (term instanceof BitString) return bitsText(term)
  if (Array.isArray(term)) return `[${term.map(toErlang).join()}]`
  if (term instanceof TupleClass) return `{${term.elements.map(toErlang).join()}}`
  if (term instanceof ImproperList) return `[${term.items.map(toErlang).join()}|${toErlang(term.tail)}]`
  if (term instanceof ElixirError) return toErlang(term.fields)
  if (term instanceof Map || term instanceof TermMap)
    return `#{${[...term].map(([key, value]) => `${toErlang(key)}=>${toErlang(value)}`).join()}}`
  if (term instanceof ExportFun)
    return `fun ${quoted(term.module.name)}:${quoted(term.name.name)}/${term.arity}`
  if (term instanceof Pid) return external(88, term.node, u32(term.id, term.serial, term.creation))
  if (term instanceof Reference)
    return external(90, term.node, u32(term.creation, ...term.words), [0, term.words.length])
  if (term instanceof Port)
    return external(120, term.node, [
      ...u32(Number(term.id >> 32n), Number(term.id & 0xffffffffn), term.creation),
    ])
  return `#{${Object.entries(term as object)
    .map(([key, value]) => `${quoted(key)}=>${toErlang(value)}`)
    .join()}}`
}

const quoted = (name: string): string =>
  `'${[...name].map((character) => `\\x{${character.codePointAt(0)!.toString(16)}}`).join('')}'`

// Sixteen bytes of a float, so that no conversion from decimals stands between the two.
const floatText = (value: number): string => {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return `(fun(<<F/float>>) -> F end)(<<16#${view.getBigUint64(0).toString(16)}:64>>)`
}

const bitsText = ({ bytes, bits }: BitString): string => {
  const whole = [...bytes.subarray(0, -1)]
  return `<<${[...whole, `${bytes.at(-1)! >> (8 - bits)}:${bits}`].join()}>>`
}

const u32 = (...values: number[]): number[] =>
  values.flatMap((value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255])

// Identifiers of other nodes have no syntax; these bytes are made here, not by the codec.
function external(tag: number, node: Atom, rest: number[], first: number[] = []): string {
  const name = [...Buffer.from(node.name)]
  return `binary_to_term(<<${[131, tag, ...first, 118, 0, name.length, ...name, ...rest].join()}>>)`
}

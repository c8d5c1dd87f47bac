import fc from 'fast-check'
import {
  Atom,
  atom,
  BitString,
  ExportFun,
  float,
  ImproperList,
  internPid,
  Port,
  Reference,
  type Term,
  TermMap,
  tuple,
} from '../../src/term/index.ts'

/** Any character that UTF-8 can encode. The unit `binary` of fast-check is the same, and builds a table of them for seconds. */
export const character: fc.Arbitrary<string> = fc
  .nat(0x10ffff - 0x800)
  .map((n) => String.fromCodePoint(n < 0xd800 ? n : n + 0x800))
const word = fc.integer({ min: 0, max: 3 })
const node = fc.constantFrom('a@localhost', 'b@localhost').map((name) => Atom.intern(name))
const text = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'é', '😀', '\ufffd'),
  fc.string({ unit: character, maxLength: 4 }),
)
const atoms = fc
  .constantFrom('ok', 'a', 'b', 'nil', 'true', 'é', '😀', '\ufffd')
  .map((name): Term => atom(name))
const numbers: fc.Arbitrary<Term> = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: -3, max: 3 }).map(float),
  fc.constantFrom(-0.5, 0.5, 1e20, 2 ** 53, float(2 ** 53)),
  fc.constantFrom(2n, 2n ** 53n, 2n ** 53n + 1n, 10n ** 20n, -(2n ** 70n)),
)
const flat: fc.Arbitrary<Term> = fc.oneof(
  numbers,
  atoms,
  text,
  text.map((content) => new TextEncoder().encode(content)),
  fc.uint8Array({ maxLength: 3 }),
  fc
    .tuple(word, fc.integer({ min: 1, max: 7 }))
    .map(([byte, bits]) => new BitString(new Uint8Array([byte << (8 - bits)]), bits)),
  fc
    .tuple(node, word, word, word)
    .map(([name, id, serial, creation]) => internPid(name, id, serial, creation)),
  fc
    .tuple(node, word, fc.array(word, { minLength: 1, maxLength: 5 }))
    .map(([name, creation, words]) => new Reference(name, creation, words)),
  fc.tuple(node, word, word).map(([name, id, creation]) => new Port(name, BigInt(id), creation)),
  fc.tuple(node, word).map(([name, arity]) => new ExportFun(name, name, arity)),
)

/** Any term, from few enough values that two of them are often equal. */
export const anyTerm: fc.Arbitrary<Term> = fc.letrec<{ term: Term }>((tie) => ({
  term: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'term' },
    flat,
    fc.array(tie('term'), { maxLength: 3 }),
    fc.array(tie('term'), { maxLength: 3 }).map((items): Term => tuple(...items)),
    fc
      .tuple(fc.array(tie('term'), { minLength: 1, maxLength: 2 }), atoms)
      .map(([items, tail]) => new ImproperList(items, tail)),
    fc.dictionary(fc.constantFrom('a', 'b', 'nil'), tie('term'), { maxKeys: 2 }),
    fc.array(fc.tuple(tie('term'), tie('term')), { maxLength: 2 }).map((entries) => new TermMap(entries)),
  ),
})).term

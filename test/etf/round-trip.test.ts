import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DecodeError, decode, decodeTerm, encode, encodeTerm, Reader, Writer } from '../../src/etf/index.ts'
import { equals, type Floats, float, identical, type Term, TermMap, tuple } from '../../src/term/index.ts'
import { runs } from '../support/runs.ts'
import { anyTerm } from './any-term.ts'

describe('any term', () => {
  test('is identical after it is encoded and decoded', () => {
    fc.assert(
      fc.property(anyTerm, (term) => {
        const bytes = encode(term)
        const again = decode(bytes, { floats: 'exact' })
        expect(identical(again, term)).toBe(true)
        // Never longer; shorter where a bigint is a byte of a list that is a string then.
        expect(encode(again).length).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: runs(500) },
    )
  })

  test('is equal (==) after it is decoded and encoded again', () => {
    fc.assert(
      fc.property(anyTerm, (term) => {
        expect(equals(decode(encode(decode(encode(term)))), term)).toBe(true)
      }),
      { numRuns: runs(300) },
    )
  })

  test('is the same term between Moebi nodes, also bytes that are valid UTF-8', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), anyTerm, (bytes, term) => {
        const sent = [Uint8Array.from(bytes), term] as Term[]
        const [first, second] = decode(encode(sent, { moebi: true }), { floats: 'exact' }) as Term[]
        expect(first).toEqual(sent[0])
        expect(first).toBeInstanceOf(Uint8Array)
        expect(identical(second, term)).toBe(true)
      }),
      { numRuns: runs(200) },
    )
  })

  test('can follow another term in a frame', () => {
    fc.assert(
      fc.property(fc.array(anyTerm, { maxLength: 4 }), (terms) => {
        const writer = new Writer(128)
        for (const term of terms) encodeTerm(writer, term)
        const reader = new Reader({ floats: 'exact' })
        reader.reset(writer.takeBytes())
        for (const term of terms) expect(identical(decodeTerm(reader), term)).toBe(true)
        expect(reader.remaining).toBe(0)
      }),
      { numRuns: runs(200) },
    )
  })

  test('that is cut or changed anywhere is a term or a DecodeError', () => {
    fc.assert(
      fc.property(anyTerm, fc.nat(), fc.nat(255), (term, at, byte) => {
        const bytes = encode(term)
        const cut = bytes.subarray(0, at % bytes.length)
        expect(() => decode(cut)).toThrow(DecodeError)
        bytes[at % bytes.length] = byte
        try {
          decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: runs(1000) },
    )
  })
})

test('random bytes are a term or a DecodeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decode(Uint8Array.of(131, ...bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }),
    { numRuns: runs(5000) },
  )
})

describe('a term that is sent on', () => {
  const relay = (term: Term, floats: Floats = 'exact') =>
    decode(encode(decode(encode(term), { floats })), { floats: 'exact' })

  test('is identical to it', () => {
    expect(identical(relay(float(1)), float(1))).toBe(true)
    expect(relay(float(-0))).toEqual(float(-0))
    expect(relay(float(1e22))).toBe(1e22)
    fc.assert(
      fc.property(anyTerm, (term) => identical(relay(term), term)),
      { numRuns: runs(300) },
    )
  })

  test('has an integer in place of a float without a fraction with floats: number, which is == and not =:=', () => {
    expect(relay(float(1), 'number')).toBe(1)
    expect(equals(relay(float(1), 'number'), float(1))).toBe(true)
    expect(identical(relay(float(1), 'number'), float(1))).toBe(false)
    expect(Object.is(relay(float(-0), 'number'), 0)).toBe(true)
  })

  test('has the same keys of maps', () => {
    const map = new TermMap<Term, Term>([
      [float(1), 1],
      [tuple(float(2)), 2],
    ])
    for (const floats of ['exact', 'number'] as const) expect(identical(relay(map, floats), map)).toBe(true)
  })

  test('has a string in place of bytes that are valid UTF-8, which is the same binary for the BEAM', () => {
    expect(relay(Uint8Array.of(104, 105))).toBe('hi')
    expect(identical(relay(Uint8Array.of(104, 105)), Uint8Array.of(104, 105))).toBe(true)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  atom,
  compare,
  equals,
  float,
  hash,
  ImproperList,
  identical,
  type Term,
  TermMap,
  tuple,
} from '../../src/term/index.ts'
import { runs } from '../support/runs.ts'
import { anyTerm } from './arbitrary.ts'

describe('the order of terms', () => {
  test('is total: two terms compare the opposite way when they are exchanged', () => {
    fc.assert(fc.property(anyTerm, anyTerm, (a, b) => void expect(compare(a, b) + compare(b, a)).toBe(0)))
  })

  test('is transitive', () => {
    fc.assert(
      fc.property(anyTerm, anyTerm, anyTerm, (...terms) => {
        const [a, b, c] = terms.sort(compare)
        expect(compare(a, b)).toBeLessThanOrEqual(0)
        expect(compare(b, c)).toBeLessThanOrEqual(0)
        expect(compare(a, c)).toBeLessThanOrEqual(0)
      }),
    )
  })

  test('is 0 for equal terms only', () => {
    fc.assert(fc.property(anyTerm, anyTerm, (a, b) => void expect(compare(a, b) === 0).toBe(equals(a, b))))
  })

  test('refuses a value that is not a term, and says what it got', () => {
    expect(() => compare([new Date()], [1])).toThrow('got an instance of Date')
    expect(() => equals(() => 1, 2)).toThrow('got a function')
    expect(() => compare(Number.NaN, 1)).toThrow('got NaN')
  })
})

describe('identical terms', () => {
  test('are equal, have the same hash, and find the same entry of a map', () => {
    fc.assert(
      fc.property(anyTerm, anyTerm, (a, b) => {
        const same = identical(a, b)
        if (same) expect(equals(a, b)).toBe(true)
        if (same) expect(hash(a)).toBe(hash(b))
        expect(new TermMap([[a, 1]]).has(b)).toBe(same)
      }),
      { numRuns: runs(2_000) },
    )
  })

  test('have hashes of 32 bits, which are different for most different terms', () => {
    const hashes = new Set(Array.from({ length: 10_000 }, (_, index) => hash(tuple(atom('key'), index))))
    expect(hashes.size).toBeGreaterThan(9_990)
    for (const value of hashes) expect(value).toBe(value | 0)
  })

  test('1 and 1.0 are equal and not identical', () => {
    expect(equals(1, float(1))).toBe(true)
    expect(identical(1, float(1))).toBe(false)
    expect(equals({ a: 1 }, { a: float(1) })).toBe(true)
    expect(equals(new TermMap([[1, 'x']]), new TermMap([[float(1), 'x']]))).toBe(false)
  })

  test('bytes that are valid UTF-8 are identical to their text, also as the key of a map', () => {
    const bytes = new TextEncoder().encode('Zoë')
    expect(identical('Zoë', bytes)).toBe(true)
    expect(new TermMap<Term>([['Zoë', 1]]).get(bytes)).toBe(1)
    expect(new TermMap<Term>([[Buffer.from(bytes), 1]]).get('Zoë')).toBe(1)
  })

  test('a map is the same in each form', () => {
    const forms: Term[] = [
      { a: 1 },
      { a: 1, b: undefined },
      new Map([[atom('a'), 1]]),
      new TermMap([[atom('a'), 1]]),
    ]
    for (const form of forms) expect(identical(form, forms[0])).toBe(true)
    for (const form of forms) expect(hash(form)).toBe(hash(forms[0]))
  })

  test('nil is null and undefined', () => {
    expect(identical(null, undefined)).toBe(true)
    expect(identical([null], [undefined])).toBe(true)
    expect(new TermMap<Term>([[null, 1]]).get(undefined)).toBe(1)
  })
})

test('terms of any depth are compared and hashed', () => {
  const deep = (inside: Term): Term => {
    let term = inside
    for (let depth = 0; depth < 100_000; depth++)
      term =
        depth % 4 === 0
          ? [term]
          : depth % 4 === 1
            ? tuple(term)
            : depth % 4 === 2
              ? { a: term }
              : new ImproperList([1], term)
    return term
  }
  expect(identical(deep(1), deep(1))).toBe(true)
  expect(compare(deep(1), deep(2))).toBe(-1)
  expect(hash(deep(1))).toBe(hash(deep(1)))
})

test('maps that are keys of maps are compared to a bounded depth', () => {
  const small: Term = new Map([
    [1, 1],
    [2, 1],
  ])
  const nest = (): Term => {
    let term: Term = small
    for (let depth = 0; depth < 10_000; depth++)
      term = new Map([
        [term, 1],
        [small, 2],
      ])
    return term
  }
  expect(() => compare(nest(), nest())).toThrow('deep')
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LocalKernel } from '../../../src/process/index.ts'
import { RefTable } from '../../../src/process/table/ref-table.ts'
import { slotOf, Table } from '../../../src/process/table/table.ts'
import { Reference } from '../../../src/term/index.ts'

test('a table holds the same entries as a Map, also when keys collide', () => {
  // Keys that are far apart collide.
  const change = fc.record({ key: fc.nat(40), apart: fc.constantFrom(1, 8, 2 ** 20), kept: fc.boolean() })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), (changes) => {
      const table = new Table<{ n: number }>()
      const map = new Map<number, { n: number }>()
      for (const [n, { key: small, apart, kept }] of changes.entries()) {
        const key = small * apart
        if (kept) {
          table.set(key, { n })
          map.set(key, { n })
        } else expect(table.delete(key)).toBe(map.delete(key))
        expect(table.size).toBe(map.size)
      }
      for (const { key, apart } of changes) expect(table.get(key * apart)).toEqual(map.get(key * apart))
      const ordered = (values: Iterable<{ n: number }>) => [...values].sort((a, b) => a.n - b.n)
      expect(ordered(table.values())).toEqual(ordered(map.values()))
    }),
  )
})

test('a table shrinks after its entries are deleted', () => {
  const table = new Table<object>()
  const value = {}
  for (let key = 0; key < 10_000; key++) table.set(key, value)
  for (let key = 0; key < 9_999; key++) table.delete(key)
  expect(table.capacity).toBeLessThanOrEqual(1024)
  expect(table.get(9_999)).toBe(value)
})

test('keys that follow each other form no long run, which every deletion would have to check', () => {
  for (const first of [1, 100, 2 ** 18 - 500, 2 ** 31 - 500]) {
    const taken = new Set(Array.from({ length: 1_000 }, (_, n) => slotOf(first + n, 2_047)))
    // Every key has a slot of its own.
    expect(taken.size).toBe(1_000)
    let longest = 0
    for (let slot = 0, run = 0; slot < 2_048; slot++) {
      run = taken.has(slot) ? run + 1 : 0
      longest = Math.max(longest, run)
    }
    expect(longest).toBeLessThan(8)
  }
})

test('an entry is found by an equal reference, and by no other', () => {
  const kernel = new LocalKernel()
  const table = new RefTable<{ ref: Reference }>()
  const entries = Array.from({ length: 100 }, () => ({ ref: kernel.makeRef() }))
  for (const entry of entries) table.set(entry)
  for (const entry of entries) {
    const { node, creation, words } = entry.ref
    expect(table.get(new Reference(node, creation, [...words]))).toBe(entry)
    expect(table.get(new Reference(node, creation + 1, words))).toBeUndefined()
    expect(table.get(new Reference(node, creation, [...words, 0]))).toBeUndefined()
  }
})

test('references of two nodes with the same number have separate entries', () => {
  const { node, words } = new LocalKernel().makeRef()
  const [one, two] = [1, 2].map((creation) => ({ ref: new Reference(node, creation, words) }))
  const table = new RefTable<{ ref: Reference }>()
  table.set(one!)
  table.set(two!)
  expect(table.size).toBe(2)
  expect([table.get(one!.ref), table.get(two!.ref)]).toEqual([one, two])
  expect(table.delete(one!.ref)).toBe(true)
  expect([table.get(one!.ref), table.get(two!.ref)]).toEqual([undefined, two])
  expect(table.delete(two!.ref)).toBe(true)
  expect(table.size).toBe(0)
})

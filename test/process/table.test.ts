import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Kernel } from '../../src/process/index.ts'
import { refTable, Table } from '../../src/process/table.ts'
import { Reference } from '../../src/term/index.ts'

test('a table holds what a map would hold, however its keys collide', () => {
  const change = fc.record({ key: fc.nat(40), kept: fc.boolean() })
  const spread = fc.constantFrom(1, 3, 8, 1_000)
  fc.assert(
    fc.property(fc.array(change, { maxLength: 300 }), spread, (changes, modulo) => {
      const table = new Table<number, { n: number }>(
        (key) => key % modulo,
        (a, b) => a === b,
      )
      const map = new Map<number, { n: number }>()
      for (const [n, { key, kept }] of changes.entries()) {
        if (kept) {
          table.set(key, { n })
          map.set(key, { n })
        } else expect(table.delete(key)).toBe(map.delete(key))
        expect(table.size).toBe(map.size)
      }
      for (let key = 0; key <= 40; key++) expect(table.get(key)).toEqual(map.get(key))
      const ordered = (values: Iterable<{ n: number }>) => [...values].sort((a, b) => a.n - b.n)
      expect(ordered(table.values())).toEqual(ordered(map.values()))
    }),
  )
})

test('a table gives back the room of what has gone', () => {
  const table = new Table<number, object>(
    (key) => key,
    (a, b) => a === b,
  )
  const value = {}
  for (let key = 0; key < 10_000; key++) table.set(key, value)
  for (let key = 0; key < 9_999; key++) table.delete(key)
  expect(table.room).toBeLessThanOrEqual(1024)
  expect(table.get(9_999)).toBe(value)
})

test('an entry is taken out at the same cost, however many came one after the other', () => {
  let asked = 0
  const table = new Table<number, object>(
    (key) => {
      asked++
      return key
    },
    (a, b) => a === b,
  )
  const value = {}
  for (let key = 0; key < 10_000; key++) table.set(key, value)
  asked = 0
  for (let key = 0; key < 10_000; key++) table.delete(key)
  expect(asked).toBeLessThan(60_000)
})

test('a reference is found by another object that is equal, and by no other', () => {
  const kernel = new Kernel()
  const table = refTable<object>()
  const refs = Array.from({ length: 100 }, () => kernel.makeRef())
  for (const ref of refs) table.set(ref, ref)
  for (const ref of refs) {
    expect(table.get(new Reference(ref.node, ref.creation, [...ref.words]))).toBe(ref)
    expect(table.get(new Reference(ref.node, ref.creation + 1, ref.words))).toBeUndefined()
    expect(table.get(new Reference(ref.node, ref.creation, [...ref.words, 0]))).toBeUndefined()
  }
})

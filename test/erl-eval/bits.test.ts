import { expect, test } from 'vitest'
import { BitsBuilder, bitsOfBytes } from '../../src/erl-eval/value/index.ts'

const filled = (length: number, value: number) => bitsOfBytes(new Uint8Array(length).fill(value))
const append = (bits: ReturnType<typeof filled>, ...bytes: number[]) => {
  const builder = BitsBuilder.after(bits)
  for (const byte of bytes) builder.byte(byte)
  return builder.finish()
}

test('a loop that appends to its last result copies it only when it outgrows its bytes', () => {
  let bits = filled(300, 7)
  const arrays = new Set<Uint8Array>()
  for (let i = 0; i < 10_000; i++) {
    bits = append(bits, i & 255)
    arrays.add(bits.bytes)
  }
  expect(bits.size / 8).toBe(10_300)
  expect([...bits.toBytes().subarray(298, 303)]).toEqual([7, 7, 0, 1, 2])
  expect(arrays.size).toBeLessThan(10)
})

test('two results that begin with the same binary do not change each other', () => {
  const base = append(filled(300, 1), 2)
  const left = append(base, 10, 11)
  const right = append(base, 20)
  const again = append(left, 12)
  expect([...left.toBytes().subarray(300)]).toEqual([2, 10, 11])
  expect([...right.toBytes().subarray(300)]).toEqual([2, 20])
  expect([...again.toBytes().subarray(300)]).toEqual([2, 10, 11, 12])
  expect([...base.toBytes().subarray(299)]).toEqual([1, 2])
})

test('a result that is made while another one is made from the same binary is separate', () => {
  const base = append(filled(300, 1), 2)
  const outer = BitsBuilder.after(base)
  const inner = append(base, 9)
  outer.add(inner)
  const bytes = outer.finish().toBytes()
  expect([...bytes.subarray(299, 303)]).toEqual([1, 2, 1, 1])
  expect([...bytes.subarray(600)]).toEqual([1, 2, 9])
})

test('a part of a byte is copied', () => {
  const builder = BitsBuilder.after(filled(300, 1))
  builder.bits(1, 3)
  const odd = builder.finish()
  expect(odd.size).toBe(2403)
  expect(append(odd, 255).size).toBe(2411)
})

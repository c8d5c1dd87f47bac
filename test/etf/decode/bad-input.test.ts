import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DecodeError, decode, decodeTerm, encode, Reader } from '../../../src/etf/index.ts'
import { bytesOf, golden, goldens } from '../golden.ts'

const MIB = 2 ** 20

/** Decodes bytes, and returns the term or the DecodeError. Any other error is thrown. */
function attempt(bytes: Uint8Array): unknown {
  try {
    return decode(bytes)
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}

function message(bytes: Uint8Array): string {
  const error = attempt(bytes)
  expect(error).toBeInstanceOf(DecodeError)
  return (error as DecodeError).message
}

/** Returns the bytes of memory that an action has allocated and not freed, heap and buffers together. */
function memoryOf(action: () => void): number {
  const before = process.memoryUsage()
  action()
  const after = process.memoryUsage()
  return after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers
}

function chunks(...parts: (string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? bytesOf(part) : Buffer.from(part)))),
  )
}

describe('every golden term', () => {
  // The tests make a hundred thousand errors, and no stack of them is read.
  const { stackTraceLimit } = Error
  beforeAll(() => {
    Error.stackTraceLimit = 0
  })
  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit
  })

  const small = goldens.filter(({ bytes }) => bytes.length <= 800)

  test('that is cut at any byte is refused', () => {
    // One expect for all: an expect takes longer than what it checks.
    const accepted = small.flatMap(({ name, bytes }) =>
      Array.from(bytes.keys())
        .filter((size) => !(attempt(bytes.subarray(0, size)) instanceof DecodeError))
        .map((size) => `${name} cut at ${size}`),
    )
    expect(accepted).toEqual([])
  })

  test('with a creation or a word that a format before OTP 23 has no bits for is refused, as by a BEAM', () => {
    const node = '77 01 61'
    const word = '00 00 00 01'
    const large = '00 04 00 00'
    for (const [bytes, expected] of [
      [`83 67 ${node} ${word} ${word} 04`, 'creation'],
      [`83 66 ${node} ${word} 04`, 'creation'],
      [`83 65 ${node} ${word} 04`, 'creation'],
      [`83 65 ${node} ${large} 01`, 'first word'],
      [`83 72 00 01 ${node} 04 ${word}`, 'creation'],
      [`83 72 00 01 ${node} 01 ${large}`, 'first word'],
    ] as const)
      expect(message(Buffer.from(bytes.replaceAll(' ', ''), 'hex')), bytes).toContain(expected)
    expect(attempt(Buffer.from(`8372000177016103${'00040000'.replace('4', '3')}`, 'hex'))).not.toBeInstanceOf(
      DecodeError,
    )
  })

  test('that is followed by one byte more is refused', () => {
    for (const { bytes } of goldens)
      expect(message(chunks(bytes, '00'))).toMatch(/follows the end|ends with its zlib stream/)
  })

  test('with bits flipped in any byte is a term or a DecodeError, and allocates little memory', () => {
    const took = memoryOf(() => {
      for (const { bytes } of small)
        for (let at = 0; at < bytes.length; at++)
          for (const flip of [1, 8, 128, 255]) {
            const bad = Uint8Array.from(bytes)
            bad[at]! ^= flip
            attempt(bad)
          }
    })
    expect(took).toBeLessThan(400 * MIB)
  })

  test('that is cut is not read beyond the end of its frame', () => {
    const reader = new Reader()
    const accepted: string[] = []
    for (const { name, v2 } of small) {
      if (name.startsWith('COMPRESSED')) continue
      for (let size = 1; size < v2.length; size++) {
        reader.reset(v2, 1, size)
        try {
          decodeTerm(reader)
          accepted.push(`${name} up to ${size}`)
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error
        }
      }
    }
    expect(accepted).toEqual([])
  })
})

describe('input that announces too much', () => {
  test.each([
    ['a tuple of 2^27 elements', '83 69 08000000'],
    ['a list of 2^27 elements', '83 6c 08000000'],
    ['a map of 2^27 entries', '83 74 08000000'],
    ['a binary of 1 GiB', '83 6d 40000000'],
    ['bits of 1 GiB', '83 4d 40000000 08'],
    ['an integer of 4 GiB', '83 6f ffffffff 00'],
    ['a record of 2^27 fields', '83 43 08000000 01 770161 770162'],
    ['a fun of 2 GiB', `83 70 80000000 00 ${'00'.repeat(24)}`],
    ['a compressed term of 1 GiB', '83 50 40000000 789c'],
  ])('%s is refused before memory is allocated', (_, hex) => {
    const bytes = bytesOf(hex)
    let error: unknown
    expect(memoryOf(() => (error = attempt(bytes)))).toBeLessThan(1 * MIB)
    expect(error).toBeInstanceOf(DecodeError)
    expect((error as Error).message).toMatch(/announces|needs/)
  })

  test('nested tuples that each announce all remaining bytes are refused, and allocate little memory', () => {
    const bytes = Buffer.alloc(1 + 200_000 * 5 + 1, 106)
    bytes[0] = 131
    for (let at = 1; at < bytes.length - 1; at += 5) {
      bytes[at] = 105
      bytes.writeUInt32BE(bytes.length - at - 5, at + 1)
    }
    expect(
      memoryOf(() => {
        expect(message(bytes)).toMatch(/expected a tag, got the end|announces/)
      }),
    ).toBeLessThan(200 * MIB)
  })

  test('a message with more than 2^24 terms is refused before they are read', () => {
    const bytes = Buffer.alloc(6 + 2 ** 24 + 2, 106)
    bytes.set([131, 108])
    bytes.writeUInt32BE(2 ** 24 + 1, 2)
    expect(
      memoryOf(() =>
        expect(message(bytes)).toMatch(/has more than 16777216 terms in one message \(limit maxTerms\)$/),
      ),
    ).toBeLessThan(1 * MIB)
  })

  // 100 million times NIL_EXT, in less than half a megabyte.
  const zipped = deflateSync(Buffer.alloc(100_000_000, 106), { level: 1 })

  test('a compressed term that announces 100 MB is refused before it is inflated', () => {
    const bytes = chunks('83 50 05f5e100', zipped)
    const took = memoryOf(() => expect(message(bytes)).toMatch(/100000000 inflated bytes, at most/))
    expect(took).toBeLessThan(4 * MIB)
  })

  test('a zlib stream is inflated to the announced size at most', () => {
    const bytes = chunks('83 50 000f4240', zipped)
    const took = memoryOf(() => expect(message(bytes)).toMatch(/holds a zlib stream of 1000000 bytes/))
    expect(took).toBeLessThan(16 * MIB)
  })

  test('a zlib stream that holds less than it announces is refused', () => {
    expect(message(chunks('83 50 00000003', deflateSync(Buffer.from([97, 1]))))).toMatch(
      /announces 3 .* got 2/,
    )
    expect(decode(chunks('83 50 00000002', deflateSync(Buffer.from([97, 1]))))).toBe(1)
  })

  test('a zlib stream that is followed by bytes, and a compressed term in another one, are refused', () => {
    const stream = deflateSync(Buffer.from([97, 1]))
    expect(message(chunks('83 50 00000002', stream, '00'))).toMatch(
      /ends with its zlib stream, got 1 bytes more/,
    )
    const nested = chunks('50 00000002', stream)
    const bytes = chunks('83 50', Uint8Array.of(0, 0, 0, nested.length), deflateSync(nested))
    expect(message(bytes)).toMatch(/may only follow the version/)
  })

  test('a million nested lists are decoded, and not more than maxDepth', () => {
    const lists = (levels: number) => {
      const bytes = Buffer.alloc(1 + levels * 5 + 1 + levels, 106)
      bytes[0] = 131
      for (let i = 0; i < levels; i++) bytes.set([108, 0, 0, 0, 1], 1 + i * 5)
      return bytes
    }
    let term = decode(lists(999_999)) // the empty one in the middle is the millionth
    let levels = 0
    for (; Array.isArray(term) && term.length > 0; levels++) term = term[0]
    expect(levels).toBe(999_999)
    expect(() => decode(lists(50_001), { maxDepth: 50_000 })).toThrow('nested deeper than 50000 levels')
    expect(() => decode(lists(100), { maxDepth: 99 })).toThrow('nested deeper than 99 levels')
    expect(decode(lists(99), { maxDepth: 99 })).toBeInstanceOf(Array)
  })

  test('tuples, maps, keys of maps and tails of lists may be nested as deep', () => {
    const deep = (open: string, close: string) => {
      const levels = 20_000
      return chunks('83', bytesOf(open.repeat(levels)), '6a', bytesOf(close.repeat(levels)))
    }
    const isRead = (bytes: Uint8Array) => expect(attempt(bytes) instanceof Error).toBe(false)
    isRead(deep('6801', ''))
    isRead(deep('7400000001770161', ''))
    isRead(deep('74000000016101', ''))
    expect((attempt(deep('6c000000016101', '')) as unknown[]).length).toBe(20_000)
    isRead(deep('7400000001', '6101'))
    isRead(deep('6c00000001', '6101'))
    isRead(deep('4300000001017701617701627701 63', ''))
  })

  test('funs may be nested as deep as other terms', () => {
    const fun = (free: Uint8Array): Uint8Array => {
      const rest = chunks('00', new Uint8Array(20), '00000001 770161 6100 6100', pid, free)
      const size = Buffer.alloc(4)
      size.writeUInt32BE(rest.length + 4)
      return chunks('70', size, rest)
    }
    const pid = golden('pid').v2.subarray(1)
    let bytes: Uint8Array = bytesOf('6a')
    for (let i = 0; i < 1_000; i++) bytes = fun(bytes)
    const whole = chunks('83', bytes)
    expect(Buffer.compare(encode(decode(whole)), whole)).toBe(0)
    expect(message(chunks('83', fun(bytes.subarray(0, -1))))).toMatch(/left|expected a tag/)
    expect(() => decode(chunks('83', bytes), { maxDepth: 900 })).toThrow('nested deeper than 900 levels')
  })

  test('an integer of more digits than allowed is refused', () => {
    const bytes = chunks('83 6f 00000400 00', new Uint8Array(1024).fill(255))
    expect(decode(bytes)).toBe(2n ** 8192n - 1n)
    expect(() => decode(bytes, { maxDigits: 1023 })).toThrow('at most 1023 digits of a byte, got 1024')
  })
})

describe('an error says where it is, what was expected and what was found', () => {
  test.each([
    ['', 'at byte 0: it begins with the version 131, got no byte'],
    ['61 01', 'at byte 0: it begins with the version 131, got 97'],
    ['83', 'at byte 1: expected a tag, got the end of the bytes'],
    ['83 68 c8 6101', 'at byte 1: tag 104 (SMALL_TUPLE_EXT) announces 200 elements, only 2 bytes are left'],
    [
      '83 68 02 6101 68 03 61',
      'at byte 5: tag 104 (SMALL_TUPLE_EXT) announces 3 elements, only 1 byte is left',
    ],
    ['83 61', 'at byte 1: tag 97 (SMALL_INTEGER_EXT) needs 1 more byte, only 0 bytes are left'],
    ['83 62 0000', 'at byte 1: tag 98 (INTEGER_EXT) needs 4 more bytes, only 2 bytes are left'],
    ['83 6d 00000005 6869', 'at byte 1: tag 109 (BINARY_EXT) announces 5 bytes, only 2 bytes are left'],
    ['83 74 00000003 6101 6102', 'at byte 1: tag 116 (MAP_EXT) announces 3 entries, only 4 bytes are left'],
    ['83 6c 00000001 6101', 'at byte 8: expected a tag, got the end of the bytes'],
    ['83 46 7ff0000000000000', 'at byte 1: tag 70 (NEW_FLOAT_EXT) holds a finite number, got Infinity'],
    ['83 46 7ff8000000000000', 'at byte 1: tag 70 (NEW_FLOAT_EXT) holds a finite number, got NaN'],
    [`83 63 ${'6e'.repeat(31)}`, 'at byte 1: tag 99 (FLOAT_EXT) holds a number as text'],
    [`83 63 31652b393939 ${'00'.repeat(25)}`, 'holds a finite number, got Infinity'],
    ['83 4d 00000001 09 ff', 'tag 77 (BIT_BINARY_EXT) has 1 to 8 bits in the last of its 1 bytes, got 9'],
    ['83 4d 00000001 00 ff', 'tag 77 (BIT_BINARY_EXT) has 1 to 8 bits in the last of its 1 bytes, got 0'],
    [
      '83 77 02 ffff',
      'tag 119 (SMALL_ATOM_UTF8_EXT) holds an atom in UTF-8, got bytes that are not valid UTF-8',
    ],
    [
      `83 76 0100 ${'61'.repeat(256)}`,
      'tag 118 (ATOM_UTF8_EXT) holds an atom of at most 255 characters, got 256',
    ],
    [`83 64 0100 ${'e4'.repeat(256)}`, 'tag 100 (ATOM_EXT) holds an atom of at most 255 characters, got 256'],
    [
      '83 52 00',
      'tag 82 (ATOM_CACHE_REF) refers to an atom of the distribution header, which has none at index 0',
    ],
    ['83 74 00000002 770161 6101 770161 6102', 'tag 116 (MAP_EXT) has each key once, got a twice'],
    ['83 74 00000002 6101 6101 6101 6102', 'tag 116 (MAP_EXT) has each key once, got one twice'],
    [
      '83 74 00000003 770161 6101 6101 6101 770161 6102',
      'tag 116 (MAP_EXT) has each key once, got one twice',
    ],
    ['83 58 6101', 'tag 88 (NEW_PID_EXT) needs an atom for a name, got none'],
    ['83 5a 0006 770161', 'tag 90 (NEWER_REFERENCE_EXT) has at most 5 words, got 6'],
    ['83 71 770161 770162 6a', 'tag 113 (EXPORT_EXT) has an arity, which is an integer from 0 on'],
    ['83 71 770161 770162 62ffffffff', 'tag 113 (EXPORT_EXT) has an arity, which is an integer from 0 on'],
    ['83 71 770161 770162 464014000000000000', 'tag 113 (EXPORT_EXT) has an arity, which is an integer'],
    ['83 43 00000002 01 770161 770162 770163 770163 6101 6102', 'tag 67 (RECORD_EXT) has each field once'],
    ['83 75 00000000', 'tag 117 (FUN_EXT) is a fun in the format before OTP 23'],
    ['83 79 00', 'tag 121 (LOCAL_EXT) is a term that only the node that wrote it can read'],
    ['83 00', 'at byte 1: tag 0 (unknown) is not in the external term format'],
    ['83 6a 6a', 'at byte 2: tag 106 (NIL_EXT) follows the end of the term: expected no more bytes, got 1'],
  ])('%s', (hex, sentence) => {
    expect(message(bytesOf(hex))).toContain(sentence)
  })

  test('it has the offset, the tag and the expectation', () => {
    const error = attempt(bytesOf('83 68 01 6d 00000009')) as DecodeError
    expect(error).toMatchObject({
      code: 'ETF_DECODE',
      name: 'DecodeError',
      offset: 3,
      tag: 109,
      expected: 'announces 9 bytes, only 0 bytes are left',
    })
  })

  test('its offset counts from the beginning of the frame', () => {
    const reader = new Reader()
    reader.reset(bytesOf('00 00 00 83 68 02 61'), 3)
    reader.readVersion()
    expect(() => decodeTerm(reader)).toThrow('at byte 1: tag 104')
  })
})

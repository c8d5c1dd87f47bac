import { describe, expect, test } from 'vitest'
import { EpmdError } from '../../src/epmd/index.ts'
import {
  decodeAlive2Resp,
  decodeNamesResp,
  decodePort2Resp,
  type EpmdNode,
  encodeAlive2Resp,
  encodeDumpResp,
  encodeNamesResp,
  encodePort2Resp,
  encodeRequest,
  HIDDEN_NODE,
  invalidNameReason,
  MAX_REQUEST,
  NORMAL_NODE,
  RequestParser,
  type ValidRequest,
} from '../../src/epmd/protocol.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const alex: EpmdNode = {
  name: 'alex',
  port: 41_234,
  nodeType: NORMAL_NODE,
  protocol: 0,
  highestVersion: 6,
  lowestVersion: 5,
  extra: new Uint8Array(0),
}

// The first three were recorded from erl of OTP 25. The others are from epmd's own tools or the specification.
const requests: [string, string, ValidRequest][] = [
  ['ALIVE2_REQ', '0011 78 a112 4d 00 0006 0005 0004 616c6578 0000', { request: 'ALIVE2_REQ', node: alex }],
  ['PORT_PLEASE2_REQ', '0005 7a 6b617465', { request: 'PORT_PLEASE2_REQ', name: 'kate' }],
  ['NAMES_REQ', '0001 6e', { request: 'NAMES_REQ' }],
  ['DUMP_REQ', '0001 64', { request: 'DUMP_REQ' }],
  ['KILL_REQ', '0001 6b', { request: 'KILL_REQ' }],
  ['STOP_REQ', '0005 73 616c6578', { request: 'STOP_REQ', name: 'alex' }],
  [
    'ALIVE2_REQ of a hidden node with extra bytes and a name in UTF-8',
    '0015 78 0001 48 00 0006 0006 0005 7ac3b665 6c 0003 010203',
    {
      request: 'ALIVE2_REQ',
      node: { ...alex, name: 'zöel', port: 1, nodeType: HIDDEN_NODE, lowestVersion: 6, extra: hex('010203') },
    },
  ],
]

describe('a request', () => {
  test.each(requests)('%s is encoded and decoded as by a real node', (_, bytes, request) => {
    expect(toHex(encodeRequest(request))).toBe(toHex(hex(bytes)))
    expect(new RequestParser().push(hex(bytes))).toEqual(request)
  })

  test.each(requests)('%s may be split anywhere', (_, text, request) => {
    const bytes = hex(text)
    for (let cut = 1; cut < bytes.length; cut++) {
      const parser = new RequestParser()
      expect(parser.push(bytes.subarray(0, cut))).toBeUndefined()
      expect(parser.truncated()).toMatchObject({ code: 'EPMD_MALFORMED', message: /ended after \d+ of the/ })
      expect(parser.push(bytes.subarray(cut))).toEqual(request)
    }
    const parser = new RequestParser()
    const results = [...bytes].map((byte) => parser.push(Uint8Array.of(byte)))
    expect(results.pop()).toEqual(request)
    expect(results.every((result) => result === undefined)).toBe(true)
  })

  test.each(requests)('%s with a shorter length is an error, or a shorter request', (_, text) => {
    const body = hex(text).subarray(2)
    for (let size = 1; size < body.length; size++) {
      const short = new Uint8Array([size >> 8, size & 255, ...body.subarray(0, size)])
      try {
        const request = new RequestParser().push(short)
        expect(request).toSatisfy(
          (r: ValidRequest) => 'name' in r && text.includes(toHex(Buffer.from(r.name))),
        )
      } catch (error) {
        expect(error).toMatchObject({ code: 'EPMD_MALFORMED' })
      }
    }
  })

  test('the zero that C programs send after a name is ignored', () => {
    expect(new RequestParser().push(hex('0006 7a 6b617465 00'))).toEqual({
      request: 'PORT_PLEASE2_REQ',
      name: 'kate',
    })
  })

  test.each([
    ['is empty', '0000', 'is 0 bytes long'],
    [
      'is one byte too long',
      (MAX_REQUEST + 1).toString(16).padStart(4, '0'),
      'is 3058 bytes long, expected 1 to 3057',
    ],
    ['is HTTP', toHex(Buffer.from('GET / HTTP/1.1')), '"GET / HTTP/1.1"'],
    ['has an unknown tag', '0002 2a 00', 'tag 42'],
    ['is followed by more', '0001 6e 6e', 'followed by 1 more'],
    [
      'has a name longer than itself',
      '0011 78 a112 4d 00 0006 0005 ffff 616c6578 0000',
      'a name of 65535 bytes',
    ],
    [
      'has an extra longer than itself',
      '0011 78 a112 4d 00 0006 0005 0004 616c6578 0001',
      'an extra of 1 bytes',
    ],
    ['has an empty name', '000d 78 a112 4d 00 0006 0005 0000 0000', 'is empty'],
    ['has a zero in its name', '0005 7a 6b006165', 'control character'],
    ['has a line break in its name', '0005 7a 6b0a6165', 'control character'],
    ['has a name that is not UTF-8', '0003 7a c328', 'is not UTF-8'],
    ['has a name of 256 characters', `0101 7a ${'61'.repeat(256)}`, '256 characters'],
  ])('that %s is refused with its reason', (_, bytes, reason) => {
    expect(() => new RequestParser().push(hex(bytes))).toThrow(reason)
  })

  test('an invalid name is not sent', () => {
    expect(() => encodeRequest({ request: 'PORT_PLEASE2_REQ', name: '' })).toThrow('it is empty')
    expect(() => encodeRequest({ request: 'ALIVE2_REQ', node: { ...alex, port: 65_536 } })).toThrow(
      '65536 is not a port',
    )
    expect(invalidNameReason('é'.repeat(255))).toBeUndefined()
    expect(invalidNameReason('\ud800')).toBe('contains a lone surrogate')
  })
})

// Recorded from epmd of OTP 25.
describe('a response', () => {
  const answers = [
    ['ALIVE2_X_RESP', '76 00 6b02d467', decodeAlive2Resp, { result: 0, creation: 0x6b02d467 }],
    ['ALIVE2_X_RESP for a name in use', '76 01 00000063', decodeAlive2Resp, { result: 1, creation: 99 }],
    ['ALIVE2_RESP', '79 00 0002', decodeAlive2Resp, { result: 0, creation: 2 }],
    ['ALIVE2_RESP for a name in use', '79 01 0063', decodeAlive2Resp, { result: 1, creation: 99 }],
    ['PORT2_RESP', '77 00 a112 4d 00 0006 0005 0004 616c6578 0000', decodePort2Resp, { node: alex }],
    ['PORT2_RESP for an unknown name', '77 01', decodePort2Resp, {}],
  ] as const

  test.each(answers)('%s is complete only with its last byte', (_, text, decode, expected) => {
    const bytes = hex(text)
    for (let size = 0; size < bytes.length; size++) expect(decode(bytes.subarray(0, size))).toBeUndefined()
    expect(decode(bytes)).toEqual(expected)
    if (bytes.length > 2) expect(() => decode(new Uint8Array([...bytes, 0]))).toThrow(EpmdError)
  })

  test('is encoded as by epmd', () => {
    expect(toHex(encodeAlive2Resp({ result: 0, creation: 0x6b02d467 }, 6))).toBe('76006b02d467')
    expect(toHex(encodeAlive2Resp({ result: 1, creation: 99 }, 6))).toBe('760100000063')
    expect(toHex(encodeAlive2Resp({ result: 0, creation: 2 }, 5))).toBe('79000002')
    expect(toHex(encodePort2Resp(alex))).toBe('7700a1124d00000600050004616c65780000')
    expect(toHex(encodePort2Resp(undefined))).toBe('7701')
    const names =
      '000039b96e616d65206b61746520617420706f72742034313233340a6e616d6520616c657820617420706f72742034313233340a'
    expect(toHex(encodeNamesResp(14_777, [{ ...alex, name: 'kate' }, alex]))).toBe(names)
    expect(decodeNamesResp(hex(names))).toEqual({
      epmdPort: 14_777,
      names: [
        { name: 'kate', port: 41_234 },
        { name: 'alex', port: 41_234 },
      ],
    })
    expect(Buffer.from(encodeDumpResp(14_777, [{ node: alex, connection: 5 }])).toString('latin1', 4)).toBe(
      'active name     <alex> at port 41234, fd = 5\n',
    )
  })

  test.each([
    ['of a web server', Buffer.from('HTTP/1.1 400 Bad Request'), "epmd's port, got 0x48545450"],
    ['that stops in its first field', hex('0000 11'), 'begins with 4 bytes'],
    ['with a line of something else', Buffer.from('\0\0\x11\x11hello\n'), 'got "hello"'],
    ['that is not UTF-8', hex('00001111 c328'), 'is UTF-8'],
  ])('to NAMES_REQ %s is an error that shows it', (_, bytes, reason) => {
    expect(() => decodeNamesResp(bytes)).toThrow(reason)
  })

  test('with an unknown tag or an impossible name is an error', () => {
    expect(() => decodeAlive2Resp(hex('48'))).toThrow('expected ALIVE2_X_RESP (118)')
    expect(() => decodePort2Resp(hex('76'))).toThrow('expected PORT2_RESP (119)')
    expect(() => decodePort2Resp(hex('77 00 a112 4d 00 0006 0005 ffff'))).toThrow('has 65535 bytes')
  })
})

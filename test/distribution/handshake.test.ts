import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  DFLAG_NAME_ME,
  DFLAG_PUBLISHED,
  digest,
  Handshake,
  HandshakeError,
  type HandshakeErrorCode,
  type HandshakeOptions,
  type HandshakeResult,
  type HandshakeStatus,
  isNodeName,
  LOCAL_FLAGS,
  type NodeIdentity,
  simultaneousStatus,
} from '../../src/distribution/index.ts'
import { runs } from '../support/runs.ts'

const alex = { name: 'alex@localhost', creation: 1795333279 }
const kate = { name: 'kate@localhost', creation: 1795332906 }

interface Side {
  readonly handshake: Handshake
  result?: HandshakeResult
  rest?: Buffer
  error?: HandshakeError
}

type Overrides = Partial<Omit<HandshakeOptions, 'peer'>>

function accepting(overrides: Overrides = {}): Side {
  const options = { local: kate, address: '127.0.0.1:53412', cookieFor: () => 'secret', ...overrides }
  return { handshake: Handshake.accept(options) }
}

function initiating(overrides: Overrides & { peer?: string } = {}): Side {
  const options = {
    local: alex,
    peer: kate.name,
    address: '127.0.0.1:4370',
    cookieFor: () => 'secret',
    ...overrides,
  }
  return { handshake: Handshake.initiate(options) }
}

function feed(side: Side, chunk: Uint8Array): void {
  if (side.error || side.result) return
  try {
    const done = side.handshake.feed(chunk)
    if (!done) return
    side.result = done.peer
    side.rest = Buffer.from(done.rest)
  } catch (error) {
    side.error = error as HandshakeError
  }
}

/** Passes bytes in both directions, `size` at a time, until both sides have no more output. */
function run(a: Side, b: Side, size: number = Number.POSITIVE_INFINITY): void {
  const carry = (from: Side, to: Side): boolean => {
    const bytes = from.handshake.takeOutput()
    for (let at = 0; at < bytes.length; at += size)
      feed(to, bytes.subarray(at, Math.min(at + size, bytes.length)))
    return bytes.length > 0
  }
  while (carry(a, b) || carry(b, a));
}

function message(...parts: (string | number[] | Uint8Array)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  )
  return Buffer.concat([Buffer.from([body.length >> 8, body.length & 255]), body])
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}

function nameMessage(name: string, flags: bigint = LOCAL_FLAGS): Buffer {
  return message('N', u64(flags), [1, 2, 3, 4], [0, name.length], name)
}

function challengeMessage(name: string, flags: bigint = LOCAL_FLAGS): Buffer {
  return message('N', u64(flags), [0, 0, 0, 9], [1, 2, 3, 4], [0, name.length], name)
}

/** Returns the output of a side that receives these bytes, and its result. */
function hearing(
  side: Side,
  ...messages: Uint8Array[]
): { said: string; code?: HandshakeErrorCode; text?: string } {
  side.handshake.takeOutput()
  for (const heard of messages) feed(side, heard)
  const said = Buffer.from(side.handshake.takeOutput()).toString('latin1')
  return side.error ? { said, code: side.error.code, text: side.error.message } : { said }
}

test('the digest is the one that a node of OTP 25 was seen to send', () => {
  // ck1 and ck2 with the cookie bbb, recorded.
  expect(Buffer.from(digest('bbb', 910508941)).toString('hex')).toBe('e98912b02f6dd6c9f956e3cd4118eeb0')
  expect(Buffer.from(digest('bbb', 1077787563)).toString('hex')).toBe('f74cbfc998da88d81cec9efed3ddf954')
})

test('two nodes with one cookie learn each other’s names, creations and common flags', () => {
  const [a, b] = [initiating(), accepting()]
  run(a, b)
  expect(a.result).toEqual({ ...kate, flags: LOCAL_FLAGS, published: true })
  expect(b.result).toEqual({ ...alex, flags: LOCAL_FLAGS, published: true })
})

test('they do so wherever TCP splits the bytes', () => {
  for (let size = 1; size < 60; size++) {
    const [a, b] = [initiating(), accepting()]
    run(a, b, size)
    expect([a.result?.name, b.result?.name]).toEqual([kate.name, alex.name])
  }
})

test('the flags are those that both have, so a connection to a hidden node is not published', () => {
  const [a, b] = [initiating({ local: { ...alex, hidden: true } }), accepting()]
  run(a, b)
  expect(a.result?.flags).toBe(LOCAL_FLAGS & ~1n)
  expect(b.result?.flags).toBe(LOCAL_FLAGS & ~1n)
  expect([a.result?.published, b.result?.published]).toEqual([true, false])
})

test('bytes that follow the last message are returned', () => {
  const [a, b] = [initiating(), accepting()]
  feed(b, a.handshake.takeOutput())
  feed(a, b.handshake.takeOutput())
  feed(b, a.handshake.takeOutput())
  feed(a, Buffer.concat([b.handshake.takeOutput(), Buffer.alloc(6)]))
  expect(a.result?.name).toBe(kate.name)
  expect(a.rest?.length).toBe(6)
})

test('an acceptor with another cookie refuses, and the error of the initiator says what to check', () => {
  const [a, b] = [initiating(), accepting({ cookieFor: () => 'other' })]
  run(a, b)
  expect(b.error?.code).toBe('HANDSHAKE_COOKIE')
  expect(b.error?.peer).toBe(alex.name)
  expect(b.error?.message).toMatch(
    /^connection attempt from node alex@localhost \(127\.0\.0\.1:53412\) rejected: invalid challenge reply; its cookie is not ours\. Start both with the same --cookie/,
  )
  const closed = a.handshake.closedError()
  expect(closed.code).toBe('HANDSHAKE_COOKIE')
  expect(closed.message).toMatch(
    /^connection to node kate@localhost \(127\.0\.0\.1:4370\) failed: it closed the connection after our challenge reply/,
  )
})

test('an initiator detects an acceptor that does not have the cookie', () => {
  const side = initiating()
  const heard = hearing(side, message('sok'), challengeMessage(kate.name), message('a', Buffer.alloc(16)))
  expect(heard.code).toBe('HANDSHAKE_COOKIE')
  expect(heard.text).toContain('invalid challenge ack')
})

test('cookies may differ by node', () => {
  const [a, b] = [
    initiating({ cookieFor: (node) => `${node}!` }),
    accepting({ cookieFor: () => 'kate@localhost!' }),
  ]
  run(a, b)
  expect(a.result?.name).toBe(kate.name)
})

test('of two simultaneous attempts that of the node with the greater name continues', () => {
  expect(simultaneousStatus('moebi@localhost', 'kate@localhost')).toBe('nok')
  expect(simultaneousStatus('kate@localhost', 'moebi@localhost')).toBe('ok_simultaneous')

  const refused = [initiating(), accepting({ statusFor: () => 'nok' })] as const
  run(...refused)
  expect(refused[0].error?.code).toBe('HANDSHAKE_NOK')
  expect(refused[1].error?.code).toBe('HANDSHAKE_NOK')

  const taken = [initiating(), accepting({ statusFor: () => 'ok_simultaneous' })] as const
  run(...taken)
  expect(taken[0].result?.name).toBe(kate.name)
  expect(taken[1].result?.name).toBe(alex.name)
})

test('a new connection of a node replaces its old one, but not before the node has proved that it has the cookie', () => {
  const events: string[] = []
  const statusFor = (): HandshakeStatus => {
    events.push('alive')
    return 'alive'
  }
  const b = accepting({ statusFor, onVerified: (peer) => events.push(`verified ${peer.name}`) })
  const a = initiating()
  run(a, b)
  expect(events).toEqual(['alive', 'verified alex@localhost'])
  expect([a.result?.name, b.result?.name]).toEqual([kate.name, alex.name])

  const stranger = accepting({ statusFor, cookieFor: () => 'other', onVerified: () => events.push('never') })
  run(initiating(), stranger)
  expect(events).toEqual(['alive', 'verified alex@localhost', 'alive'])
})

test('a node that withdraws after the status alive leaves the connection up', () => {
  const heard = hearing(accepting({ statusFor: () => 'alive' }), nameMessage(alex.name), message('sfalse'))
  expect(heard.code).toBe('HANDSHAKE_ALIVE')
  expect(heard.said).toBe('\0\x06salive')
})

test('a node that is not allowed gets the status not_allowed', () => {
  const [a, b] = [initiating(), accepting({ statusFor: () => 'not_allowed' })]
  run(a, b)
  expect(a.error?.code).toBe('HANDSHAKE_NOT_ALLOWED')
  expect(b.error?.code).toBe('HANDSHAKE_NOT_ALLOWED')
})

test('statusFor gets the name, the creation and the flags, before any challenge', () => {
  const asked: unknown[] = []
  const b = accepting({
    statusFor: (peer) => {
      asked.push(peer)
      return 'nok'
    },
  })
  expect(hearing(b, nameMessage(alex.name)).said).toBe('\0\x04snok')
  expect(asked).toEqual([{ name: alex.name, creation: 0x01020304, flags: LOCAL_FLAGS }])
})

test('a node that lacks a mandatory flag is refused by either role, and the flag is named', () => {
  const flags = LOCAL_FLAGS & ~0x4_0000_0000n
  const accepted = hearing(accepting(), nameMessage(alex.name, flags))
  expect(accepted.said).toBe('\0\x0csnot_allowed')
  expect(accepted.code).toBe('HANDSHAKE_FLAGS')
  expect(accepted.text).toContain('it cannot handle V4_NC,')
  expect(hearing(initiating(), message('sok'), challengeMessage(kate.name, flags)).code).toBe(
    'HANDSHAKE_FLAGS',
  )
})

test('version 5 of the handshake is refused with its reason', () => {
  const old = message('n', [0, 5], [0, 0, 0, 0], 'alex@localhost')
  expect(hearing(accepting(), old)).toMatchObject({ code: 'HANDSHAKE_VERSION', said: '\0\x0csnot_allowed' })
  expect(hearing(initiating(), message('sok'), old).text).toContain('version 5 of the handshake')
})

test('a node that asks for a name gets one, with its creation, and the flag back', () => {
  const given = { name: '3WJNGXFBBJWIY@ütf', creation: 0x0a0b0c0d }
  const hosts: string[] = []
  const asked: NodeIdentity[] = []
  const side = accepting({
    nameFor: (host) => {
      hosts.push(host)
      return given
    },
    statusFor: (peer) => {
      asked.push(peer)
      return 'ok'
    },
  })
  const flags = (LOCAL_FLAGS & ~DFLAG_PUBLISHED) | DFLAG_NAME_ME
  const { said } = hearing(side, nameMessage('ütf', flags))
  expect(hosts).toEqual(['ütf'])
  expect(asked).toEqual([{ ...given, flags }])
  const name = Buffer.from(given.name)
  const status = message('snamed:', [0, name.length], name, [0x0a, 0x0b, 0x0c, 0x0d])
  expect(Buffer.from(said.slice(0, status.length), 'latin1')).toEqual(status)
  const challenge = Buffer.from(said.slice(status.length), 'latin1')
  expect(challenge.readBigUInt64BE(3)).toBe(flags)
  feed(side, message('r', [0, 0, 0, 7], digest('secret', challenge.readUInt32BE(11))))
  expect(side.result).toEqual({ ...given, flags, published: false })
})

test('a node that asks for a name sends a host, and gets none where no names are given', () => {
  const invalid = hearing(accepting({ nameFor: () => kate }), nameMessage('a@b', LOCAL_FLAGS | DFLAG_NAME_ME))
  expect(invalid.code).toBe('HANDSHAKE_NAME')
  const heard = hearing(accepting(), nameMessage('localhost', LOCAL_FLAGS | DFLAG_NAME_ME))
  expect(heard).toMatchObject({ code: 'HANDSHAKE_NAME', said: '\0\x0csnot_allowed' })
  expect(heard.text).toContain('NAME_ME')
})

test('an invalid node name is refused', () => {
  for (const name of ['alex@localhost', 'a-b_1@127.0.0.1', 'x@ü.example']) expect(isNodeName(name)).toBe(true)
  for (const name of [
    '',
    'alex',
    '@host',
    'alex@',
    'a@b@c',
    'a b@c',
    'a\n@b',
    '\x1b[2J@b',
    `${'x'.repeat(250)}@local`,
  ])
    expect(isNodeName(name)).toBe(false)
  expect(hearing(accepting(), nameMessage('a\x9b@b')).text).toContain('"a\\u009b@b"')
})

test('a node with the name of this node is refused', () => {
  expect(hearing(accepting(), nameMessage(kate.name))).toMatchObject({
    code: 'HANDSHAKE_NAME',
    said: '\0\x0csnot_allowed',
  })
})

test('a node with another name than the expected one is refused', () => {
  const heard = hearing(initiating(), message('sok'), challengeMessage('joe@localhost'))
  expect(heard.code).toBe('HANDSHAKE_NAME')
  expect(heard.text).toContain('the node there is called "joe@localhost"')
})

test('an unknown status is refused', () => {
  expect(hearing(initiating(), message('snamed:')).code).toBe('HANDSHAKE_MALFORMED')
  expect(hearing(initiating(), message('')).code).toBe('HANDSHAKE_MALFORMED')
})

test('a name with a wrong length is refused', () => {
  const heard = hearing(
    accepting(),
    message('N', u64(LOCAL_FLAGS), [0, 0, 0, 1], [255, 255], 'alex@localhost'),
  )
  expect(heard).toMatchObject({ code: 'HANDSHAKE_MALFORMED', said: '' })
})

test('fields that a later version may add after the name are ignored', () => {
  const heard = hearing(accepting(), message('N', u64(LOCAL_FLAGS), [0, 0, 0, 1], [0, 3], 'a@bmore'))
  expect(heard.code).toBeUndefined()
  expect(heard.said.startsWith('\0\x03sok')).toBe(true)
})

test('a cookie without a digest is refused before it is used', () => {
  for (const cookie of ['', '日本'])
    expect(
      hearing(initiating({ cookieFor: () => cookie }), message('sok'), challengeMessage(kate.name)).code,
    ).toBe('HANDSHAKE_COOKIE')
})

test('a closed connection and a timeout are errors that say which message was expected', () => {
  expect(accepting().handshake.closedError().message).toBe(
    'connection attempt from 127.0.0.1:53412 rejected: the connection ended while we waited for its name',
  )
  expect(initiating().handshake.timeoutError(7000)).toMatchObject({
    code: 'HANDSHAKE_TIMEOUT',
    message:
      'connection to node kate@localhost (127.0.0.1:4370) failed: its status did not come within 7000 ms',
  })
})

test('random bytes give a HandshakeError or a wait for more, in both roles', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 6 }),
      (accepts, chunks) => {
        const side = accepts ? accepting() : initiating()
        for (const chunk of chunks) feed(side, message(chunk))
        expect(side.result).toBeUndefined()
        if (side.error) expect(side.error).toBeInstanceOf(HandshakeError)
      },
    ),
    { numRuns: runs(100) },
  )
})

/** A handshake before the delivery of the challenge reply. */
function untilReply(): { b: Side; reply: Buffer } {
  const [a, b] = [initiating(), accepting()]
  feed(b, a.handshake.takeOutput())
  feed(a, b.handshake.takeOutput())
  return { b, reply: Buffer.from(a.handshake.takeOutput()) }
}

test('a reply with one wrong bit is refused', () => {
  const digestAt = 2 + 1 + 4
  for (let at = digestAt; at < digestAt + 16; at++) {
    const { b, reply } = untilReply()
    reply[at]! ^= 1
    feed(b, reply)
    expect(b.error?.code).toBe('HANDSHAKE_COOKIE')
  }
})

test('a recorded reply is refused in another handshake', () => {
  const { b } = untilReply()
  feed(b, untilReply().reply)
  expect(b.error?.code).toBe('HANDSHAKE_COOKIE')
})

test('an incomplete reply does not complete the handshake', () => {
  const { b, reply } = untilReply()
  feed(b, reply.subarray(0, -1))
  expect(b.error ?? b.result).toBeUndefined()
  feed(b, reply.subarray(-1))
  expect(b.result?.name).toBe(alex.name)
})

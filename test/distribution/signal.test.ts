import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { negotiate } from '../../src/distribution/control.ts'
import {
  DFLAG_ALIAS,
  DFLAG_ALTACT_SIG,
  DFLAG_DIST_HDR_ATOM_CACHE,
  DFLAG_DIST_MONITOR,
  DFLAG_DIST_MONITOR_NAME,
  DFLAG_EXIT_PAYLOAD,
  DFLAG_FRAGMENTS,
  DFLAG_SEND_SENDER,
  DFLAG_SPAWN,
  FrameDecoder,
  LOCAL_FLAGS,
  ProtocolError,
} from '../../src/distribution/index.ts'
import { SignalReader } from '../../src/distribution/signal-reader.ts'
import { fallbackReply, SignalWriter } from '../../src/distribution/signal-writer.ts'
import { DecodeError, EncodeError, encode } from '../../src/etf/index.ts'
import type { Signal } from '../../src/process/index.ts'
import { Atom, atom, ImproperList, internPid, Pid, Reference, tuple } from '../../src/term/index.ts'
import { runs } from '../support/runs.ts'
import { frames } from './frames.ts'

const alexNode = Atom.intern('alex@localhost')
const kateNode = Atom.intern('kate@localhost')
const alexCreation = 1795333279
const kateCreation = 1795332906
const alex = internPid(alexNode, 114, 0, alexCreation)
const leader = internPid(alexNode, 73, 0, alexCreation)
const kate = internPid(kateNode, 129, 0, kateCreation)
const ref = new Reference(alexNode, alexCreation, [2805, 4148690946, 2712077294])
const alias = new Reference(kateNode, kateCreation, [1, 2, 3, 4, 5])
const rex = { name: Atom.intern('rex'), node: kateNode }
const hi = atom('hi')
const normal = atom('normal')
const kill = atom('kill')
const reply = tuple(new ImproperList([atom('alias')], alias), atom('yes'))

/** The decoded signal, and the flags that Alex must lack to encode it this way; `undefined` if Alex never does. */
const signals: Record<keyof typeof frames, [signal: Signal | undefined, without?: bigint | undefined]> = {
  sendSender: [{ type: 'message', from: alex, to: kate, message: tuple(hi, alex) }, 0n],
  send: [
    { type: 'message', from: internPid(alexNode, 0, 0, alexCreation), to: kate, message: tuple(hi, alex) },
    DFLAG_SEND_SENDER,
  ],
  regSend: [{ type: 'message', from: alex, to: rex, message: tuple(alex, atom('features_request')) }, 0n],
  aliasSend: [{ type: 'message', from: alex, to: alias, message: reply }, DFLAG_ALTACT_SIG],
  altactAlias: [{ type: 'message', from: alex, to: alias, message: reply }, 0n],
  altactPid: [{ type: 'message', from: alex, to: kate, message: hi, priority: true }, 0n],
  altactName: [{ type: 'message', from: alex, to: rex, message: hi }],
  altactToken: [{ type: 'message', from: alex, to: alias, message: hi }],
  altactBig: [{ type: 'message', from: alex, to: alias, message: hi }],
  altactExit: [{ type: 'exit2', from: alex, to: kate, reason: atom('shutdown') }],
  altactExitAlias: [{ type: 'exit2', from: alex, to: alias, reason: atom('shutdown') }, 0n],
  link: [{ type: 'link', from: alex, to: kate }, 0n],
  unlinkId: [{ type: 'unlink', from: alex, to: kate, id: 2n ** 64n - 1n }, 0n],
  unlinkIdAck: [{ type: 'unlinkAck', from: alex, to: kate, id: 7n }, 0n],
  unlink: [{ type: 'unlink', from: alex, to: kate, id: 0n }],
  payloadExit: [{ type: 'exit', from: alex, to: kate, reason: normal }, 0n],
  exit: [{ type: 'exit', from: alex, to: kate, reason: normal }, DFLAG_EXIT_PAYLOAD],
  payloadExit2: [{ type: 'exit2', from: alex, to: kate, reason: kill }, 0n],
  exit2: [{ type: 'exit2', from: alex, to: kate, reason: kill }, DFLAG_EXIT_PAYLOAD],
  monitor: [{ type: 'monitor', from: alex, to: kate, ref }, 0n],
  monitorName: [
    { type: 'monitor', from: alex, to: { name: Atom.intern('net_kernel'), node: kateNode }, ref },
    0n,
  ],
  monitorNil: [{ type: 'monitor', from: alex, to: { name: Atom.intern('nil'), node: kateNode }, ref }, 0n],
  demonitor: [{ type: 'demonitor', from: alex, to: kate, ref }, 0n],
  demonitorName: [
    { type: 'demonitor', from: alex, to: { name: Atom.intern('net_kernel'), node: kateNode }, ref },
    0n,
  ],
  payloadDown: [{ type: 'down', from: alex, to: kate, ref: alias, reason: atom('noproc') }, 0n],
  payloadDownName: [
    {
      type: 'down',
      from: { name: Atom.intern('nosuchname'), node: alexNode },
      to: kate,
      ref: alias,
      reason: atom('noproc'),
    },
    0n,
  ],
  down: [{ type: 'down', from: alex, to: kate, ref: alias, reason: atom('noproc') }, DFLAG_EXIT_PAYLOAD],
  groupLeader: [{ type: 'groupLeader', from: leader, to: kate, leader }, 0n],
  spawnRequest: [spawnRequest('erlang', 'apply', [Atom.intern('Elixir.Kate'), []], [atom('link')]), 0n],
  spawnRequestNone: [spawnRequest('kate', 'say_name', [], []), 0n],
  spawnRequestBytes: [
    spawnRequest('kate', 'add', [1, 2, 3], [atom('monitor'), tuple(atom('name'), atom('k'))]),
    0n,
  ],
  spawnReply: [
    { type: 'spawnReply', ref: alias, node: alexNode, to: kate, link: true, monitor: true, result: alex },
    0n,
  ],
  spawnReplyNone: [
    {
      type: 'spawnReply',
      ref: alias,
      node: alexNode,
      to: kate,
      link: false,
      monitor: false,
      result: atom('notsup'),
    },
    0n,
  ],
  sendTt: [{ type: 'message', from: internPid(alexNode, 0, 0, alexCreation), to: kate, message: hi }],
  sendSenderTt: [{ type: 'message', from: alex, to: kate, message: hi }],
  regSendTt: [{ type: 'message', from: alex, to: rex, message: hi }],
  exitTt: [{ type: 'exit', from: alex, to: kate, reason: normal }],
  exit2Tt: [{ type: 'exit2', from: alex, to: kate, reason: kill }],
  payloadExitTt: [{ type: 'exit', from: alex, to: kate, reason: normal }],
  payloadExit2Tt: [{ type: 'exit2', from: alex, to: kate, reason: kill }],
  spawnRequestTt: [spawnRequest('kate', 'say_name', [], [])],
  spawnReplyTt: [
    { type: 'spawnReply', ref: alias, node: alexNode, to: kate, link: true, monitor: false, result: alex },
  ],
  aliasSendTt: [{ type: 'message', from: alex, to: alias, message: hi }],
}

function spawnRequest(module: string, name: string, args: Signal[] | unknown[], options: unknown[]): Signal {
  return {
    type: 'spawnRequest',
    ref,
    from: alex,
    node: kateNode,
    leader,
    module: Atom.intern(module),
    function: Atom.intern(name),
    args,
    options,
  } as Signal
}

/** The frames here have no distribution header, as between nodes that have not agreed on fragments. */
const flags = LOCAL_FLAGS & ~DFLAG_FRAGMENTS & ~DFLAG_DIST_HDR_ATOM_CACHE

function read(frame: Uint8Array): Signal | undefined {
  return new SignalReader(negotiate(kateNode, alexNode, alexCreation, flags)).read(frame, 0, frame.length)
}

function alexWrites(without = 0n, maxFrame = 2 ** 20): SignalWriter {
  return new SignalWriter(negotiate(alexNode, kateNode, kateCreation, flags & ~without), maxFrame)
}

/** Returns the frame of a signal with its length; undefined when nothing is written. */
function write(signal: Signal, without = 0n): Buffer | undefined {
  const writer = alexWrites(without)
  return writer.write(signal) ? writer.writer.takeBytes() : undefined
}

function frame(control: readonly unknown[], ...payload: unknown[]): Buffer {
  return Buffer.concat([
    Uint8Array.of(112),
    encode(tuple(...control)),
    ...payload.map((term) => encode(term)),
  ])
}

describe.each(Object.keys(frames) as (keyof typeof frames)[])('%s', (name) => {
  const bytes = Buffer.from(frames[name], 'hex')
  const [signal, without] = signals[name]

  test('is decoded as erl encodes it', () => {
    expect(read(bytes)).toEqual(signal)
  })

  if (signal && without !== undefined)
    test('is encoded as erl encodes it', () => {
      const written = write(signal, without)!
      expect(written.readUInt32BE(0)).toBe(written.length - 4)
      expect(written.subarray(4).toString('hex')).toBe(frames[name])
    })

  test('is refused when a byte is missing, and read when one is too many, as by a BEAM', () => {
    for (let end = 0; end < bytes.length; end++) expect(() => read(bytes.subarray(0, end))).toThrow()
    expect(read(Buffer.concat([bytes, Uint8Array.of(0)]))).toEqual(read(bytes))
  })
})

describe('a frame is refused with a message that names the fault', () => {
  const wrong: [string, Buffer, string][] = [
    ['with a distribution header', Buffer.from([131, 68, 0]), 'has a distribution header (131, 68)'],
    ['with a fragment', Buffer.from([131, 69, 0]), 'has a distribution header (131, 69)'],
    ['with another fragment', Buffer.from([131, 70, 0]), 'has a distribution header (131, 70)'],
    ['that passes nothing through', Buffer.from([131, 97, 1]), 'begins with 131, expected 112'],
    [
      'without a tuple',
      Buffer.concat([Uint8Array.of(112), encode(1)]),
      '{}: this control message is unknown',
    ],
    ['with an unknown operation', frame([99, alex, kate]), 'this control message is unknown'],
    [
      'with an operation that is not a number',
      frame([atom('link'), alex, kate]),
      'this control message is unknown',
    ],
    ['with too few elements', frame([1, alex]), '3 elements were expected'],
    ['with too many elements', frame([1, alex, kate, 1]), '3 elements were expected'],
    [
      'from a pid of another node',
      frame([1, kate, kate]),
      'element 2 must be a pid of the node that sent it',
    ],
    ['from what is not a pid', frame([1, 5, kate]), 'element 2 must be a pid of the node that sent it'],
    [
      'to a pid of another node',
      frame([1, alex, alex]),
      'element 3 must be a pid of the node that it was sent to',
    ],
    ['whose message is missing', frame([22, alex, kate]), 'its payload is missing'],
    ['to a name that is none', frame([6, alex, atom(''), 'rex'], 1), 'element 4 must be a registered name'],
    ['whose monitor is not a reference', frame([19, alex, kate, 5]), 'element 4 must be a reference'],
    ['whose unlink has no id', frame([35, 0, alex, kate]), 'must be an id of 1 to 2^64 - 1'],
    ['whose unlink has too long an id', frame([35, 2n ** 64n, alex, kate]), 'must be an id of 1 to 2^64 - 1'],
    ['with negative flags', frame([37, -1, alex, kate], 1), 'element 2 must be flags'],
    ['with a token that is missing', frame([37, 2, alex, kate], 1), 'its flags promise a token'],
    ['to an alias that is a name', frame([37, 12, alex, rex.name], 1), 'cannot be an alias and a name'],
    ['with too short an alias send', frame([37, 4, alex], 1), 'at least 4 elements'],
    [
      'whose spawn request has no function name',
      frame([29, ref, alex, leader, 1, []], []),
      'must be {Module, Function, Arity}',
    ],
    ['whose spawn reply is neither pid nor atom', frame([31, alias, kate, 0, 1]), 'element 5 must be a pid'],
  ]
  test.each(wrong)('%s', (_, bytes, sentence) => {
    expect(() => read(bytes)).toThrow(ProtocolError)
    expect(() => read(bytes)).toThrow('invalid distribution message: ')
    expect(() => read(bytes)).toThrow(sentence)
  })
})

test.each([
  ['with a payload that it should not have', frame([1, alex, kate], 1), { type: 'link' }],
  ['to an alias of another node', frame([33, alex, ref], 1), { type: 'message', to: ref }],
  ['to a pid of another node', frame([22, alex, alex], 1), { type: 'message', to: alex }],
  ['with a sender of another node', frame([22, kate, kate], 1), { type: 'message', to: kate }],
  [
    'whose spawn request has no list of options',
    frame([29, ref, alex, leader, tuple(hi, hi, 0), 1], []),
    { type: 'spawnRequest', options: [1] },
  ],
  [
    'whose spawn request has another number of arguments than announced',
    frame([29, ref, alex, leader, tuple(hi, hi, 2), []], [1]),
    { type: 'spawnRequest', args: [1] },
  ],
  [
    'whose spawn request has a reference of another node',
    frame([29, alias, alex, leader, tuple(hi, hi, 0), []], []),
    undefined,
  ],
])('a frame %s is read, as by a BEAM', (_, bytes, signal) => {
  if (signal === undefined) expect(read(bytes)).toBeUndefined()
  else expect(read(bytes)).toMatchObject(signal)
})

test('a frame that was not negotiated is refused with a message that says so', () => {
  const refused = (without: bigint, bytes: number[]): void => {
    const reader = new SignalReader(negotiate(kateNode, alexNode, alexCreation, LOCAL_FLAGS & ~without))
    reader.read(Buffer.from(bytes), 0, bytes.length)
  }
  expect(() => refused(DFLAG_DIST_HDR_ATOM_CACHE, [131, 68, 2])).toThrow(
    'refers to 2 cached atoms, but no atom cache was negotiated',
  )
  expect(() => refused(DFLAG_FRAGMENTS, [131, 70, 0])).toThrow(
    'it is a fragment (131, 70), but fragments were not negotiated',
  )
})

test('a message that no process receives is not decoded', () => {
  const cut = frame([22, alex, kate], 'a message').subarray(0, -4)
  const reader = new SignalReader(negotiate(kateNode, alexNode, alexCreation, LOCAL_FLAGS), {
    hasReceiver: (to) => to !== kate,
  })
  expect(reader.read(cut, 0, cut.length)).toBeUndefined()
  expect(() =>
    new SignalReader(negotiate(kateNode, alexNode, alexCreation, LOCAL_FLAGS), {
      hasReceiver: () => true,
    }).read(cut, 0, cut.length),
  ).toThrow()
})

test('a huge control message gives a short error message', () => {
  const huge = frame([99, 'x'.repeat(10_000), new Array(5000).fill(alex)])
  expect(() => read(huge)).toThrow(/^.{1,500}$/)
})

test('any bytes give a signal, a ProtocolError or a DecodeError', () => {
  const valid = Object.values(frames).map((hex) => Buffer.from(hex, 'hex'))
  fc.assert(
    fc.property(
      fc.constantFrom(...valid),
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 5 }),
      (bytes, changes) => {
        const changed = Buffer.from(bytes)
        for (const [at, value] of changes) changed[at % changed.length] = value
        try {
          read(changed)
        } catch (error) {
          if (!(error instanceof ProtocolError) && !(error instanceof DecodeError)) throw error
        }
      },
    ),
    { numRuns: runs(2000) },
  )
})

test('a pid of an earlier instance of this node is delivered like any other pid', () => {
  const old = new Pid(kateNode, 129, 0, 3)
  expect(read(frame([1, alex, old]))).toMatchObject({ type: 'link', to: { creation: 3 } })
})

test('frames follow each other in one buffer', () => {
  const writer = alexWrites()
  writer.write({ type: 'link', from: alex, to: kate })
  writer.write({ type: 'message', from: alex, to: kate, message: 1 })
  const found = new FrameDecoder(4)
  found.push(writer.writer.takeBytes())
  const reader = new SignalReader(negotiate(kateNode, alexNode, alexCreation, LOCAL_FLAGS))
  const types: unknown[] = []
  while (found.next()) types.push(reader.read(found.bytes, found.start, found.end)?.type)
  expect(types).toEqual(['link', 'message'])
})

test('a message that is not a term throws and writes nothing', () => {
  const writer = alexWrites()
  writer.write({ type: 'link', from: alex, to: kate })
  const before = writer.writer.length
  const message = { deep: [new Date(0)] } as never
  expect(() => writer.write({ type: 'message', from: alex, to: kate, message })).toThrow(EncodeError)
  expect(() => writer.write({ type: 'message', from: alex, to: kate, message })).toThrow(/message/)
  expect(writer.writer.length).toBe(before)
})

test('a message that makes a frame too long throws and writes nothing', () => {
  const writer = alexWrites(0n, 1000)
  expect(() => writer.write({ type: 'message', from: alex, to: kate, message: 'x'.repeat(1000) })).toThrow(
    /a signal of \d+ bytes cannot be sent to kate@localhost: a frame has at most 1000/,
  )
  expect(writer.writer.length).toBe(0)
  expect(writer.write({ type: 'link', from: alex, to: kate })).toBe(true)
})

test('a message that sends another while it is being encoded is an error, not a broken frame', () => {
  const writer = alexWrites()
  const message = {
    get field(): number {
      writer.write({ type: 'link', from: alex, to: kate })
      return 1
    },
  }
  expect(() => writer.write({ type: 'message', from: alex, to: kate, message })).toThrow(
    'while another was being encoded',
  )
  expect(writer.writer.length).toBe(0)
})

test('a signal from a process of another node throws: a BEAM would close the connection', () => {
  expect(() => write({ type: 'link', from: kate, to: kate })).toThrow(
    'its sender must be a process of this node',
  )
})

test('signals for which a restarted peer would close the connection are not sent; an unlink is acknowledged locally', () => {
  const old = new Pid(kateNode, 129, 0, 3)
  const unlink: Signal = { type: 'unlink', from: alex, to: old, id: 5n }
  expect(write({ type: 'exit', from: alex, to: old, reason: normal })).toBeUndefined()
  expect(write(unlink)).toBeUndefined()
  expect(write({ type: 'unlinkAck', from: alex, to: old, id: 5n })).toBeUndefined()
  expect(fallbackReply(unlink)).toEqual({ type: 'unlinkAck', from: old, to: alex, id: 5n })
  expect(write({ type: 'link', from: alex, to: old })).toBeDefined()
})

test('an unlink of the old protocol is not acknowledged', () => {
  expect(write({ type: 'unlinkAck', from: alex, to: kate, id: 0n })).toBeUndefined()
})

test('a signal that a peer does not support gets a local reply, so that the sender does not wait', () => {
  const spawn = signals.spawnRequest[0]!
  expect(write(spawn, DFLAG_SPAWN)).toBeUndefined()
  expect(fallbackReply(spawn)).toEqual({
    type: 'spawnReply',
    ref,
    node: kateNode,
    to: alex,
    link: false,
    monitor: false,
    result: atom('notsup'),
  })
  const monitor = signals.monitorName[0]!
  // A monitor reports the end of the connection only, whichever of the two flags is missing.
  for (const flag of [DFLAG_DIST_MONITOR, DFLAG_DIST_MONITOR_NAME])
    for (const signal of [monitor, signals.monitor[0]!, signals.demonitor[0]!])
      expect(write(signal, flag)).toBeUndefined()
  expect(fallbackReply(monitor)).toBeUndefined()
  expect(write(signals.aliasSend[0]!, DFLAG_ALIAS | DFLAG_ALTACT_SIG)).toBeUndefined()
})

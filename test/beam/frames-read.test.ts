import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Term, tuple } from '../../src/index.ts'
import { Atom, atom, internPid, Pid, Reference } from '../../src/term/index.ts'
import { frame, framed, RawPeer } from '../node/raw-peer.ts'
import { type BeamNode, findBeam, type Home, startNode } from '../support/beam.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'

/**
 * Frames with unusual bytes, each sent to a real node and to a Moebi node. Both must keep the link, or both must end it: a link
 * that ends for bytes that a BEAM reads takes every link, monitor and call between the two nodes with it.
 */

const beam = findBeam()!

let cluster: Cluster
let kate: BeamNode
let home: Home
let alex: TestNode
let links = 0

beforeAll(async () => {
  cluster = await Cluster.start()
  home = await beam.home()
  kate = await startNode(beam, {
    kind: 'erl',
    name: 'kate@localhost',
    epmdPort: cluster.epmdPort,
    cookie: cluster.cookie,
    home,
    code: 'register(sink, spawn(fun() -> F = fun G() -> receive {sync, P} -> P ! synced; {whoami, P} -> P ! self(); _ -> ok end, G() end, F() end)).',
  })
  alex = await cluster.moebi('alex')
  const { kernel } = alex.node
  const sink = kernel.create()
  sink.handle((message: Term) => {
    const [word, from] = (message as { elements?: Term[] })?.elements ?? []
    if (word === atom('whoami')) kernel.send(sink.pid, from as Pid, sink.pid)
    if (word === atom('sync')) kernel.send(sink.pid, from as Pid, atom('synced'))
  })
  kernel.register(sink, atom('sink') as Atom)
  for (const receiver of [kateReceiver, alexReceiver]) receiver.creation = await creationOf(receiver.node)
})

afterAll(async () => {
  await kate?.stop()
  await home?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
})

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
/** SMALL_ATOM_UTF8_EXT. */
const word = (text: string): Buffer =>
  Buffer.concat([Buffer.of(119, Buffer.byteLength(text)), Buffer.from(text)])
const bytes = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? hex(part) : part)))
const nested = (depth: number): Buffer => hex(`${'6c00000001'.repeat(depth)}6a${'6a'.repeat(depth)}`)
const fun = (size: number, creator: string | Buffer, free: Buffer[] = []): Buffer =>
  bytes(
    '70',
    Buffer.of(size >>> 24, size >>> 16, size >>> 8, size),
    '00',
    '00112233445566778899aabbccddeeff',
    '00000001',
    Buffer.of(0, 0, 0, free.length),
    word('m'),
    '6100',
    '6107',
    creator,
    ...free,
  )
const pid = bytes('58', word('somebody@else'), '00000005 00000000 00000001')
const funOf = (creator: string | Buffer, free: Buffer[] = [], added = 0): Buffer => {
  const length = fun(0, creator, free).length - 1
  return fun(length + added, creator, free)
}
function nestedFun(depth: number): Buffer {
  return depth === 0 ? hex('6101') : funOf(pid, [nestedFun(depth - 1)])
}

/** Payloads of a message, with the bytes of a term that follows the version. */
const terms: readonly (readonly [what: string, term: Buffer])[] = [
  ['an export with an arity of 255', bytes('71', word('m'), word('f'), '61ff')],
  ['an export with an arity of 256', bytes('71', word('m'), word('f'), '6200000100')],
  ['an export with an arity of 5 as INTEGER_EXT', bytes('71', word('m'), word('f'), '6200000005')],
  ['an export with an arity of 5 as SMALL_BIG_EXT', bytes('71', word('m'), word('f'), '6e010005')],
  ['an export with a negative arity', bytes('71', word('m'), word('f'), '62ffffffff')],
  ['an export with an atom as its arity', bytes('71', word('m'), word('f'), word('a'))],
  ['an export with an arity of 2^64', bytes('71', word('m'), word('f'), '6e0900000000000000000001')],
  // A BEAM reads the first word of a reference of no words too, so 4 bytes follow it.
  ['a reference of no words', bytes('5a0000', word('x@y'), '00000001 00000002')],
  ['a reference of one word', bytes('5a0001', word('x@y'), '00000001 00000002')],
  ['a reference of five words', bytes('5a0005', word('x@y'), '00000001', '00000002'.repeat(5))],
  ['a reference of six words', bytes('5a0006', word('x@y'), '00000001', '00000002'.repeat(6))],
  ['a NEW_REFERENCE_EXT', bytes('720003', word('x@y'), '01', '00000002'.repeat(3))],
  ['a REFERENCE_EXT', bytes('65', word('x@y'), '00000002', '01')],
  ['a pid with large numbers', bytes('58', word('x@y'), 'ffffffff ffffffff ffffffff')],
  ['a PID_EXT', bytes('67', word('x@y'), '00000001 00000001 01')],
  ['a pid whose node is nil', bytes('58', word('nil'), '00000001 00000000 00000001')],
  ['a port with an id of 64 bits', bytes('78', word('x@y'), 'ffffffffffffffff 00000001')],
  ['a NEW_PORT_EXT', bytes('59', word('x@y'), 'ffffffff 00000001')],
  ['a PORT_EXT', bytes('66', word('x@y'), '00000007 01')],
  ['a STRING_EXT of no bytes', hex('6b0000')],
  ['a STRING_EXT of 65,535 bytes', bytes('6bffff', Buffer.alloc(65_535, 7))],
  ['a list of no elements with an empty tail', hex('6c000000006a')],
  ['a list of no elements with another tail', hex('6c000000006105')],
  ['an improper list', hex('6c0000000161056106')],
  ['a list whose tail is a string', hex('6c0000000161056b000107')],
  ['a large tuple of no elements', hex('6900000000')],
  ['a map with a key twice', bytes('7400000002', word('a'), '6101', word('a'), '6102')],
  ['a map with a text key twice', bytes('7400000002', '6d0000000161', '6101', '6d0000000161', '6102')],
  ['a map with 1 and 1.0', bytes('7400000002', '6101', '6101', '463ff0000000000000', '6102')],
  [
    'a map with 0.0 and -0.0',
    bytes('7400000002', '460000000000000000', '6101', '468000000000000000', '6102'),
  ],
  ['a map with a fun as a key', bytes('7400000001', funOf(pid), '6101')],
  ['a map with an export as a key', bytes('7400000001', '71', word('m'), word('f'), '6101', '6101')],
  ['a map with a map as a key', bytes('7400000001', '7400000001', word('a'), '6101', '6102')],
  ['a map with a bit string as a key', bytes('7400000001', '4d0000000104f0', '6102')],
  ['a FLOAT_EXT', bytes('63', Buffer.from('1.50000000000000000000e+00'.padEnd(31, '\0')))],
  ['a FLOAT_EXT without a fraction', bytes('63', Buffer.from('1e5'.padEnd(31, '\0')))],
  ['a FLOAT_EXT of inf', bytes('63', Buffer.from('inf'.padEnd(31, '\0')))],
  ['a float that is not a number', hex('467ff8000000000000')],
  ['an infinite float', hex('467ff0000000000000')],
  ['a bit string with 8 bits in its last byte', hex('4d0000000208ff0f')],
  ['a bit string with 9 bits in its last byte', hex('4d0000000209ff0f')],
  ['a bit string with 0 bits in its last byte', hex('4d0000000100ff')],
  ['a bit string of no bytes', hex('4d0000000000')],
  ['a bit string of no bytes with 3 bits', hex('4d0000000003')],
  ['a bit string with bits set behind its end', hex('4d0000000103ff')],
  ['an integer of no digits', hex('6e0000')],
  ['a negative zero as an integer', hex('6e010100')],
  ['an integer with leading zeros', bytes('6eff00', '05', '00'.repeat(254))],
  ['an integer with the sign 7', hex('6e01070c')],
  ['an integer of 1 MiB', bytes('6f0010000000', Buffer.alloc(2 ** 20, 255))],
  ['a latin-1 atom with a letter above 127', hex('6400 01e9')],
  ['a SMALL_ATOM_EXT', hex('7301e9')],
  ['an atom of no letters', hex('7700')],
  ['an atom of 255 letters', bytes('77ff', Buffer.alloc(255, 97))],
  ['a latin-1 atom of 256 letters', bytes('640100', Buffer.alloc(256, 97))],
  ['an UTF-8 atom of 256 letters', bytes('760100', Buffer.alloc(256, 97))],
  ['an UTF-8 atom of 255 letters of four bytes', bytes('7603fc', Buffer.from('\u{1f600}'.repeat(255)))],
  ['an atom that is no UTF-8', hex('7702c328')],
  ['an atom with an overlong encoding', hex('7702c080')],
  ['an atom with a surrogate', hex('7703eda080')],
  ['an atom with a noncharacter', hex('7703efbfbf')],
  ['an atom with a zero byte', hex('770100')],
  ['a fun', funOf(pid)],
  ['a fun whose size is too large', funOf(pid, [], 7)],
  ['a fun whose size is too small', funOf(pid, [], -7)],
  ['a fun whose creator is an atom', funOf(word('x'))],
  ['a fun with a free variable', funOf(pid, [hex('6101')])],
  ['a fun in 40 funs', nestedFun(40)],
  ['a FUN_EXT', bytes('7500000000', pid, word('m'), '6100', '6107')],
  ['a term of 100,000 levels', nested(100_000)],
  ['an ATOM_CACHE_REF', hex('5200')],
  ['a compressed term', hex('50000000020000')],
  ['a tag that is none', hex('ff')],
  ['a term that is cut off', hex('6b0005 01')],
  ['a list of 2^31 elements', hex('6c80000000 6101 6a')],
]

const peerOf = (name: string): Atom => Atom.intern(name)
const anyPid = (node: string, creation: number, id = 5): Pid => internPid(peerOf(node), id, 0, creation)

/** Links under a new name, sends the bytes, and returns whether the link is still there afterwards. */
async function keeps(node: string, build: (me: Pid, ref: Reference) => Buffer): Promise<boolean> {
  const as = `c${++links}@localhost`
  const { epmdPort, cookie } = cluster
  const peer = await RawPeer.link({ as, to: node, epmdPort, cookie, hidden: true })
  const me = anyPid(as, 77)
  peer.send(build(me, new Reference(peerOf(as), 77, [1, 2, 3])))
  peer.send(frame([6, me, atom(''), atom('sink')], tuple(atom('sync'), me)))
  let closed = false
  void peer.closed.then(() => {
    closed = true
  })
  await eventually('an answer or the end', () => closed || peer.received.includes('synced'), {
    timeout: 20_000,
  })
  peer.end()
  return !closed
}

interface Receiver {
  readonly node: string
  creation: number
}
const kateReceiver = { node: 'kate@localhost', creation: 0 }
const alexReceiver = { node: 'alex@localhost', creation: 0 }

/** Asks for the creation of a node by a pid of it. */
async function creationOf(node: string): Promise<number> {
  const as = `c${++links}@localhost`
  const { epmdPort, cookie } = cluster
  const peer = await RawPeer.link({ as, to: node, epmdPort, cookie, hidden: true })
  const me = anyPid(as, 77)
  peer.send(frame([6, me, atom(''), atom('sink')], tuple(atom('whoami'), me)))
  const answer = await eventually('a pid', () => peer.frames().find(([, payload]) => payload instanceof Pid))
  peer.end()
  return (answer[1] as Pid).creation
}

async function bothAgree(build: (to: Receiver) => (me: Pid, ref: Reference) => Buffer): Promise<boolean> {
  const [real, ours] = await Promise.all([kateReceiver, alexReceiver].map((to) => keeps(to.node, build(to))))
  // Moebi may read more than a BEAM, never less.
  if (real) expect(ours).toBe(true)
  return real!
}

/** A pid of the node that no process has. */
const dead = ({ node, creation }: Receiver): Pid => anyPid(node, creation, 9_999)

const raw = (control: readonly Term[], payload: Buffer): Buffer =>
  framed(Buffer.concat([frame(control).subarray(4), payload]))

test.each(terms)('a message that is %s', async (_, term) => {
  await bothAgree(() => (me) => raw([6, me, atom(''), atom('sink')], bytes('83', term)))
})

test.each(terms)('a message to a name that nobody has, which is %s', async (_, term) => {
  expect(await bothAgree(() => (me) => raw([6, me, atom(''), atom('nobody')], bytes('83', term)))).toBe(true)
})

/** Frames with an unusual control message. `nobody` is a pid of a third node. */
const nobody = anyPid('somebody@else', 1)
const theirRef = new Reference(peerOf('somebody@else'), 1, [1, 2, 3])
const invalid = hex('83ff')
const valid = bytes('83', word('hi'))

type Build = (to: Receiver) => (me: Pid, ref: Reference) => Buffer
const controls: readonly (readonly [what: string, build: Build])[] = [
  ['bytes behind the payload', () => (me) => raw([6, me, atom(''), atom('sink')], bytes(valid, '0102'))],
  ['bytes behind a control message without a payload', (to) => (me) => raw([1, me, dead(to)], hex('0102'))],
  [
    'no payload, to a name that nobody has',
    () => (me) => raw([6, me, atom(''), atom('nobody')], Buffer.alloc(0)),
  ],
  ['a sender of a third node, to a name', () => () => raw([6, nobody, atom(''), atom('sink')], valid)],
  ['an atom as its sender, to a name', () => () => raw([6, atom('x'), atom(''), atom('sink')], valid)],
  ['a number as the receiving name', () => (me) => raw([6, me, atom(''), 7], valid)],
  ['a sender of a third node, to a pid', (to) => () => raw([22, nobody, dead(to)], valid)],
  ['a receiver of a third node', () => (me) => raw([22, me, nobody], valid)],
  ['a name as the receiver of a SEND_SENDER', () => (me) => raw([22, me, atom('sink')], valid)],
  ['a receiver that has ended, and an invalid message', (to) => (me) => raw([22, me, dead(to)], invalid)],
  ['a receiver of an earlier creation', (to) => (me) => raw([22, me, anyPid(to.node, 9)], invalid)],
  ['SEND to a receiver that has ended', (to) => () => raw([2, atom(''), dead(to)], invalid)],
  [
    'an alias that does not exist',
    (to) => (me) => raw([33, me, new Reference(peerOf(to.node), to.creation, [1, 2, 3])], invalid),
  ],
  ['an alias of a third node', () => (me) => raw([33, me, theirRef], invalid)],
  ['an exit signal to a process that has ended', (to) => (me) => raw([24, me, dead(to)], invalid)],
  ['an exit signal of a third node', (to) => () => raw([24, nobody, dead(to)], valid)],
  ['an exit signal to a third node', () => (me) => raw([24, me, nobody], valid)],
  ['exit/2 to a process that has ended', (to) => (me) => raw([26, me, dead(to)], invalid)],
  ['exit/2 of a third node', (to) => () => raw([26, nobody, dead(to)], valid)],
  ['exit/2 to an earlier creation', (to) => (me) => raw([26, me, anyPid(to.node, 9)], invalid)],
  [
    'a monitor that fires for a process that has ended',
    (to) => (me, ref) => raw([28, me, dead(to), ref], invalid),
  ],
  [
    'a monitor of a process of a third node that fires',
    (to) => (_, ref) => raw([28, nobody, dead(to), ref], valid),
  ],
  ['a link from a third node', (to) => () => raw([1, nobody, dead(to)], Buffer.alloc(0))],
  ['a link to a third node', () => (me) => raw([1, me, nobody], Buffer.alloc(0))],
  ['a link to an earlier creation', (to) => (me) => raw([1, me, anyPid(to.node, 9)], Buffer.alloc(0))],
  [
    'a monitor with a reference of a third node',
    (to) => (me) => raw([19, me, dead(to), theirRef], Buffer.alloc(0)),
  ],
  ['a monitor of a process of a third node', () => (me, ref) => raw([19, me, nobody, ref], Buffer.alloc(0))],
  ['a demonitor of a name', () => (me, ref) => raw([20, me, atom('sink'), ref], Buffer.alloc(0))],
  ['an unlink of a third node', (to) => () => raw([35, 7, nobody, dead(to)], Buffer.alloc(0))],
  ['an unlink with the id 0', (to) => (me) => raw([35, 0, me, dead(to)], Buffer.alloc(0))],
  ['an unlink with a negative id', (to) => (me) => raw([35, -1, me, dead(to)], Buffer.alloc(0))],
  [
    'an unlink with an id of 64 bits',
    (to) => (me) => raw([35, 2n ** 64n - 1n, me, dead(to)], Buffer.alloc(0)),
  ],
  ['an acknowledgement of no unlink', (to) => (me) => raw([36, 7, me, dead(to)], Buffer.alloc(0))],
  ['a group leader of a third node', (to) => () => raw([7, nobody, dead(to)], Buffer.alloc(0))],
  ['a group leader for a process of a third node', () => (me) => raw([7, me, nobody], Buffer.alloc(0))],
  ['an operation that is none', (to) => (me) => raw([99, me, dead(to)], Buffer.alloc(0))],
  ['an atom as its operation', (to) => (me) => raw([atom('x'), me, dead(to)], Buffer.alloc(0))],
  ['one element too much', (to) => (me) => raw([22, me, dead(to), 1], valid)],
  ['a list as its control message', () => () => framed(hex('70 83 6a'))],
  ['an invalid control message', () => () => framed(hex('70 83 ff'))],
  ['no pass through', () => () => framed(hex('83 6801 6101'))],
  [
    'an answer to no spawn',
    (to) => (me) =>
      raw([31, new Reference(peerOf(to.node), to.creation, [1, 2, 3]), dead(to), 0, me], Buffer.alloc(0)),
  ],
  [
    'an answer to a spawn of a third node',
    (to) => (me) => raw([31, theirRef, dead(to), 0, me], Buffer.alloc(0)),
  ],
  [
    'a spawn with options that are no list',
    () => (me, ref) => raw([29, ref, me, me, tuple(atom('m'), atom('f'), 0), atom('x')], hex('836a')),
  ],
  [
    'a spawn with an option that is none',
    () => (me, ref) => raw([29, ref, me, me, tuple(atom('m'), atom('f'), 0), [atom('x')]], hex('836a')),
  ],
  [
    'a spawn with fewer arguments than its arity says',
    () => (me, ref) => raw([29, ref, me, me, tuple(atom('m'), atom('f'), 1), []], hex('836a')),
  ],
  [
    'a spawn with an atom as its arguments',
    () => (me, ref) => raw([29, ref, me, me, tuple(atom('m'), atom('f'), 1), []], bytes('83', word('x'))),
  ],
  [
    'a spawn with arguments that are no term',
    () => (me, ref) => raw([29, ref, me, me, tuple(atom('m'), atom('f'), 1), []], invalid),
  ],
  [
    'a spawn of a third node',
    () => (_, ref) => raw([29, ref, nobody, nobody, tuple(atom('m'), atom('f'), 0), []], hex('836a')),
  ],
  [
    'a spawn with a reference of a third node',
    () => (me) => raw([29, theirRef, me, me, tuple(atom('m'), atom('f'), 0), []], hex('836a')),
  ],
]

test.each(controls)('a frame with %s', async (_, build) => {
  await bothAgree(build)
})

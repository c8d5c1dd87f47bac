import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DEFAULT_LIMITS, type Limits } from '../../../src/distribution/index.ts'
import { encode } from '../../../src/etf/index.ts'
import { Atom, internPid, type Pid, Reference, type Term, tuple } from '../../../src/term/index.ts'
import { Cluster } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'
import { frame, framed, RawPeer } from '../raw-peer.ts'

/** A line of the table in docs/security.md. */
interface Line {
  readonly limit: keyof Limits
  readonly standard: number
  readonly reason: RegExp
}

const page = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8')
const lines: Line[] = [...page.matchAll(/^\| `(\w+)` \| ([\d,]+) \| .* \| (.*) \|$/gm)].map(
  ([, limit, standard, reason]) => ({
    limit: limit as keyof Limits,
    standard: Number(standard!.replaceAll(',', '')),
    reason: new RegExp(reason!.replace(/[().]/g, '\\$&').replace(/\bN\b/g, '\\d+')),
  }),
)

test('the table of the page has every limit with its default', () => {
  expect(Object.fromEntries(lines.map(({ limit, standard }) => [limit, standard]))).toEqual(DEFAULT_LIMITS)
})

let cluster: Cluster
let raw: RawPeer | undefined
beforeEach(async () => {
  cluster = await Cluster.start()
})
afterEach(async () => {
  raw?.end()
  await cluster[Symbol.asyncDispose]()
})

const peer = Atom.intern('mallory@localhost')
const me = internPid(peer, 1, 0, 77)
const none = Atom.intern('')
const inbox = Atom.intern('inbox')
const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))

const message = (term: Term): Buffer => frame([6, me, none, inbox], term)

/** A message of these bytes. This program does not make the term, so its atoms are new. */
function bytes(...external: readonly number[]): Buffer {
  const control = encode(tuple(6, me, none, inbox))
  return framed(Buffer.concat([Buffer.of(112), control, Buffer.of(131, ...external)]))
}

function nested(levels: number): Term {
  let term: Term = []
  for (let level = 0; level < levels; level++) term = [term]
  return term
}

let unique = 0
function newAtoms(count: number): Buffer {
  const names = times(count, () => `limits ${++unique}`)
  return bytes(108, 0, 0, 0, count, ...names.flatMap((name) => [119, name.length, ...Buffer.from(name)]), 106)
}

/** The first fragment of a message. */
function fragment(sequence: number, count: number, size: number): Buffer {
  const header = Buffer.alloc(19)
  header.set([131, 69])
  header.writeBigUInt64BE(BigInt(sequence), 2)
  header.writeBigUInt64BE(BigInt(count), 10)
  return framed(Buffer.concat([header, Buffer.alloc(size)]))
}

const source = (n: number): Pid => internPid(peer, n, 0, 77)
const link = (pid: Pid, n: number): Buffer => frame([1, source(n), pid])
const unlink = (pid: Pid, n: number): Buffer => frame([35, n + 1, source(n), pid])
const reference = (n: number): Reference => new Reference(peer, 77, [n, 0, 0])
const monitor = (pid: Pid, n: number): Buffer => frame([19, me, pid, reference(n)])
const demonitor = (pid: Pid, n: number): Buffer => frame([20, me, pid, reference(n)])

/** For each limit: frames that stay within the given value of it, and frames that then exceed it. */
interface Attempt {
  readonly value: number
  readonly within?: (pid: Pid) => readonly Buffer[]
  readonly beyond: (pid: Pid) => readonly Buffer[]
}

const attempts: Required<{ [limit in keyof Limits]: Attempt }> = {
  maxFrame: {
    value: 500,
    within: () => [message('x'.repeat(300))],
    beyond: () => [Buffer.of(0, 0, 2, 0)],
  },
  maxIncomplete: {
    value: 1_000,
    within: () => [fragment(1, 2, 400), fragment(2, 2, 400)],
    beyond: () => [fragment(3, 9, 400)],
  },
  maxOpenMessages: {
    value: 8,
    within: () => times(8, (n) => fragment(n, 2, 10)),
    beyond: () => [fragment(8, 2, 10)],
  },
  fragmentTimeout: { value: 1, beyond: () => [fragment(1, 2, 10)] },
  maxDepth: { value: 8, within: () => [message(nested(8))], beyond: () => [message(nested(9))] },
  maxTerms: {
    // The control message has four elements.
    value: 9,
    within: () => [
      message([1000, 2, tuple(3, 4)]),
      message(
        new Map<Term, Term>([
          [1, 2],
          ['3', 4],
        ]),
      ),
    ],
    beyond: () => [message([1000, 2, tuple(3, 4, 5)])],
  },
  maxDigits: {
    value: 8,
    within: () => [bytes(110, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8)],
    beyond: () => [bytes(110, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)],
  },
  maxNewAtoms: { value: 8, within: () => [newAtoms(4), newAtoms(4)], beyond: () => [newAtoms(1)] },
  maxLinks: {
    value: 8,
    within: (pid) => [
      ...times(8, (n) => link(pid, n)),
      unlink(pid, 3),
      unlink(pid, 4),
      link(pid, 8),
      link(pid, 9),
    ],
    beyond: (pid) => [link(pid, 10)],
  },
  maxMonitors: {
    value: 8,
    // The end of a monitor that does not exist makes no room.
    within: (pid) => [
      ...times(8, (n) => monitor(pid, n)),
      demonitor(pid, 3),
      demonitor(pid, 99),
      monitor(pid, 8),
    ],
    beyond: (pid) => [monitor(pid, 10)],
  },
}

test.each(lines)(
  '$limit: what exceeds it closes the connection, with the reason of the page',
  async ({ limit, reason }) => {
    const { value, within, beyond } = attempts[limit]
    // A message without a new fragment is found in the first quarter of netTickTime, and the silence of the peer after the fourth.
    const alex = await cluster.moebi('alex', {
      allow: 'open',
      limits: { [limit]: value },
      netTickTime: 4_000,
    })
    const { kernel } = alex.node
    const process = kernel.create()
    const received: Term[] = []
    process.trapExit = true
    process.handle((term) => void received.push(term))
    kernel.register(process, inbox)
    const { epmdPort, cookie } = cluster
    raw = await RawPeer.link({ as: peer.name, to: 'alex@localhost', epmdPort, cookie, fragments: true })
    for (const bytes of within?.(process.pid) ?? []) raw.send(bytes)
    raw.send(message('all of them'))
    await eventually('the frames within the limit', () => received.at(-1) === 'all of them')
    for (const bytes of beyond(process.pid)) raw.send(bytes)
    await raw.closed
    await eventually('the log', () => alex.screen.log.includes('went down'))
    expect(alex.screen.log).toMatch(reason)
    // The limit belongs to one connection: the peer may connect again.
    raw = await RawPeer.link({ as: peer.name, to: 'alex@localhost', epmdPort, cookie, fragments: true })
    raw.send(message('again'))
    await eventually('the message', () => received.includes('again'))
  },
)

test('a limit that does not exist, or is no number, is an error that names the limits', async () => {
  await expect(cluster.moebi('alex', { limits: { maxAtoms: 5 } as Limits })).rejects.toThrow(
    /limits has no limit 'maxAtoms', expected some of maxDepth, /,
  )
  await expect(cluster.moebi('alex', { limits: { maxTerms: 0 } })).rejects.toThrow(
    /the limit maxTerms is 0, expected a whole number greater than 0. Leave it out for 16777216/,
  )
})

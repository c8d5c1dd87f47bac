import { afterEach, beforeEach, expect, test } from 'vitest'
import { atom, ExitError, Node, send, tuple } from '../../src/index.ts'
import { formatLine } from '../../src/logger/index.ts'
import { type Report, reports } from '../../src/process/index.ts'
import { Atom, formatExit, inspect, internPid, Port, Reference } from '../../src/term/index.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'

// Any peer can send a term that holds such a name. U+202E reverses the text after it.
const NAME = 'bob\x1b[2J\x9b\u202e@localhost'
const ESCAPED = 'bob\\e[2J\\x9B\\u202E@localhost'
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const UNPRINTABLE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/
const node = Atom.intern(NAME) as Atom

let cluster: Cluster
let alex: TestNode
let texts: string[]
const listener = (message: unknown): unknown => texts.push((message as Report).text)

beforeEach(async () => {
  cluster = await Cluster.start()
  alex = await cluster.moebi('alex')
  texts = []
  reports.subscribe(listener)
})

afterEach(async () => {
  reports.unsubscribe(listener)
  await cluster[Symbol.asyncDispose]()
})

test('a name with control characters is escaped in pids, references, ports and exit reasons', () => {
  const pid = internPid(node, 1, 2, 3)
  for (const term of [pid, new Reference(node, 3, [1]), new Port(node, 1n, 3)])
    for (const text of [String(term), inspect(term), JSON.stringify(term)]) {
      expect(text).not.toMatch(UNPRINTABLE)
      expect(text).toContain('bob\\')
    }
  expect(String(pid)).toBe(`#PID<${ESCAPED}.1.2>`)
  expect(formatExit(tuple(atom('nodedown'), node))).toBe(`no connection to ${ESCAPED}`)
  expect(new ExitError(tuple(pid, node)).message).not.toMatch(UNPRINTABLE)
})

test('a message to a process of a node with such a name is logged without control characters', async () => {
  await alex.node.run(() => send(internPid(node, 1, 2, 3), 'hello'))
  await eventually('the report', () => texts.some((text) => text.includes('could not connect to')))
  expect(texts.join()).toContain(ESCAPED)
  expect(texts.join()).not.toMatch(UNPRINTABLE)
  await alex.node.run(() => Node.spawn(node, `Kate\x1b[2J`, 'greet\x07', ['\x1b[2J', node]))
  await eventually('the log', () => alex.screen.log.includes('Can not start'))
  expect(texts.join()).not.toMatch(UNPRINTABLE)
  expect(alex.screen.log).not.toMatch(UNPRINTABLE)
})

test('a line of the log has its control characters escaped, except line feeds, tabs and colours', () => {
  const line = formatLine('error', 'a\n\tb\r\nc \x1b[31mred\x1b[0m \x1b[2J\x1b]0;title\x07 \x9b2J\rover')
  expect(line).toContain('a\n\tb\r\nc \x1b[31mred\x1b[0m \\e[2J\\e]0;title\\a \\x9B2J\\rover\n')
})

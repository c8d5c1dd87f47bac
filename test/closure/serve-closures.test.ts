import { afterEach, beforeEach, expect, test } from 'vitest'
import { serveClosures } from '../../src/closure/index.ts'
import { serveFuns } from '../../src/erl-eval/index.ts'
import { atom, erpc, Node, send } from '../../src/index.ts'
import { run } from '../cli/command.ts'
import { Cluster } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'

// Functions that are typed into `moebi shell`, a program of its own, and sent to a node that is not a shell; and the reverse.

let cluster: Cluster

beforeEach(async () => {
  cluster = await Cluster.start()
})
afterEach(() => cluster[Symbol.asyncDispose]())

/** What a shell prints for lines of input. */
async function typed(...lines: string[]): Promise<string> {
  const { stdout } = await run(
    ['shell', '--sname', 'alex@localhost', '--cookie', cluster.cookie],
    `${lines.join('\n')}\n`,
    { ERL_EPMD_PORT: String(cluster.epmdPort) },
  )
  return stdout
}

const REFUSAL =
  'this node does not run functions that were typed at another node: only shells do, and nodes with the option closures. ' +
  "Name a function that it has: Node.spawnLink(node, 'Kate', 'sayName', [])"

test('a program refuses a function of a shell and says what to do', async () => {
  const { node } = await cluster.moebi('kate')
  node.kernel.modules.define('Kate', { sayName: () => 'Kate' })
  const printed = await typed(
    "await Node.eval('kate@localhost', () => Kate.sayName())",
    "await Node.spawnMonitor('kate@localhost', () => Kate.sayName()); await receive(on(_, ([, , , , reason]) => reason))",
    "await Node.spawnLink('kate@localhost', () => Kate.sayName()); await receive()",
    "await erpc.call('kate@localhost', 'Kate', 'sayName', [])",
  )
  expect(printed.split(REFUSAL)).toHaveLength(4)
  expect(printed).toMatch(/\n"Kate"\n$/)
})

test('serveFuns alone runs no functions of a shell', async () => {
  await cluster.moebi('kate', { closures: serveFuns })
  expect(await typed("await Node.eval('kate@localhost', () => 1)")).toContain(REFUSAL)
})

test('a program with serveClosures runs functions of a shell, with its own modules and the exports of Moebi', async () => {
  const { node } = await cluster.moebi('kate', { closures: [serveFuns, serveClosures] })
  node.kernel.modules.define('Kate', { sayName: () => 'Kate' })
  const printed = await typed(
    "const greeting = 'hi'",
    "await Node.eval('kate@localhost', (name: string) => [Kate.sayName(), greeting, name, Node.self().name, tuple(1, 2)], 'joe')",
    "await Node.spawnLink('kate@localhost', () => IO.puts('printed by the shell')); await sleep(300)",
    "await Node.eval('kate@localhost', () => Joe.sayName())",
  )
  expect(printed).toContain('["Kate", "hi", "joe", "kate@localhost", {1, 2}]\n')
  expect(printed).toContain('printed by the shell\n')
  expect(printed).toContain('Joe is not defined')
})

test('a program cannot send a function to a shell; the shell runs its own function by name', async () => {
  const { node } = await cluster.moebi('kate')
  const shell = typed(
    "defmodule('Alex', { age: () => 42 })",
    "Process.register(self(), 'shell')",
    "await Node.connect('kate@localhost')",
    "await receive(on(atom('end'), () => 'ended'))",
  )
  await eventually('the shell is connected', () => node.peers.list('visible').length > 0)
  const [refused, age] = await node.run(async () => {
    const answers = [
      await Node.eval('alex@localhost', () => 1).catch((error: Error) => error.message),
      await erpc.call('alex@localhost', 'Alex', 'age', []),
    ]
    send({ name: 'shell', node: 'alex@localhost' }, atom('end'))
    return answers
  })
  expect(refused).toContain('is not exported, so alex@localhost cannot know it')
  expect(age).toBe(42)
  expect(await shell).toContain('"ended"')
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  _,
  atom,
  monitor,
  Node,
  noconnection,
  normal,
  on,
  receive,
  self,
  send,
  tuple,
} from '../../../src/index.ts'
import { Cluster } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'

let cluster: Cluster

beforeEach(async () => {
  cluster = await Cluster.start()
})

afterEach(() => cluster[Symbol.asyncDispose]())

test('two nodes connect, ping and list each other', async () => {
  const alex = await cluster.moebi('alex')
  const kate = await cluster.moebi('kate')
  expect(await alex.node.run(() => Node.ping('kate@localhost'))).toBe(atom('pong'))
  expect(await alex.node.run(() => Node.list())).toEqual([atom('kate@localhost')])
  expect(await kate.node.run(() => Node.list())).toEqual([atom('alex@localhost')])
})

test('a message connects two nodes, and is answered', async () => {
  const alex = await cluster.moebi('alex')
  const kate = await cluster.moebi('kate')
  const echo = kate.node.kernel.create()
  kate.node.kernel.register(echo, atom('echo'))
  echo.handle((message) => {
    const [from, text] = message as unknown as [never, string]
    kate.node.kernel.send(echo.pid, from, `${text}!`)
  })
  const answer = await alex.node.run(async () => {
    send({ name: 'echo', node: 'kate@localhost' }, tuple(self(), 'hi'))
    return receive(on(_.string, (text) => text))
  })
  expect(answer).toBe('hi!')
})

test('two nodes that connect at the same time have one connection', async () => {
  const alex = await cluster.moebi('alex')
  const kate = await cluster.moebi('kate')
  const both = await Promise.all([
    alex.node.run(() => Node.connect('kate@localhost')),
    kate.node.run(() => Node.connect('alex@localhost')),
  ])
  expect(both).toEqual([true, true])
  expect(await alex.node.run(() => Node.ping('kate@localhost'))).toBe(atom('pong'))
  expect(await kate.node.run(() => Node.ping('alex@localhost'))).toBe(atom('pong'))
})

test('a node that stops is down for its peers at once', async () => {
  const alex = await cluster.moebi('alex')
  const kate = await cluster.moebi('kate')
  const down = alex.node.run(async () => {
    const ref = monitor({ name: 'net_kernel', node: 'kate@localhost' })
    await Node.ping('kate@localhost')
    Node.monitor('kate@localhost', true)
    await kate.node.stop()
    return [ref, [await receive(), await receive()]] as const
  })
  const [ref, messages] = await down
  expect(messages).toContainEqual(tuple(atom('nodedown'), atom('kate@localhost')))
  expect(messages).toContainEqual(
    tuple(
      atom('DOWN'),
      ref,
      atom('process'),
      tuple(atom('net_kernel'), atom('kate@localhost')),
      noconnection,
    ),
  )
})

test('a node with another cookie is refused, and both sides log why', async () => {
  const alex = await cluster.moebi('alex')
  const kate = await cluster.moebi('kate', { cookie: 'another' })
  expect(await alex.node.run(() => Node.connect('kate@localhost'))).toBe(false)
  expect(await alex.node.run(() => Node.ping('kate@localhost'))).toBe(atom('pang'))
  await eventually('the line in the log', () => kate.screen.log.includes('alex@localhost'))
  expect(kate.screen.log).toContain('its cookie is not ours')
  expect(await alex.node.run(() => Node.setCookie('kate@localhost', 'another'))).toBe(true)
  expect(await alex.node.run(() => Node.connect('kate@localhost'))).toBe(true)
})

test('a spawn on a node that cannot be reached gives a dead process and a log line', async () => {
  const alex = await cluster.moebi('alex')
  const reason = await alex.node.run(async () => {
    const { ref } = await Node.spawnMonitor('nosuch@localhost', 'Kate', 'say_name', [])
    return receive(on([atom('DOWN'), ref, _, _, _], ([, , , , reason]) => reason))
  })
  expect(reason).toBe(noconnection)
  expect(alex.screen.log).toContain('Can not start Kate.say_name')
})

test('an exported function runs on the other node and prints here', async () => {
  const alex = await cluster.moebi('alex')
  const kate = await cluster.moebi('kate')
  const { IO } = await import('../../../src/index.ts')
  kate.node.kernel.modules.define('Kate', { sayName: () => IO.puts('Hi, my name is Kate') })
  const reason = await alex.node.run(async () => {
    const { ref } = await Node.spawnMonitor('kate@localhost', 'Kate', 'say_name', [])
    return receive(on([atom('DOWN'), ref, _, _, _], ([, , , , reason]) => reason))
  })
  expect(reason).toBe(normal)
  expect(alex.screen.text).toBe('Hi, my name is Kate\n')
  expect(kate.screen.text).toBe('')
})

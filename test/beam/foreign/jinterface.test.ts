import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  atom,
  GenServer,
  link,
  monitor,
  Node,
  Process,
  receive,
  self,
  send,
  spawn,
  tuple,
  unlink,
} from '../../../src/index.ts'
import { expectEchoes, ForeignMeeting, introduce } from './foreign-node.ts'

// Nodes of Jinterface: OtpNode with an OtpMbox, and OtpSelf with an OtpPeer and an OtpConnection.

const JAR = '/usr/share/java/OtpErlang.jar'

let folder: string
const java = (kind: 'node' | 'self'): string[] => [
  'java',
  '-Xshare:auto',
  '-cp',
  `${JAR}:${folder}`,
  'JavaNode',
  kind,
]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'moebi-jinterface-'))
  execFileSync('javac', ['-cp', JAR, '-d', folder, join(import.meta.dirname, 'JavaNode.java')])
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('pings pass between an OtpNode and a Moebi node, and its mailbox gets no message that it has not asked for', async () => {
  await using meeting = await ForeignMeeting.start()
  const { node } = meeting.alex
  const carl = meeting.foreign(java('node'))
  expect(await carl.command('ping alex@localhost')).toBe('true')
  expect(await carl.command('receive 300')).toBe('nothing')
  expect(await node.run(() => [Node.ping('carl@localhost'), Node.list('hidden')])).toEqual([
    expect.any(Promise),
    [atom('carl@localhost')],
  ])
  expect(await node.run(() => Node.ping('carl@localhost'))).toBe(atom('pong'))
  expect(await carl.command('receive 300')).toBe('nothing')
  await meeting.check()
})

test('a Moebi node connects to an OtpNode, messages pass to names and pids, and terms of all types come back as they were', async () => {
  await using meeting = await ForeignMeeting.start()
  const { node } = meeting.alex
  const carl = meeting.foreign(java('node'))
  expect(await carl.command('receive 1')).toBe('nothing')
  expect(await node.run(() => Node.ping('carl@localhost'))).toBe(atom('pong'))
  await node.run(async () => {
    send({ name: 'box', node: 'carl@localhost' }, [atom('named'), 1000])
    expect(await carl.command('receive 2000')).toBe('[named,1000]')
    const pid = await introduce(carl, 'reg_send alexander alex@localhost')
    expect(pid.node).toBe(atom('carl@localhost'))
    await expectEchoes(carl, pid)
    expect(await carl.command('send', [atom('to'), 'a pid'])).toBe('ok')
    expect(await receive()).toEqual(tuple(pid, [atom('to'), 'a pid']))
    // A mailbox that does not answer a call: the call ends by its timeout, and not because a mailbox cannot be monitored.
    const call = GenServer.call({ name: 'box', node: 'carl@localhost' } as never, 1 as never, {
      timeout: 300,
    })
    await expect(call).rejects.toThrow(/time out/)
    expect(await carl.command('receive 2000')).toMatch(
      /^\{'\$gen_call',\{#Pid<alex@localhost\.\d+\.0>,\[alias\|#Ref<.*>\]\},1\}$/,
    )
    // The monitor that later calls of the mailbox would share ends with the connection.
    expect(await Node.disconnect('carl@localhost')).toBe(true)
  })
  await meeting.check()
})

test('links, unlinks and exits pass in both directions; a monitor reports the end of the connection only', async () => {
  await using meeting = await ForeignMeeting.start()
  const { node } = meeting.alex
  const carl = meeting.foreign(java('node'))
  await node.run(async () => {
    const pid = await introduce(carl, 'reg_send alexander alex@localhost')
    Process.flag('trapExit', true)
    // Links of ours.
    link(pid)
    Process.exit(pid, atom('boom'))
    expect(await carl.command('receive 2000')).toBe('exit boom')
    unlink(pid)
    spawn(() => {
      link(pid)
      Process.exit(self(), atom('over'))
    })
    expect(await carl.command('receive 2000')).toBe('exit over')
    // Links of the mailbox.
    send(pid, tuple(self(), 0))
    expect(await carl.command('receive 2000')).toMatch(/0\}$/)
    expect(await carl.command('link')).toBe('ok')
    expect(await carl.command('unlink')).toBe('ok')
    expect(await carl.command('exit', atom('unlinked'))).toBe('ok')
    expect(await receive()).toEqual(tuple(atom('EXIT'), pid, atom('unlinked')))
    const byPid = monitor(pid)
    const byName = monitor({ name: 'nobody', node: 'carl@localhost' })
    link(pid)
    // The link has arrived when the message has.
    send(pid, tuple(self(), 1))
    expect(await carl.command('receive 2000')).toMatch(/,1\}$/)
    expect(await carl.command('close', atom('bye'))).toBe('ok')
    expect(await receive()).toEqual(tuple(atom('EXIT'), pid, atom('bye')))
    expect(await Node.disconnect('carl@localhost')).toBe(true)
    const [down, noconnection] = [atom('DOWN'), atom('noconnection')]
    const downs = [await receive(), await receive()]
    expect(downs).toContainEqual(tuple(down, byPid, atom('process'), pid, noconnection))
    expect(downs).toContainEqual(
      tuple(down, byName, atom('process'), tuple(atom('nobody'), pid.node), noconnection),
    )
  })
  await meeting.check()
})

test('OtpSelf connects to a Moebi node: receiveRPC returns the values of its calls, and no message arrives unasked', async () => {
  await using meeting = await ForeignMeeting.start()
  const { node } = meeting.alex
  node.kernel.modules.define(':calc', { sum: (a: number, b: number) => a + b, same: (x: never) => x })
  const carl = meeting.foreign(java('self'))
  expect(await carl.command('connect alex@localhost')).toBe('ok')
  expect(await carl.command('receive 300')).toBe('nothing')
  expect(await carl.command('rpc calc sum', [40, 2])).toBe('42')
  expect(await carl.command('rpc calc same', [[1e-7, 2n ** 70n, atom('ok'), 'text', [104, 105]]])).toBe(
    '[1.0E-7,1180591620717411303424,ok,#Bin<4>,"hi"]',
  )
  expect(await carl.command('rpc calc nothing', [])).toBe("{badrpc,{'EXIT',{undef,[{calc,nothing,[],[]}]}}}")
  await node.run(async () => {
    const pid = await introduce(carl, 'reg_send alexander')
    await expectEchoes(carl, pid)
    Process.exit(pid, atom('boom'))
    expect(await carl.command('receive 2000')).toBe('exit2 boom')
  })
  expect(await carl.command('receive 300')).toBe('nothing')
  await meeting.check()
})

test('a Moebi node connects to an OtpSelf that accepts', async () => {
  await using meeting = await ForeignMeeting.start()
  const { node } = meeting.alex
  const carl = meeting.foreign(java('self'))
  expect(await carl.command('publish')).toBe('true')
  const accepted = carl.command('accept')
  expect(await node.run(() => Node.connect('carl@localhost'))).toBe(true)
  expect(await accepted).toBe('alex@localhost')
  await node.run(async () => {
    const pid = await introduce(carl, 'reg_send alexander')
    await expectEchoes(carl, pid)
    send({ name: 'anybody', node: 'carl@localhost' }, atom('named'))
    expect(await carl.command('receive 2000')).toBe('reg_send anybody named')
    expect(await carl.command('rpc erlang node', [])).toBe('alex@localhost')
  })
  await meeting.check()
})

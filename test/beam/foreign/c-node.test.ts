import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  atom,
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

// A C node of libei. It has one process, and gets a signal when it calls ei_xreceive_msg.

let folder: string
let program: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'moebi-c-node-'))
  program = join(folder, 'ei-node')
  const source = join(import.meta.dirname, 'ei-node.c')
  execFileSync('cc', ['-Wall', '-Werror', '-pthread', '-o', program, source, '-lei'])
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a C node that connects gets the values of its calls, and no message that it has not asked for', async () => {
  await using meeting = await ForeignMeeting.start()
  const { alex } = meeting
  const carl = meeting.foreign([program])
  alex.node.kernel.modules.define(':calc', { sum: (a: number, b: number) => a + b, same: (x: never) => x })
  expect(await carl.command('connect alex@localhost')).toBe('ok')
  expect(await carl.command('receive 300')).toBe('nothing')
  expect(await carl.command('rpc calc sum', [40, 2])).toBe('42')
  expect(await carl.command('rpc calc same', [[1.5, 2 ** 40, atom('ok'), 'text', [104, 105]]])).toBe(
    '[1.500000, 1099511627776, ok, #Bin<116,101,120,116>, "hi"]',
  )
  expect(await carl.command('rpc erlang node', [])).toBe('alex@localhost')
  expect(await carl.command('rpc calc nothing', [1])).toBe(
    "{badrpc, {'EXIT', {undef, [{calc, nothing, [1], []}]}}}".replace('[1]', '"\\x1"'),
  )
  expect(await alex.node.run(() => [Node.list(), Node.list('hidden')])).toEqual([
    [],
    [atom('carl@localhost')],
  ])
  expect(await carl.command('receive 300')).toBe('nothing')
  expect(await carl.command('close')).toBe('ok')
  await meeting.check()
})

test('messages pass to names and pids in both directions, and terms of all types come back as they were', async () => {
  await using meeting = await ForeignMeeting.start()
  const carl = meeting.foreign([program])
  expect(await carl.command('connect alex@localhost')).toBe('ok')
  await meeting.alex.node.run(async () => {
    const pid = await introduce(carl, 'reg_send alexander')
    expect(pid.node).toBe(atom('carl@localhost'))
    send(pid, atom('hello'))
    expect(await carl.command('receive 2000')).toBe('send hello')
    send({ name: 'anybody', node: 'carl@localhost' }, [atom('named'), 1000])
    expect(await carl.command('receive 2000')).toBe('reg_send anybody [named, 1000]')
    await expectEchoes(carl, pid)
    expect(await carl.command('send', [atom('to'), 'a pid'])).toBe('ok')
    expect(await receive()).toEqual(tuple(pid, [atom('to'), 'a pid']))
  })
  expect(await carl.command('receive 300')).toBe('nothing')
  await meeting.check()
})

test('links and exits reach the C node; a monitor reports the end of the connection only, as on a BEAM', async () => {
  await using meeting = await ForeignMeeting.start()
  const { node } = meeting.alex
  const carl = meeting.foreign([program])
  expect(await carl.command('connect alex@localhost')).toBe('ok')
  await node.run(async () => {
    const pid = await introduce(carl, 'reg_send alexander')
    const me = self()
    link(pid)
    expect(await carl.command('receive 2000')).toBe('link')
    unlink(pid)
    expect(await carl.command('receive 2000')).toBe('unlink')
    Process.exit(pid, atom('boom'))
    expect(await carl.command('receive 2000')).toBe('exit2 boom')
    spawn(() => {
      link(pid)
      Process.exit(self(), atom('over'))
    })
    expect(await carl.command('receive 2000')).toBe('link')
    expect(await carl.command('receive 2000')).toBe('exit over')

    const linked = spawn(async () => {
      Process.flag('trapExit', true)
      link(pid)
      send(me, await receive())
    })
    expect(await carl.command('receive 2000')).toBe('link')
    const byPid = monitor(pid)
    const byName = monitor({ name: 'anybody', node: 'carl@localhost' })
    // Nothing of the monitors is sent, since libei does not know these signals.
    expect(await carl.command('receive 300')).toBe('nothing')
    expect(await carl.command('close')).toBe('ok')
    const [down, noconnection] = [atom('DOWN'), atom('noconnection')]
    const last = [await receive(), await receive(), await receive()]
    expect(last).toContainEqual(tuple(down, byPid, atom('process'), pid, noconnection))
    expect(last).toContainEqual(
      tuple(down, byName, atom('process'), tuple(atom('anybody'), pid.node), noconnection),
    )
    expect(last).toContainEqual(tuple(atom('EXIT'), pid, noconnection))
    expect(Process.alive(linked)).toBe(false)
  })
  await meeting.check()
})

test('a Moebi node connects to a C node that accepts', async () => {
  await using meeting = await ForeignMeeting.start()
  const { node } = meeting.alex
  const carl = meeting.foreign([program])
  expect(await carl.command('publish')).toBe('ok')
  const accepted = carl.command('accept')
  expect(await node.run(() => Node.connect('carl@localhost'))).toBe(true)
  expect(await accepted).toBe('alex@localhost')
  expect(await carl.command('receive 300')).toBe('nothing')
  await node.run(async () => {
    const pid = await introduce(carl, 'reg_send alexander')
    await expectEchoes(carl, pid)
    expect(await carl.command('rpc erlang node', [])).toBe('alex@localhost')
    // The request of a call. A C node that does not answer it keeps the caller waiting until the connection ends.
    const ping = Node.ping('carl@localhost')
    expect(await carl.command('receive 2000')).toMatch(
      /^reg_send net_kernel \{'\$gen_call', \{<alex@localhost\.\d+\.0>, \[alias \| #Ref<.*>\]\}, \{is_auth, alex@localhost\}\}$/,
    )
    expect(await carl.command('close')).toBe('ok')
    expect(await ping).toBe(atom('pang'))
  })
  await meeting.check()
})

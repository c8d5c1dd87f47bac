import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { names } from '../../src/epmd/index.ts'
import { atom, monitor, Node, Process, receive, self, send } from '../../src/index.ts'
import { Cluster } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'

let cluster: Cluster

beforeEach(async () => {
  cluster = await Cluster.start()
})

afterEach(() => cluster[Symbol.asyncDispose]())

const index = join(import.meta.dirname, '../../dist/index.js')

/** Runs a separate program. Returns its exit code and its output. */
async function program(code: string): Promise<{ code: number | null; output: string }> {
  const source = `import { Node, IO, spawn, sleep, monitor } from ${JSON.stringify(index)}
    const node = await Node.start({ name: 'child@localhost', cookie: 'test-cookie', connectTimeout: 60_000 })
    ${code}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 100_000,
  })
  let output = ''
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })))
}

test('a program ends when its node has stopped', async () => {
  expect(await program(`await node.stop(); console.log('stopped')`)).toEqual({ code: 0, output: 'stopped\n' })
})

test('also with connections, waiting processes, timers, and pending reads of input', async () => {
  const alex = await cluster.moebi('alex')
  const { code, output } = await program(`
    spawn(() => sleep(1_000_000))
    spawn(() => IO.gets('name? '))
    await node.run(async () => {
      monitor({ name: 'net_kernel', node: 'alex@localhost' })
      console.log(await Node.connect('alex@localhost'))
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    await node.stop()
    console.log('stopped')`)
  expect(output).toBe('name? true\nstopped\n')
  expect(code).toBe(0)
  await eventually('its end', () => alex.node.run(() => Node.list().length === 0))
})

test('also while a connection is being set up', async () => {
  const { code, output } = await program(`
    const { createServer } = await import('node:net')
    const { register } = await import(${JSON.stringify(join(index, '../epmd/index.js'))})
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    server.unref()
    const mute = await register({ name: 'mute', port: server.address().port })
    const connected = Node.connect('mute@localhost')
    await new Promise((resolve) => server.once('connection', (socket) => (socket.unref(), resolve())))
    await node.stop()
    console.log(await connected)
    await mute.close()`)
  expect(output).toBe('false\n')
  expect(code).toBe(0)
})

test('a node that has stopped is no longer known to epmd, and its name can be taken again with another creation', async () => {
  const { node } = await cluster.moebi('alex')
  const known = async () => (await names('localhost', { port: cluster.epmdPort })).map(({ name }) => name)
  expect(await known()).toEqual(['alex'])
  await node.stop()
  expect(await known()).toEqual([])
  const again = await cluster.moebi('alex')
  expect(again.node.kernel.creation).not.toBe(node.kernel.creation)
})

test('messages that were sent before the node stopped arrive', async () => {
  const alex = await cluster.moebi('alex')
  const kate = await cluster.moebi('kate')
  const words = kate.node.run(async () => {
    Process.register(self(), 'words')
    return [await receive(), await receive()]
  })
  await eventually('the name', () => kate.node.kernel.whereis(atom('words') as never) !== undefined)
  expect(await kate.node.run(() => Node.connect('alex@localhost'))).toBe(true)
  await alex.node
    .run(() => {
      send({ name: 'words', node: 'kate@localhost' }, 'the last')
      send({ name: 'words', node: 'kate@localhost' }, 'words')
      void alex.node.stop()
    })
    .catch(() => {})
  expect(await words).toEqual(['the last', 'words'])
})

// More than the operating system takes at once.
test('messages have left when stop() resolves, also if the program exits then', async () => {
  const alex = await cluster.moebi('alex')
  const received = alex.node.run(async () => {
    Process.register(self(), 'words')
    return [((await receive()) as string).length, await receive()]
  })
  await eventually('the name', () => alex.node.kernel.whereis(atom('words') as never) !== undefined)
  const { output } = await program(`
    const { send } = await import(${JSON.stringify(index)})
    await node.run(async () => {
      await Node.connect('alex@localhost')
      send({ name: 'words', node: 'alex@localhost' }, 'x'.repeat(40_000_000))
      send({ name: 'words', node: 'alex@localhost' }, 'the last')
    })
    await node.stop()
    process.exit(0)`)
  expect(output).toBe('')
  expect(await received).toEqual([40_000_000, 'the last'])
})

test('a node that is killed with unread bytes is down like any other, and the exits that follow do not connect to it again', async () => {
  const alex = await cluster.moebi('alex')
  const source = `import { Node, sleep } from ${JSON.stringify(index)}
    const node = await Node.start({ name: 'child@localhost', cookie: 'test-cookie' })
    node.kernel.modules.define('Child', { wait: () => sleep(100_000) })
    process.stdin.once('data', () => { console.log('busy'); for (;;); })
    console.log('up')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    let output = ''
    child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()))
    await eventually('the child to be up', () => output.includes('up'))
    let ends = false
    const linked = alex.node.kernel.spawn(async () => {
      const pid = await Node.spawnLink('child@localhost', 'Child', 'wait', [])
      monitor(pid)
      send({ name: 'nobody', node: 'child@localhost' }, 'read')
      child.stdin.write('x')
      await eventually('the child to be busy', () => output.includes('busy'))
      send({ name: 'nobody', node: 'child@localhost' }, 'never read')
      ends = true
      await receive()
    })
    await eventually('the message to be sent', () => ends)
    await new Promise((resolve) => setImmediate(resolve))
    // Its port accepts connections until the operating system has removed the process.
    const removed = once(child, 'exit')
    child.kill('SIGKILL')
    await removed
    await eventually('the link to end', () => !linked.alive)
    await eventually('the node to be down', () => alex.node.peers.list().length === 0)
    // Only this attempt is logged as failed.
    expect(await alex.node.run(() => Node.ping('child@localhost'))).toBe(atom('pang'))
    await eventually('the log', () => alex.screen.log.includes('could not connect'))
    expect(alex.screen.log.match(/could not connect|went down/g)).toEqual(['could not connect'])
  } finally {
    child.kill('SIGKILL')
  }
})

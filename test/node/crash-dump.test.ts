import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { atom, monitor, type Pid, Process, receive, self, type Term } from '../../src/index.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'
import { type Ended, runProgram } from '../support/program.ts'

type Line = Readonly<Record<string, unknown>>

const cookie = 'cookie-that-no-file-has'
const crash = "setTimeout(() => { throw new RangeError('the disk is gone') })"

let cluster: Cluster
let alex: TestNode
let folder: string

beforeAll(async () => {
  cluster = await Cluster.start()
  alex = await cluster.moebi('alex', { cookie })
  folder = await mkdtemp(join(tmpdir(), 'moebi-dump-'))
})

afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** Runs a node with a process that has a secret in its mailbox and is linked to another one; `end` ends the program. */
function runNode(name: string, env: Record<string, string>, end = crash): Promise<Ended> {
  const program = `
    import { atom, Node, Process, receive, self, send, spawn, spawnLink } from 'moebi'
    const node = await Node.start({ name: '${name}@localhost', cookie: '${cookie}' })
    const holder = await node.run(async () => {
      await Node.connect('alex@localhost')
      return spawn(async () => {
        Process.register(self(), 'holder')
        spawnLink(() => new Promise(() => {}))
        await receive({ test: () => false })
      })
    })
    await node.run(() => {
      send(holder, 'a secret of a user')
      send({ name: atom('watcher-${name}'), node: 'alex@localhost' }, holder)
    })
    setTimeout(() => { ${end} }, 200)`
  return runProgram(program, [], undefined, { ERL_CRASH_DUMP_SECONDS: '-1', ...env })
}

/** Returns the reason with which a monitor on a process of the other node ends. */
function watch(name: string): Promise<Term> {
  return alex.node.run(async () => {
    Process.register(self(), `watcher-${name}`)
    const pid = (await receive()) as Pid
    monitor(pid)
    const [, , , , reason] = (await receive()) as unknown as Term[]
    return reason as Term
  })
}

test.concurrent('a fatal error of a program ends the links to its peers, and leaves a dump without cookie and messages', async () => {
  const file = join(folder, 'one.dump')
  const reason = watch('kate')
  const { code, stderr } = await runNode('kate', { ERL_CRASH_DUMP: file })
  expect(code).toBe(1)
  expect(await reason).toBe(atom('noconnection'))
  expect(stderr).toMatch(/^Uncaught RangeError: the disk is gone/)
  expect(stderr).toContain(
    '[error] The program ends by an error outside of all processes: RangeError: the disk is gone',
  )
  expect(stderr).toContain(`Crash dump is written to: ${file}`)

  expect(statSync(file).mode & 0o777).toBe(0o600)
  const text = readFileSync(file, 'utf8')
  for (const secret of [cookie, 'a secret of a user', 'process.argv', 'input-type'])
    expect(text).not.toContain(secret)
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
  const of = (type: string): Line[] => lines.filter((line) => line.type === type)
  expect(lines[0]).toMatchObject({ type: 'crash_dump', version: 1, slogan: 'RangeError: the disk is gone' })
  expect(lines[0]).toMatchObject({ moebi: '0.1.0', nodejs: process.versions.node, osPid: expect.any(Number) })
  expect(of('node')).toMatchObject([{ name: 'kate@localhost', processes: of('process').length }])
  expect(of('node')[0]!.names).toContain('holder')
  expect(of('connection')).toMatchObject([{ node: 'kate@localhost', peer: 'alex@localhost', hidden: false }])
  const holder = of('process').find(({ registeredName }) => registeredName === 'holder')!
  expect(holder).toMatchObject({ node: 'kate@localhost', status: 'waiting', messageQueueLen: 1 })
  expect(holder.links).toHaveLength(1)
  expect(holder.monitoredBy).toEqual([expect.stringMatching(/^#PID<alex@localhost\.\d+\.\d+>$/)])
  expect(Object.keys(holder)).not.toContain('messages')
  expect(lines.at(-1)).toEqual({ type: 'end' })
})

test.concurrent('a dump has the messages where they are asked for', async () => {
  const file = join(folder, 'messages.dump')
  await runNode('mary', { ERL_CRASH_DUMP: file, MOEBI_CRASH_DUMP_MESSAGES: 'true' })
  expect(readFileSync(file, 'utf8')).toContain('"messages":["\\"a secret of a user\\""]')
})

test.concurrent('ERL_CRASH_DUMP_SECONDS=0 writes no dump', async () => {
  const file = join(folder, 'none.dump')
  const { code, stderr } = await runNode('nora', { ERL_CRASH_DUMP: file, ERL_CRASH_DUMP_SECONDS: '0' })
  expect(code).toBe(1)
  expect(stderr).not.toContain('Crash dump')
  expect(existsSync(file)).toBe(false)
})

test.concurrent('a dump on a full disk is one sentence, and the program ends as usual', async () => {
  const { code, stderr } = await runNode('fred', { ERL_CRASH_DUMP: '/dev/full' })
  expect(code).toBe(1)
  expect(stderr).toContain('The crash dump could not be written: ENOSPC')
  expect(stderr).toContain('ERL_CRASH_DUMP sets another path')
})

test.concurrent('a program with a listener of uncaughtException decides itself', async () => {
  const file = join(folder, 'own.dump')
  const end = `process.on('uncaughtException', () => process.exit(7)); ${crash}`
  const { code } = await runNode('olga', { ERL_CRASH_DUMP: file }, end)
  expect(code).toBe(7)
  expect(existsSync(file)).toBe(false)
})

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import app from '../../examples/chat/src/application.ts'
import { cluster, startPeer } from '../../src/test/index.ts'
import { TestFile } from '../../src/test/test-file.ts'

/** Processes, sockets, servers, pipes and timers of this program that keep it alive. */
const resources = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((name) => !name.startsWith('FSReq'))
    .sort()
/** What `after` has more than `before`. vitest has timers of its own, which may end meanwhile. */
function added(before: readonly string[], after: readonly string[]): string[] {
  const left = [...before]
  return after.filter((name) => {
    const at = left.indexOf(name)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('the nodes of a test file leave no process, port, file or timer behind, also when they are paused or were killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'moebi-peers-'))
  const resourcesBefore = resources()
  const before = { port: process.env.ERL_EPMD_PORT, temporary: process.env.TMPDIR }
  onTestFinished(() => {
    if (before.temporary === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before.temporary
    return rm(folder, { recursive: true })
  })
  process.env.TMPDIR = folder
  const file = await TestFile.begin()
  const [kate, moebi, alex] = await Promise.all([
    startPeer('kate'),
    startPeer('moebi', { app }),
    startPeer('alex', { inProcess: true }),
  ])
  cluster.pause(kate!)
  await cluster.kill(moebi!)
  expect(() => cluster.pause(alex!)).toThrow('alex@localhost runs in the process of the test')
  await file.end()
  expect([kate!.osPid!, moebi!.osPid!].filter(isAlive)).toEqual([])
  // A socket that was destroyed is closed in a later turn.
  for (let i = 0; i < 1_000 && added(resourcesBefore, resources()).length > 0; i++) await pause(5)
  expect(added(resourcesBefore, resources())).toEqual([])
  expect(process.env.ERL_EPMD_PORT).toBe(before.port)
  // Node.js 22 and later keep compiled code there.
  expect((await readdir(folder)).filter((name) => name !== 'node-compile-cache')).toEqual([])
})

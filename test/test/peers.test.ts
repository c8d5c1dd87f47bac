import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import app from '../../examples/chat/src/application.ts'
import * as Chat from '../../examples/chat/src/chat.ts'
import { Application, atom, Node, ok } from '../../src/index.ts'
import { captureIO, setupTestFile, startPeer } from '../../src/test/index.ts'

await setupTestFile()

test('a peer runs an application in a process of its own, and the test calls it', async () => {
  expect(Node.alive()).toBe(false)
  const moebi = await startPeer('moebi', { app })
  expect(Node.list()).toEqual([atom('moebi@localhost')])
  Application.putEnv('chat', 'remoteSupervisor', (node) => ({ name: 'Chat.TaskSupervisor', node }))
  // The output of a call appears at the caller; that of a task under a supervisor of the peer appears there.
  expect(await captureIO(() => moebi.call(Chat.receiveMessage, 'hi'))).toBe('hi\n')
  expect(await Chat.sendMessage('kate@localhost', 'hi').catch(String)).toContain(
    'no connection to kate@localhost',
  )
})

test('a peer has ended before the next test, and the name can be used again', async () => {
  expect(Node.list()).toEqual([])
  const moebi = await startPeer('moebi', { app, inProcess: true })
  expect(await moebi.call(Chat.receiveMessage, 'hi')).toBe(ok)
})

test.runIf(process.platform === 'linux')('the command line of a peer does not show the cookie', async () => {
  const moebi = await startPeer('moebi', { app })
  const line = readFileSync(`/proc/${moebi.osPid}/cmdline`, 'latin1')
  expect(line).toContain('peer-main.js')
  expect(line).not.toContain(Node.getCookie().name)
})

import { expect, test } from 'vitest'
import { register } from '../../src/epmd/index.ts'
import { epmdEnv, startEpmd } from '../support/beam.ts'
import { freePort } from '../support/ports.ts'
import { run } from './command.ts'

test('moebi epmd runs an epmd, and moebi epmd names lists the registered nodes', async () => {
  await using epmd = await startEpmd(await freePort(), 'moebi')
  const node = await register({ name: 'kate', port: 4711, epmd: { host: '127.0.0.1', port: epmd.port } })
  const { stdout, code } = await run(['epmd', 'names'], '', epmdEnv(epmd.port))
  expect(stdout).toBe(`epmd: up and running on port ${epmd.port} with data:\nname kate at port 4711\n`)
  expect(code).toBe(0)
  const option = await run(['epmd', '--port', String(epmd.port), 'names'])
  expect(option.stdout).toBe(stdout)
  await node.close()
})

test('moebi epmd ends after the idle time that --idle gives', async () => {
  const { stdout, code } = await run(['epmd', '--idle', '0.2'], '', epmdEnv(await freePort()))
  expect(stdout).toContain('epmd: listening at 127.0.0.1')
  expect(code).toBe(0)
})

test('moebi epmd names without an epmd is an error that says so', async () => {
  const { stderr, code } = await run(['epmd', 'names'], '', epmdEnv(await freePort()))
  expect(stderr).toMatch(/^moebi: .*epmd.*\n$/)
  expect(code).toBe(1)
})

test('an invalid port is refused', async () => {
  const { stderr, code } = await run(['epmd', '--port', 'abc'])
  expect(stderr).toContain('a port is a number from 1 to 65535')
  expect(code).toBe(1)
})

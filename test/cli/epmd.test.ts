import { expect, test } from 'vitest'
import { parseEpmdArguments } from '../../src/cli/epmd-arguments.ts'
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

test('an invalid port is refused: the command ends with 1 and the reason on standard error', async () => {
  const { stderr, code } = await run(['epmd', '--port', 'abc'])
  expect(stderr).toMatch(/^moebi: .*a port is a number from 1 to 65535\.\n$/)
  expect(code).toBe(1)
})

test("an epmd that is started with OTP's arguments prints nothing, and its commands print what OTP's print", async () => {
  const port = String(await freePort())
  const env = { ERL_EPMD_ADDRESS: '127.0.0.1' }
  const epmd = (...words: string[]) => run(['epmd', '-port', port, ...words], '', env)
  expect(await epmd('-started')).toEqual({ stdout: '', stderr: '', code: 1 })
  expect(await epmd('-packet_timeout', '5', '-relaxed_command_check', '-daemon')).toEqual({
    stdout: '',
    stderr: '',
    code: 0,
  })
  await using node = await register({ name: 'kate', port: 4711, epmd: { port: Number(port) } })
  expect(await epmd('-daemon')).toEqual({ stdout: '', stderr: '', code: 0 })
  expect(await epmd('-started')).toEqual({ stdout: '', stderr: '', code: 0 })
  const head = `epmd: up and running on port ${port} with data:\n`
  expect((await epmd('-names')).stdout).toBe(`${head}name kate at port 4711\n`)
  expect((await epmd('-dump')).stdout).toMatch(/data:\nactive name {5}<kate> at port 4711, fd = \d+\n$/)
  expect(await epmd('-stop', 'nobody')).toEqual({ stdout: 'NOEXIST\n', stderr: '', code: 0 })
  await node.close()
  expect(await epmd('-kill')).toEqual({ stdout: 'Killed\n', stderr: '', code: 0 })
})

test('epmd -debug prints events to standard error, and a second epmd on the port ends with 0', async () => {
  await using first = await startEpmd(await freePort(), 'moebi')
  const { stdout, stderr, code } = await run(['epmd', '-port', String(first.port), '-d'], '', {
    ERL_EPMD_ADDRESS: '127.0.0.1',
  })
  expect(stderr).toBe(`There is an epmd running at port ${first.port} already.\n`)
  expect({ stdout, code }).toEqual({ stdout: '', code: 0 })
})

test.each([
  [['-foo'], 'epmd has no argument "-foo"'],
  [['foo'], 'epmd has no argument "foo"'],
  [['-packet_timeout', 'x'], '-packet_timeout needs a number of seconds, got "x"'],
  [['-port'], '-port needs a value'],
  [['-address', 'box'], '-address contains "box", expected IP addresses'],
])('the arguments %j of moebi epmd are refused with a reason', (words, reason) => {
  expect(() => parseEpmdArguments(words)).toThrow(reason)
})

import { spawn } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ensureEpmd, loopbackOnlyWarning, names, register, startEpmd } from '../../src/epmd/index.ts'
import { encodeRequest } from '../../src/epmd/protocol.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/ports.ts'
import { serve, talk } from './sockets.ts'

/** Command for an epmd of the built package, as a node starts it. It ends after this many seconds without a name. */
const epmdThatIdles = (seconds: number): string[] => [
  fileURLToPath(new URL('../../bin/moebi.js', import.meta.url)),
  'epmd',
  '--idle',
  `${seconds}`,
]
// Ten seconds, for the slower of two processes, which may find the port free again after the test.
const command = epmdThatIdles(10)

/** Ends an epmd that the test has started, also when the test fails. */
async function withPort(body: (port: number) => Promise<void>): Promise<void> {
  const port = await freePort()
  try {
    await body(port)
  } finally {
    await talk(port, encodeRequest({ request: 'KILL_REQ' })).catch(() => {})
  }
}

test('if nothing answers, an epmd is started as a separate process', () =>
  withPort(async (port) => {
    expect(await ensureEpmd({ port, command })).toBe('started')
    await using _alex = await register({ name: 'alex', port: 41_234, epmd: { port } })
    expect(await names('localhost', { port })).toEqual([{ name: 'alex', port: 41_234 }])
    expect(await ensureEpmd({ port, command: ['/does/not/exist.js'] })).toBe('found')
  }))

test('two nodes that start at the same time share one epmd', () =>
  withPort(async (port) => {
    const register_ = async (name: string) => {
      await ensureEpmd({ port, command })
      return register({ name, port: 1, epmd: { port } })
    }
    const nodes = await Promise.all([register_('alex'), register_('kate')])
    expect(await names('localhost', { port })).toHaveLength(2)
    for (const node of nodes) await node.close()
  }))

test('an epmd that was started ends when it is idle', () =>
  withPort(async (port) => {
    // On a busy machine one may have ended before it has heard of alex, or before it has answered at all.
    const alex = await eventually('a registration', () =>
      ensureEpmd({ port, command: epmdThatIdles(2) })
        .then(() => register({ name: 'alex', port: 1, epmd: { port } }))
        .catch(() => undefined),
    )
    await alex.close()
    await expect
      .poll(() => names('localhost', { port }).catch((error) => error.code), { timeout: 60_000 })
      .toBe('EPMD_UNREACHABLE')
  }))

// Two programs have to start.
test(
  'a node whose epmd is killed with -9 starts another and keeps its creation',
  () =>
    withPort(async (port) => {
      const first = spawn(process.execPath, command, {
        env: { ...process.env, ERL_EPMD_PORT: String(port) },
        stdio: 'ignore',
      })
      await expect
        .poll(() => names('localhost', { port }).catch((error) => error.code), { timeout: 30_000 })
        .toEqual([])
      const events: string[] = []
      await using alex = await register({
        name: 'alex',
        port: 41_234,
        epmd: { port },
        ensureEpmd: () => ensureEpmd({ port, command }),
        onLost: () => events.push('lost'),
        onRestored: () => events.push('restored'),
      })
      const { creation } = alex
      first.kill('SIGKILL')
      await expect.poll(() => events, { timeout: 30_000 }).toEqual(['lost', 'restored'])
      expect(await names('localhost', { port })).toEqual([{ name: 'alex', port: 41_234 }])
      expect(alex).toMatchObject({ creation, registered: true })
    }),
  90_000,
)

test('a port in use by another program is an error that says what came and what to do', async () => {
  await using web = await serve((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  )
  await expect(ensureEpmd({ port: web.port, command })).rejects.toMatchObject({
    code: 'EPMD_PORT_IN_USE',
    message: expect.stringMatching(
      /^Port \d+ is the port of epmd, but another program listens there\..*HTTP\/1\.1 400 Bad.*or set ERL_EPMD_PORT to a free port/s,
    ),
  })
  await using silent = await serve(() => {})
  await expect(ensureEpmd({ port: silent.port, command, timeout: 50 })).rejects.toMatchObject({
    code: 'EPMD_PORT_IN_USE',
    message: expect.stringContaining('within 50 ms'),
  })
})

test('an epmd that cannot be started is an error with the command to run by hand', async () => {
  const port = await freePort()
  await expect(ensureEpmd({ port, command: ['-e', 'process.exit(3)'] })).rejects.toMatchObject({
    code: 'EPMD_START_FAILED',
    message: expect.stringMatching(
      /ended with exit code 3\. Run it yourself to see why: ERL_EPMD_PORT=\d+ ERL_EPMD_ADDRESS=127\.0\.0\.1,::1 node -e/,
    ),
  })
  await expect(
    ensureEpmd({ port, command: ['-e', 'setTimeout(() => {}, 60_000)'], timeout: 300 }),
  ).rejects.toMatchObject({
    code: 'EPMD_START_FAILED',
    message: expect.stringContaining('did not answer within 300 ms'),
  })
})

test('a node with another host warns about an epmd on loopback addresses only', async () => {
  await using epmd = await startEpmd({ port: 0, addresses: ['127.0.0.1'] })
  const own = Object.values(networkInterfaces())
    .flat()
    .find((address) => address && !address.internal)?.address
  const host = own ?? '192.0.2.1'
  const options = { port: epmd.port, timeout: 500 }
  expect(await loopbackOnlyWarning(host, options)).toMatch(
    /answers on 127\.0\.0\.1 but not on the address of .* cannot find this one\. End that epmd .* ERL_EPMD_ADDRESS=[\d.a-f:]+ moebi epmd/,
  )
  expect(await loopbackOnlyWarning('localhost', options)).toBeUndefined()
  expect(await loopbackOnlyWarning(host, { ...options, port: await freePort() })).toBeUndefined()
})

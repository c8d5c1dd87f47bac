import { copyFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeCertificates } from '../../src/certificate/index.ts'
import { atom, erpc, Node, Process, receive, self, send, spawn } from '../../src/index.ts'
import type { Home } from '../support/beam.ts'
import { eventually } from '../support/eventually.ts'
import { beam, Meeting } from './node-meeting.ts'

/**
 * Writes certificates into a home, and the file of options for a real node. Returns its flags, and the folder as we name it.
 *
 * @param more options of the real node, each with a comma after it
 */
function certify(home: Home, more = ''): { readonly flags: readonly string[]; readonly tls: string } {
  const tls = join(home.outside, 'tls')
  writeCertificates(tls)
  const inside = join(home.inside, 'tls')
  const options = `${more}{certfile, "${inside}/node.pem"}, {keyfile, "${inside}/node.key"}, {cacertfile, "${inside}/ca.pem"}, {verify, verify_peer}`
  writeFileSync(
    join(tls, 'ssl_dist.conf'),
    `[{server, [${options}, {fail_if_no_peer_cert, true}]}, {client, [${options}]}].\n`,
  )
  return { flags: ['-proto_dist', 'inet_tls', '-ssl_dist_optfile', `${inside}/ssl_dist.conf`], tls }
}

/** Without a number: the version that the release takes by default, 1.2 for OTP 25 and 27, 1.3 for OTP 29. */
const transports = ['TCP', 'TLS', 'TLS 1.2', 'TLS 1.3'] as const

for (const transport of transports)
  for (const caller of ['we', 'they'] as const)
    test(`a real node and a Moebi node talk over ${transport} when ${caller} connect`, {
      timeout: 90_000,
    }, async () => {
      await using meeting = await Meeting.start()
      await using home = await beam.home()
      const [, version] = transport.split(' ')
      const { flags, tls } = certify(home, version === undefined ? '' : `{versions, ['tlsv${version}']}, `)
      const isTls = transport !== 'TCP'
      const alex = await meeting.moebi('alex', {
        ...(isTls ? { tls: { ...files(tls), checkHost: true } } : {}),
        netTickTime: 4_000,
      })
      const kate = await meeting.elixir('kate', {
        home,
        flags: [...(isTls ? flags : []), '-kernel', 'net_ticktime', '4'],
      })
      if (caller === 'we') expect(await alex.node.run(() => Node.connect('kate@localhost'))).toBe(true)
      else expect(await kate.evaluate('Node.connect(:alex@localhost)')).toBe('true')
      const big = 'x'.repeat(3_000_000)
      await alex.node.run(async () => {
        expect(await erpc.call('kate@localhost', ':erlang', 'byte_size', [big])).toBe(big.length)
        Process.register(self(), 'echo')
        spawn(() => send({ name: 'echo', node: 'alex@localhost' }, 1))
        await receive()
      })
      expect(await kate.evaluate('Node.ping(:alex@localhost)')).toBe(':pong')
      // Longer than the tick time: the ticks of both sides arrive.
      if (version === undefined) await new Promise((resolve) => setTimeout(resolve, 6_000))
      expect(await kate.evaluate('Node.list()')).toBe('[:alex@localhost]')
      expect(await kate.evaluate(':erpc.call(:alex@localhost, :erlang, :node, [])')).toBe(':alex@localhost')
      expect(alex.screen.log).toBe('')
      await meeting.check()
    })

test('certificates of another CA, and nodes without TLS, are refused with the reason', {
  timeout: 90_000,
}, async () => {
  await using meeting = await Meeting.start()
  await using home = await beam.home()
  const { flags, tls } = certify(home)
  const other = join(home.outside, 'other')
  writeCertificates(other)
  const alex = await meeting.moebi('alex', { tls: other })
  const bob = await meeting.moebi('bob')
  const kate = await meeting.elixir('kate', { home, flags })
  meeting.mayLog.push(/TLS|tls|global|Connection attempt/)
  expect(await alex.node.run(() => Node.connect('kate@localhost'))).toBe(false)
  expect(alex.screen.log).toMatch(/no TLS was agreed with 127\.0\.0\.1:\d+: .*(certificate|unknown)/)
  expect(await kate.evaluate('Node.connect(:alex@localhost)')).toBe('false')
  await eventually('the refusal', () =>
    /connection attempt from 127\.0\.0\.1:\d+ rejected: no TLS was agreed/.test(alex.screen.log),
  )
  expect(await bob.node.run(() => Node.connect('kate@localhost'))).toBe(false)
  // The right certificates are put in place, without a restart.
  for (const file of ['node.pem', 'node.key', 'ca.pem']) copyFileSync(join(tls, file), join(other, file))
  for (const file of ['node.pem', 'node.key', 'ca.pem']) utimesSync(join(other, file), 1, 1)
  expect(await alex.node.run(() => Node.connect('kate@localhost'))).toBe(true)
  expect(await alex.node.run(() => Node.ping('kate@localhost'))).toBe(atom('pong'))
})

function files(folder: string): { cert: string; key: string; ca: string } {
  return { cert: join(folder, 'node.pem'), key: join(folder, 'node.key'), ca: join(folder, 'ca.pem') }
}

import { expect, test } from 'vitest'
import { startEpmd } from '../../src/epmd/index.ts'
import { startNode } from '../support/beam.ts'
import { beam } from './node-meeting.ts'
import { releases } from './releases.ts'

test('the flags of a real node are those that docs/compatibility.md lists for its release', async () => {
  const release = releases[beam.version.otp]
  const epmd = await startEpmd({ port: 0, addresses: ['127.0.0.1'] })
  await using home = await beam.home()
  await using kate = await startNode(beam, {
    kind: 'erl',
    name: 'kate@localhost',
    cookie: 'c',
    epmdPort: epmd.port,
    home,
  })
  const read = await kate.evaluate('erts_internal:get_dflags()')
  await epmd.close()
  // {erts_dflags, Default, Mandatory, Addable, Rejectable, StrictOrder}
  const [flags, mandatory] = [...read.matchAll(/\d+/g)].map(([digits]) => BigInt(digits))
  expect({ flags, mandatory }, 'a new release of OTP: add it to test/beam/releases.ts').toEqual({
    flags: release?.flags,
    mandatory: release?.mandatory,
  })
})

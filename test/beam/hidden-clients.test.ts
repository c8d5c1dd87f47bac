import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { epmdEnv, findBeam, type Home } from '../support/beam.ts'
import { Cluster } from '../support/cluster.ts'

const beam = findBeam()!

let cluster: Cluster
let home: Home

beforeEach(async () => {
  cluster = await Cluster.start()
  home = await beam.home()
})

afterEach(async () => {
  await home[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

/** Calls a function of alex with OTP's `erl_call`, a hidden C node, and returns what it prints. */
async function erlCall(call: string): Promise<string> {
  const words = ['erl_call', '-r', '-timeout', '20', '-c', cluster.cookie, '-n', 'alex@localhost', '-a', call]
  const env = { HOME: home.inside, ...epmdEnv(cluster.epmdPort, '127.0.0.1') }
  const [command = '', ...rest] = beam.command(words, env)
  return (await promisify(execFile)(command, rest, { timeout: 60_000 })).stdout.trim()
}

// libei takes the first message after the handshake for the reply to its call.
for (const hidden of [false, true])
  test(`erl_call gets the value of a call${hidden ? ' to a hidden node' : ''}`, async () => {
    const alex = await cluster.moebi('alex', { hidden })
    alex.node.kernel.modules.define(':calc', { sum: (a: number, b: number) => a + b })
    expect(await erlCall('erlang node')).toBe('alex@localhost')
    expect(await erlCall('calc sum [40,2]')).toBe('42')
    expect(await erlCall('erlang nodes')).toBe('[]')
    expect(alex.screen.log).toBe('')
  })

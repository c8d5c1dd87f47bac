import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lookup } from '../../../src/epmd/index.ts'
import { atom, IO } from '../../../src/index.ts'
import { epmdEnv, findBeam, type Home } from '../../support/beam.ts'
import { Cluster } from '../../support/cluster.ts'

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

/** Runs OTP's `erl_call`, a hidden C node, and returns what it prints. */
async function erlCall(...words: readonly string[]): Promise<string> {
  const all = ['erl_call', '-timeout', '20', '-c', cluster.cookie, ...words]
  const env = { HOME: home.inside, ...epmdEnv(cluster.epmdPort, '127.0.0.1') }
  const [command = '', ...rest] = beam.command(all, env)
  return (await promisify(execFile)(command, rest, { timeout: 60_000 })).stdout.trim()
}

const toAlex = ['-r', '-n', 'alex@localhost']

// libei takes the first message after the handshake for the reply to its call.
for (const hidden of [false, true])
  test(`erl_call gets the value of a call${hidden ? ' to a hidden node' : ''}`, async () => {
    const alex = await cluster.moebi('alex', { hidden })
    alex.node.kernel.modules.define(':calc', { sum: (a: number, b: number) => a + b })
    expect(await erlCall(...toAlex, '-a', 'erlang node')).toBe('alex@localhost')
    expect(await erlCall(...toAlex, '-a', 'calc sum [40,2]')).toBe('42')
    expect(await erlCall(...toAlex, '-a', 'erlang nodes')).toBe('[]')
    expect(alex.screen.log).toBe('')
  })

test('erl_call takes its name from the node, connects to an address, and only looks whether the node is there', async () => {
  const alex = await cluster.moebi('alex')
  const { port } = (await lookup('alex', 'localhost', { port: cluster.epmdPort }))!
  expect(await erlCall('-R', '-n', 'alex@localhost', '-a', 'erlang node')).toBe('alex@localhost')
  expect(await erlCall('-r', '-address', `localhost:${port}`, '-a', 'erlang node')).toBe('alex@localhost')
  expect(await erlCall(...toAlex)).toBe('')
  expect(alex.screen.log).toBe('')
})

test('-fetch_stdout prints what the called function prints, before its value', async () => {
  const alex = await cluster.moebi('alex')
  alex.node.kernel.modules.define(':calc', {
    say: async (line: string) => {
      await IO.puts(line)
      await IO.puts('twice')
      return atom('said')
    },
  })
  expect(await erlCall(...toAlex, '-fetch_stdout', '-a', 'calc say ["once"]')).toBe('once\ntwice\nsaid')
  expect(alex.screen.text).toBe('')
  expect(alex.screen.log).toBe('')
})

test('without the cookie erl_call does not connect, and -q does not end the node', async () => {
  const alex = await cluster.moebi('alex')
  await expect(erlCall('-c', 'wrong', ...toAlex, '-a', 'erlang node')).rejects.toThrow(/failed to connect/)
  expect(alex.screen.log).toMatch(/invalid challenge reply/)
  await erlCall(...toAlex, '-q').catch(() => {})
  expect(await erlCall(...toAlex, '-a', 'erlang node')).toBe('alex@localhost')
})

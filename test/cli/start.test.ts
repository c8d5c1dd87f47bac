import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { register } from '../../src/epmd/index.ts'
import { epmdEnv, moebi } from '../support/beam.ts'
import { freePort, localEpmd } from '../support/ports.ts'
import { groupEnded } from './ended-group.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'moebi-start-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

/** Runs `moebi start` without a terminal, and waits for the exit of all its processes. */
async function start(env: Readonly<Record<string, string>>) {
  const [command = '', ...words] = moebi(['start'], { HOME: home, ...env })
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  await groupEnded(child.pid!)
  return { stdout, stderr, code }
}

/** Returns options of Node.js with which the node moebi runs this code for each text that it prints. */
function moebisOutput(code: string): { NODE_OPTIONS: string } {
  const script = `
    if (process.argv.includes('moebi@localhost')) {
      const write = process.stdout.write.bind(process.stdout)
      process.stdout.write = (text, ...rest) => { ${code}; return write(text, ...rest) }
    }`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` }
}

describe.concurrent('moebi start without a terminal', () => {
  test('prints the scripted session as a transcript, and ends with 0', async () => {
    const { stdout, stderr, code } = await start(epmdEnv(await freePort()))
    expect(stderr).toBe('')
    const [first, hi, chicken, list, greetings, ...more] = stdout.split('\n# ')
    expect(first).toContain("Try: await Chat.sendMessage('moebi@localhost', 'hi')")
    expect(hi).toMatch(/\nmoebi\(alex@localhost\)1> await Chat\.sendMessage\('kate@localhost', 'hi'\)\n/)
    expect(hi!.split('\n').slice(2).toSorted()).toEqual(['', ':ok', 'kate@localhost | hi'])
    const answers = chicken!.split('\n').slice(2)
    expect(answers.toSorted()).toEqual(['', ':ok', 'chicken?', 'moebi@localhost | hi'])
    expect(answers.indexOf('chicken?')).toBeLessThan(answers.indexOf(':ok'))
    expect(list).toContain('\n[:kate@localhost, :moebi@localhost]\n')
    expect(greetings).toContain('\ngreetings from kate@localhost\n')
    expect(more).toEqual([])
    expect(code).toBe(0)
  })

  test('ends with 1 when expected output is missing, and names it', async () => {
    const mute = moebisOutput("if (text === 'hi\\n') return true")
    await using epmd = await localEpmd()
    const { stdout, stderr, code } = await start({ ...epmdEnv(epmd.port), ...mute })
    expect(stdout).toContain('chicken?\n')
    expect(stderr).toContain('moebi: expected output was not printed: "moebi@localhost | hi\\n"\n')
    expect(code).toBe(1)
  })

  test('ends with 1 when a node is killed during the session', async () => {
    const dies = moebisOutput("if (text === 'hi\\n') process.kill(process.pid, 'SIGKILL')")
    await using epmd = await localEpmd()
    const { stdout, stderr, code } = await start({ ...epmdEnv(epmd.port), ...dies })
    expect(stdout).toMatch(/\*\* \(EXIT from #PID<.*>\) shell process exited with reason: no connection\n/)
    expect(stdout).toContain('moebi@localhost was killed by SIGKILL\n')
    expect(stderr).toContain('moebi: expected output was not printed: "moebi@localhost | hi\\n"\n')
    expect(code).toBe(1)
  })

  test('ends with 1 when a node cannot start, and says why', async () => {
    await using epmd = await localEpmd()
    await using _taken = await register({ name: 'moebi', port: 1, epmd: { port: epmd.port } })
    const { stderr, code } = await start(epmdEnv(epmd.port))
    expect(stderr).toMatch(/^moebi: moebi@localhost did not start: it ended with exit code 1\.\n.*moebi/)
    expect(code).toBe(1)
  })
})

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatNames, lookup, names, register, startEpmd } from '../../src/epmd/index.ts'
import { freePort } from '../support/ports.ts'

let home = ''
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'moebi-epmd-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

class Program implements AsyncDisposable {
  output = ''
  readonly child: ChildProcess

  constructor(port: number, command: string, ...args: string[]) {
    this.child = spawn(command, args, { env: environment(port), stdio: ['pipe', 'pipe', 'pipe'] })
    const take = (bytes: Buffer): void => {
      this.output += bytes.toString()
    }
    this.child.stdout?.on('data', take)
    this.child.stderr?.on('data', take)
  }

  type(line: string): void {
    this.child.stdin?.write(`${line}\n`)
  }

  async shows(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.output, { timeout: 20_000 }).toMatch(text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const exit = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exit
  }
}

function environment(port: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: home,
    ERL_EPMD_PORT: String(port),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    TERM: 'dumb',
  }
}

/** Returns the output of a tool of OTP, also where it fails. */
async function printed(port: number, command: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(command, args, {
    env: environment(port),
    timeout: 10_000,
  }).catch((error: { stdout: string; stderr: string }) => error)
  return stdout + stderr
}

const erl = (port: number, name: string): Program =>
  new Program(
    port,
    'erl',
    '-sname',
    `${name}@localhost`,
    '-setcookie',
    'epmd_test',
    '-noinput',
    '-eval',
    'io:format("up~n")',
  )

const iex = (port: number, name: string): Program =>
  new Program(port, 'iex', '--sname', `${name}@localhost`, '--cookie', 'epmd_test')

/** Starts the installed epmd in the foreground. */
async function realEpmd(port: number): Promise<Program> {
  const epmd = new Program(port, 'epmd', '-address', '127.0.0.1')
  await expect
    .poll(() => names('127.0.0.1', { port }).catch((error) => error.code), { timeout: 10_000 })
    .toEqual([])
  return epmd
}

describe("real nodes and Moebi's epmd", { timeout: 60_000 }, () => {
  test('erl and iex register and find each other', async () => {
    const rejected: string[] = []
    await using server = await startEpmd({
      port: await freePort(),
      onReject: (reason) => rejected.push(reason),
    })
    const { port } = server
    await using alex = erl(port, 'alex')
    await using kate = iex(port, 'kate')
    await alex.shows('up')
    kate.type('IO.inspect({Node.ping(:"alex@localhost"), Node.list()}, label: "met")')
    await kate.shows('met: {:pong, [:alex@localhost]}')
    kate.type(
      `IO.inspect(:erl_epmd.names(~c"localhost") |> elem(1) |> Enum.map(&to_string(elem(&1, 0))) |> Enum.sort(), label: "known")`,
    )
    await kate.shows(`known: ["alex", "kate"]`)
    kate.type('IO.inspect(Node.ping(:"moebi@localhost"), label: "absent")')
    await kate.shows('absent: :pang')
    expect(await lookup('alex', 'localhost', { port })).toMatchObject({
      nodeType: 77,
      highestVersion: 6,
      lowestVersion: 5,
    })
    kate.type('System.halt()')
    await expect.poll(() => server.nodes().map(({ name }) => name), { timeout: 10_000 }).toEqual(['alex'])
    expect(rejected).toEqual([])
  })

  test('a second node of the same name is refused and ends', async () => {
    await using server = await startEpmd({ port: await freePort() })
    await using alex = erl(server.port, 'alex')
    await alex.shows('up')
    await using second = erl(server.port, 'alex')
    await second.shows('name alex@localhost seems to be in use by another Erlang node')
    expect(server.nodes()).toHaveLength(1)
  })

  test("the tool of OTP's epmd lists its names, and can kill it only after the last node has ended", async () => {
    const server = await startEpmd({ port: await freePort() })
    const { port } = server
    const alex = await register({ name: 'alex', port: 41_234, epmd: { port } })
    expect(await printed(port, 'epmd', '-names')).toBe(
      `${formatNames(await names('localhost', { port }), port)}\n`,
    )
    expect(await printed(port, 'epmd', '-kill')).toContain('Killing not allowed - living nodes in database.')
    expect(await printed(port, 'epmd', '-stop', 'alex')).toContain('local epmd responded with <>')
    expect(alex.registered).toBe(true)
    await alex.close()
    expect(await printed(port, 'epmd', '-kill')).toContain('Killed')
    expect(await server.ended).toBe('killed')
  })

  test("a real node starts no epmd beside Moebi's", async () => {
    await using server = await startEpmd({ port: await freePort() })
    await using alex = erl(server.port, 'alex')
    await alex.shows('up')
    const alive = server.nodes().map(({ name }) => name)
    await server.close()
    expect(alive).toEqual(['alex'])
    await expect(names('localhost', { port: server.port })).rejects.toMatchObject({
      code: 'EPMD_UNREACHABLE',
    })
  })
})

describe("Moebi's client and the real epmd", { timeout: 60_000 }, () => {
  test('registers, is listed, is found by a real node, and is removed after close', async () => {
    const port = await freePort()
    await using _epmd = await realEpmd(port)
    const moebi = await register({ name: 'moebi', port: 41_234, epmd: { port } })
    expect(moebi.creation).toBeGreaterThan(3)
    expect(await printed(port, 'epmd', '-names')).toContain('name moebi at port 41234\n')
    await using alex = erl(port, 'alex')
    await alex.shows('up')
    await using kate = iex(port, 'kate')
    kate.type(`IO.inspect(:erl_epmd.port_please(~c"moebi", ~c"localhost"), label: "found")`)
    await kate.shows(/found: \{:port, 41234, 6\}/)
    expect(await lookup('alex', 'localhost', { port })).toMatchObject({ name: 'alex', nodeType: 77 })
    expect(await lookup('nobody', 'localhost', { port })).toBeUndefined()
    await expect(register({ name: 'alex', port: 1, epmd: { port } })).rejects.toMatchObject({
      code: 'EPMD_NAME_IN_USE',
    })
    await moebi.close()
    expect(await lookup('moebi', 'localhost', { port })).toBeUndefined()
  })

  test('a node that supports an older version gets the response with a 16-bit creation', async () => {
    const port = await freePort()
    await using _epmd = await realEpmd(port)
    await using old = await register({ name: 'old', port: 1, highestVersion: 5, epmd: { port } })
    expect(old.creation).toBeGreaterThan(0)
    expect(old.creation).toBeLessThan(65_536)
  })

  test('registers again with the same creation after epmd was killed with -9', async () => {
    const port = await freePort()
    const events: string[] = []
    await using first = await realEpmd(port)
    await using moebi = await register({
      name: 'moebi',
      port: 41_234,
      epmd: { port },
      onLost: () => events.push('lost'),
      onRestored: () => events.push('restored'),
    })
    const { creation } = moebi
    first.child.kill('SIGKILL')
    await expect.poll(() => events).toEqual(['lost'])
    expect(moebi.registered).toBe(false)
    await using _second = new Program(port, 'epmd', '-address', '127.0.0.1')
    await expect.poll(() => events, { timeout: 10_000 }).toEqual(['lost', 'restored'])
    expect(await lookup('moebi', 'localhost', { port })).toMatchObject({ port: 41_234 })
    expect(moebi.creation).toBe(creation)
  })
})

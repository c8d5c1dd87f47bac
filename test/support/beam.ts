import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Probe, type ProcessStack } from './probe.ts'

export { newlyStuck, type ProcessStack } from './probe.ts'

/** A folder that stands for a user's home, so that no test meets the user's own ~/.erlang.cookie. */
export interface Home extends AsyncDisposable {
  /** As a node of this installation names it. */
  readonly inside: string
  /** As this process names it; the same, but for a chroot. */
  readonly outside: string
}

/** A network that a node lives in, as seen from this process. */
export interface Place {
  /** The node's own address there. */
  readonly address: string
  /** Our address there. */
  readonly gateway: string
  /** The words before a command that make it run there. */
  readonly entered: readonly string[]
}

export interface LaunchOptions {
  readonly kind: 'iex' | 'elixir' | 'erl'
  /** `kate@localhost`; starts a short name unless `longName` is set. */
  readonly name: string
  readonly longName?: boolean
  readonly epmdPort: number
  /** Where it is when not on this machine's loopback. */
  readonly place?: Place | undefined
  readonly home: Home
  /** Without one the node uses the .erlang.cookie of its home, as it would at a user's. */
  readonly cookie?: string
  /** The address that it listens at, as Erlang writes it. Default: `{127,0,0,1}`, or that of its place. */
  readonly listensAt?: string
  /** Flags of the emulator, such as `['-kernel', 'net_ticktime', '8']`. */
  readonly flags?: readonly string[]
  /** Elixir (or Erlang, for `erl`) to run at start. */
  readonly code?: string
  /** A compiled mix project, as the node names its folder: it is started first, as by `iex -S mix`. */
  readonly project?: string
}

export interface Launch {
  readonly argv: readonly string[]
  readonly probe: Probe
  readonly logFile: { readonly inside: string; readonly outside: string }
}

/** An installation of Erlang and Elixir: the machine's own, or one in a folder that is entered by chroot. */
export class Beam {
  readonly root: string
  #version: { readonly otp: number; readonly elixir: string } | undefined

  constructor(root: string) {
    this.root = root
  }

  /** OTP's release and Elixir's version. */
  get version(): { readonly otp: number; readonly elixir: string } {
    if (this.#version === undefined) {
      const [command = '', ...rest] = this.command(
        ['elixir', '-e', 'IO.puts(System.otp_release() <> " " <> System.version())'],
        {},
      )
      const [otp, elixir = ''] = execFileSync(command, rest, { encoding: 'utf8' }).trim().split(' ')
      this.#version = { otp: Number(otp), elixir }
    }
    return this.#version
  }

  /**
   * The words that run a command of this installation with exactly this environment.
   * @param folder where it runs, as the installation names it
   */
  command(argv: readonly string[], env: Readonly<Record<string, string>>, folder?: string): string[] {
    const path = this.root === '/' ? (process.env.PATH ?? '/usr/bin:/bin') : '/usr/bin:/bin:/usr/sbin:/sbin'
    const all = { PATH: path, LC_ALL: 'C.UTF-8', TERM: 'screen-256color', ...env }
    const words = [
      '/usr/bin/env',
      '-i',
      ...Object.entries(all).map(([key, value]) => `${key}=${value}`),
      ...(folder === undefined ? [] : ['sh', '-c', 'cd "$0" && exec "$@"', folder]),
      ...argv,
    ]
    return this.root === '/' ? words : ['chroot', this.root, ...words]
  }

  async home(): Promise<Home> {
    const parent = this.root === '/' ? tmpdir() : join(this.root, 'tmp')
    const outside = await mkdtemp(join(parent, 'moebi-home-'))
    const inside = this.root === '/' ? outside : outside.slice(this.root.length)
    return { inside, outside, [Symbol.asyncDispose]: () => rm(outside, { recursive: true, force: true }) }
  }

  /** The words that start a node, and the probe it will answer. For a node in a `Terminal`; else see `startNode`. */
  async launch(options: LaunchOptions): Promise<Launch> {
    const { kind, name, longName = false, epmdPort, place, home, cookie, flags = [], code, project } = options
    const probe = await Probe.listen(place?.gateway)
    const argv =
      kind === 'erl' ? erl(name, longName, cookie, code) : elixir(kind, name, longName, cookie, code)
    if (project !== undefined) argv.push('-S', 'mix')
    const address = place?.address ?? '127.0.0.1'
    const { listensAt = `{${address.replaceAll('.', ',')}}` } = options
    const listens = `-kernel inet_dist_use_interface ${listensAt}`
    const env = {
      HOME: home.inside,
      ...epmdEnv(epmdPort, address),
      ERL_AFLAGS: [listens, ...flags.map(quoted), probe.flags].join(' '),
    }
    const file = `/${name}-${process.hrtime.bigint()}.log`
    const logFile = { inside: home.inside + file, outside: home.outside + file }
    return { argv: [...(place?.entered ?? []), ...this.command(argv, env, project)], probe, logFile }
  }
}

/** A real node without a terminal. */
export class BeamNode {
  readonly name: string
  readonly #kind: LaunchOptions['kind']
  readonly #child: ChildProcess
  readonly #probe: Probe
  readonly #output: string[] = []

  constructor(options: LaunchOptions, child: ChildProcess, probe: Probe) {
    this.name = options.name
    this.#kind = options.kind
    this.#child = child
    this.#probe = probe
    child.stdout?.on('data', (bytes: Buffer) => this.#output.push(bytes.toString()))
    child.stderr?.on('data', (bytes: Buffer) => this.#output.push(bytes.toString()))
  }

  /** The operating system's id, for `process.kill`. */
  get pid(): number {
    return this.#child.pid ?? Number.NaN
  }

  /** Runs Elixir (Erlang on an `erl` node; the full stop may be left out) and gives the value as the language prints it. */
  evaluate(code: string, options: { timeout?: number } = {}): Promise<string> {
    if (this.#kind !== 'erl') return this.#probe.elixir(code, options)
    return this.erlang(code.trimEnd().endsWith('.') ? code : `${code}.`, options)
  }

  /** Runs Erlang, full stop included, and gives the value as `~0tp` prints it. */
  erlang(code: string, options: { timeout?: number } = {}): Promise<string> {
    return this.#probe.erlang(code, options)
  }

  /** Evaluates until the printed value is (or matches) what is wanted, and gives it. */
  async waitFor(
    code: string,
    wanted: string | RegExp,
    { timeout = 15_000 }: { timeout?: number } = {},
  ): Promise<string> {
    const deadline = Date.now() + timeout
    for (;;) {
      const value = await this.evaluate(code)
      if (typeof wanted === 'string' ? value === wanted : wanted.test(value)) return value
      if (Date.now() > deadline)
        throw new Error(`${code} on ${this.name} was not ${wanted} within ${timeout} ms. Got: ${value}`)
      await pause(40)
    }
  }

  /** Everything the node has printed on its standard output and error. */
  output(): string {
    return this.#output.join('')
  }

  /** What it has logged at warning or above since it was up, an event a line. */
  log(): Promise<string[]> {
    return this.#probe.log()
  }

  processStacks(): Promise<ProcessStack[]> {
    return this.#probe.processStacks()
  }

  /** Types into the node's standard input. */
  type(text: string): void {
    this.#child.stdin?.write(text)
  }

  async stop(): Promise<void> {
    this.#probe.close()
    await ended(this.#child)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/**
 * The installation in the folder `root` (or in MOEBI_BEAM_ROOT), else the machine's own; undefined where `erl` or `iex` is
 * missing.
 */
export function findBeam(root: string = process.env.MOEBI_BEAM_ROOT || '/'): Beam | undefined {
  const folders = root === '/' ? (process.env.PATH ?? '').split(':') : [join(root, 'usr/bin')]
  const has = (program: string) => folders.some((folder) => existsSync(join(folder, program)))
  if (!has('erl') || !has('iex')) return undefined
  if (root !== '/' && !existsSync(join(root, 'proc/self')))
    throw new Error(`${root} has no /proc: mount it, as scripts/peer.js does`)
  return new Beam(root)
}

/** Starts a real node and waits until it is up. Its end is the caller's: `await using node = await startNode(…)`. */
export async function startNode(beam: Beam, options: LaunchOptions): Promise<BeamNode> {
  const { argv, probe, logFile } = await beam.launch(options)
  const [command = '', ...rest] = argv
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'] })
  const node = new BeamNode(options, child, probe)
  try {
    await probe.ready(logFile, { elixir: options.kind !== 'erl' })
    return node
  } catch (cause) {
    await node.stop()
    throw new Error(`${options.name} did not start. It printed:\n${node.output()}`, { cause })
  }
}

/** An epmd in the foreground, a child of this process. */
export interface Epmd extends AsyncDisposable {
  readonly port: number
}

/** Starts the installation's epmd, or Moebi's, on the port and waits until it answers. */
export async function startEpmd(port: number, from: Beam | 'moebi', place?: Place): Promise<Epmd> {
  const env = epmdEnv(port, place?.address)
  const epmd = from === 'moebi' ? moebi(['epmd'], env) : from.command(['epmd'], env)
  const argv = [...(place?.entered ?? []), ...epmd]
  const [command = '', ...rest] = argv
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()))
  const deadline = Date.now() + 15_000
  while (!(await answers(port, place?.address))) {
    if (Date.now() > deadline || child.exitCode !== null) {
      await ended(child)
      throw new Error(`epmd did not start on port ${port}: ${argv.join(' ')}\n${output}`)
    }
    await pause(40)
  }
  return { port, [Symbol.asyncDispose]: () => ended(child) }
}

/** Ends the epmd that a real node has started by itself on this port; nothing when there is none. */
export function killEpmdDaemon(beam: Beam, port: number): void {
  const [command = '', ...rest] = beam.command(['epmd', '-kill'], epmdEnv(port))
  try {
    execFileSync(command, rest, { stdio: 'ignore' })
  } catch {
    // Nobody answered: there is none.
  }
}

/** The words that run this project's own command (or another file that is one) with exactly this environment. */
export function moebi(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  bin: string = join(import.meta.dirname, '../../bin/moebi.js'),
): string[] {
  const all = {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    LC_ALL: 'C.UTF-8',
    TERM: 'screen-256color',
    ...env,
  }
  const assignments = Object.entries(all).map(([key, value]) => `${key}=${value}`)
  return ['/usr/bin/env', '-i', ...assignments, process.execPath, bin, ...args]
}

/** The environment in which an epmd at this address is meant, on loopback unless given. */
export function epmdEnv(
  port: number,
  address = '127.0.0.1',
): { ERL_EPMD_PORT: string; ERL_EPMD_ADDRESS: string } {
  return { ERL_EPMD_PORT: `${port}`, ERL_EPMD_ADDRESS: address }
}

/** What a home's .erlang.cookie says; undefined before a node has written one. */
export function cookieOf(home: Home): string | undefined {
  const file = join(home.outside, '.erlang.cookie')
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}

function elixir(
  kind: 'iex' | 'elixir',
  name: string,
  longName: boolean,
  cookie?: string,
  code?: string,
): string[] {
  const words: string[] = [kind, longName ? '--name' : '--sname', name]
  if (cookie !== undefined) words.push('--cookie', cookie)
  if (kind === 'elixir') words.push('--no-halt', '-e', code ?? ':ok')
  else if (code !== undefined) words.push('-e', code)
  return words
}

function erl(name: string, longName: boolean, cookie?: string, code?: string): string[] {
  const words = ['erl', '-noinput', longName ? '-name' : '-sname', name]
  if (cookie !== undefined) words.push('-setcookie', cookie)
  if (code !== undefined) words.push('-eval', code)
  return words
}

/** A flag as ERL_AFLAGS has to spell it. */
function quoted(flag: string): string {
  return /^[\w./@{},:+-]+$/.test(flag) ? flag : `'${flag}'`
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  await exit
}

function answers(port: number, address = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address)
    socket.once('connect', () => socket.destroy())
    socket.once('error', () => {})
    socket.once('close', (failed) => resolve(!failed))
  })
}

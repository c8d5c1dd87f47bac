import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Beam, epmdEnv, type Home } from '../support/beam.ts'
import type { MemberStatus } from './member-status.ts'

export interface MemberOptions {
  readonly name: string
  readonly kind: 'moebi' | 'erl'
  readonly peers: readonly string[]
  /** Those of the peers that are Erlang nodes. */
  readonly beams: readonly string[]
  readonly epmdPort: number
  readonly home: Home
  readonly beam: Beam | undefined
  /** Silence in ms after which a peer is down. */
  readonly tickTime: number
  readonly env?: Readonly<Record<string, string>>
}

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const hooks = new URL('../../dist/loader/typescript-hooks.js', import.meta.url).href
const register = `data:text/javascript,import { register } from 'node:module'; register('${hooks}')`

/** A member answers a command within this time, also on a machine that is busy. In ms. */
const ANSWER_WITHIN = 120_000
const nodeFlags = ['--no-warnings', '--expose-gc', '--import', register]

/** A node of the cluster as a process of its own. It answers commands, which do not pass over the distribution. */
export class MemberProcess {
  readonly name: string
  readonly kind: 'moebi' | 'erl'
  readonly child: ChildProcess
  /** The lines of the log. */
  log = ''
  readonly #answers: ((answer: unknown) => void)[] = []

  private constructor(name: string, kind: MemberProcess['kind'], child: ChildProcess) {
    this.name = name
    this.kind = kind
    this.child = child
    child.stdin?.on('error', () => {})
    child.stderr?.on('data', (bytes: Buffer) => {
      this.log += bytes.toString()
    })
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.startsWith('{')) this.#answers.shift()?.(JSON.parse(line))
      else this.log += `${line}\n`
    })
  }

  static async start(options: MemberOptions): Promise<MemberProcess> {
    const member = MemberProcess.#spawn(options)
    await member.#answer()
    return member
  }

  /** Starts several nodes in one program, see crowd.ts. */
  static async startCrowd(
    numbers: readonly number[],
    { epmdPort, home }: Pick<MemberOptions, 'epmdPort' | 'home'>,
  ): Promise<MemberProcess> {
    const env = { ...process.env, ...epmdEnv(epmdPort), HOME: home.outside }
    const words = [...nodeFlags, file('crowd.ts'), ...numbers.map(String)]
    const member = new MemberProcess('crowd', 'moebi', spawn(process.execPath, words, { env }))
    await member.#answer()
    return member
  }

  /** Starts a node that is expected not to start. Returns its exit code and its output. */
  static async failedStart(options: MemberOptions): Promise<{ code: number | null; log: string }> {
    const member = MemberProcess.#spawn(options)
    const [code] = (await once(member.child, 'close')) as [number | null]
    return { code, log: member.log }
  }

  static #spawn(options: MemberOptions): MemberProcess {
    const { name, kind, epmdPort } = options
    const [command = '', ...words] = kind === 'erl' ? erlang(options) : moebi(options)
    const home = options.home.outside
    const dump = { ERL_CRASH_DUMP: join(home, `${name}.dump`) }
    const env = { ...process.env, ...epmdEnv(epmdPort), HOME: home, ...dump, ...options.env }
    return new MemberProcess(name, kind, spawn(command, words, { env }))
  }

  get pid(): number {
    return this.child.pid!
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  command<T = unknown>(line: string): Promise<T> {
    this.child.stdin!.write(`${line}\n`)
    return this.#answer(line) as Promise<T>
  }

  status(): Promise<MemberStatus> {
    return this.command('status')
  }

  /** Ends the program, and waits for its end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.running) return
    const exit = once(this.child, 'exit')
    this.child.kill(signal)
    await exit
  }

  #answer(command = 'start'): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => (): void => {
        clearTimeout(timer)
        this.child.off('exit', ended)
        reject(new Error(`${this.name} ${why} "${command}":\n${this.log.slice(-5_000)}`))
      }
      const ended = fail('ended before it answered')
      const timer = setTimeout(fail('did not answer'), ANSWER_WITHIN)
      if (!this.running) return ended()
      this.child.once('exit', ended)
      this.#answers.push((answer) => {
        clearTimeout(timer)
        this.child.off('exit', ended)
        resolve(answer)
      })
    })
  }
}

function moebi({ name, peers, beams, tickTime }: MemberOptions): string[] {
  return [
    'env',
    `MOEBI_FAULTS_TICK=${tickTime}`,
    process.execPath,
    ...nodeFlags,
    file('member.ts'),
    name,
    peers.join(','),
    beams.join(','),
  ]
}

function erlang({ name, peers, epmdPort, home, beam, tickTime }: MemberOptions): string[] {
  const module = readFileSync(file('member.erl')).toString('base64')
  const list = `[${peers.map((peer) => `'${peer}'`).join(',')}]`
  const code = `
    {ok, Tokens, _} = erl_scan:string(binary_to_list(base64:decode("${module}"))),
    Split = fun S([], [], Forms) -> lists:reverse(Forms);
                S([{dot, _} = Dot | Rest], Form, Forms) ->
                  {ok, Parsed} = erl_parse:parse_form(lists:reverse([Dot | Form])), S(Rest, [], [Parsed | Forms]);
                S([Token | Rest], Form, Forms) -> S(Rest, [Token | Form], Forms) end,
    {ok, member, Code} = compile:forms(Split(Tokens, [], [])),
    {module, member} = code:load_binary(member, "member", Code),
    member:start(${list}).`
  const seconds = String(tickTime / 1_000)
  const kernel = ['inet_dist_use_interface', '{127,0,0,1}', 'logger_level', 'error', 'net_ticktime', seconds]
  const argv = [
    'erl',
    '-noshell',
    '-sname',
    name,
    '-setcookie',
    'faults',
    '-kernel',
    ...kernel,
    '-eval',
    code,
  ]
  return beam!.command(argv, { HOME: home.inside, ...epmdEnv(epmdPort) })
}

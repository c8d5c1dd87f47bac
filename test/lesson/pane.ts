import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Beam, epmdEnv, type Home, moebi, newlyStuck, type ProcessStack } from '../support/beam.ts'
import type { Probe } from '../support/probe.ts'
import { Terminal } from '../support/terminal.ts'
import type { Networks } from './networks.ts'
import type { Line, Role, Shown, Who } from './script.ts'
import {
  describeLines,
  matches,
  promptCount,
  promptNumber,
  readPane,
  withoutAside,
  withoutTyped,
} from './transcript.ts'

export interface PaneOptions {
  readonly who: Who
  readonly role: Role
  readonly beam: Beam
  readonly home: Home
  readonly epmdPort: number
  readonly cookie?: string | undefined
  /** The folder of the Chat application, as its node names it. */
  readonly app?: string | undefined
  /** The networks in which the players live when not on this machine's loopback. */
  readonly networks?: Networks | undefined
}

/** How an expression is expected to come back to its prompt. */
export interface Answer {
  readonly fails?: boolean | undefined
  readonly open?: boolean | undefined
}

const exampleChat = fileURLToPath(new URL('../../examples/chat', import.meta.url))

/** One of the players: the terminal, what is known of it already, and, of a real node, the probe. */
export class Pane implements AsyncDisposable {
  readonly who: Who
  readonly role: Role
  living = true
  /** The lines that the present step has added, without what was typed. */
  news: readonly string[] = []
  #typed: readonly string[] = []
  #seen: readonly string[] = []
  #before: readonly string[] = []
  #log: readonly string[] = []
  #logBefore = 0
  /** How many prompts there should be, and the number that the last of them should bear. */
  #prompts = 1
  #number = 1
  #fails = false
  #screen = ''
  #stacks: readonly ProcessStack[] = []
  readonly #terminal: Terminal
  readonly #probe: Probe | undefined
  readonly #networks: Networks | undefined

  private constructor({ who, role, networks }: PaneOptions, terminal: Terminal, probe: Probe | undefined) {
    this.who = who
    this.role = role
    this.#terminal = terminal
    this.#probe = probe
    this.#networks = networks
  }

  static async open(options: PaneOptions): Promise<Pane> {
    const { who, role, beam, home, epmdPort, cookie, app, networks } = options
    const name = networks?.nameOf(who) ?? `${who}@localhost`
    const place = networks?.placeOf(who)
    const launch =
      role === 'elixir'
        ? await beam.launch({
            kind: 'iex',
            name,
            longName: place !== undefined,
            epmdPort,
            place,
            home,
            ...(cookie && { cookie }),
            ...(app && { project: app }),
          })
        : undefined
    const terminal = await Terminal.start(launch?.argv ?? shell(name, options))
    const pane = new Pane(options, terminal, launch?.probe)
    try {
      await terminal.waitFor(new RegExp(`^(iex|moebi)\\(${name}\\)1>`, 'm'), { timeout: 60_000 })
      if (launch !== undefined) {
        await launch.probe.ready(launch.logFile)
        pane.#stacks = await launch.probe.processStacks()
      }
      await pane.#look()
      pane.turn()
      return pane
    } catch (cause) {
      const screen = await terminal.text()
      await pane[Symbol.asyncDispose]()
      throw new Error(`${name} did not start. Its terminal shows:\n${screen}`, { cause })
    }
  }

  /** Types an expression, each line when the one before has been taken. */
  async type(lines: readonly string[], { fails = false, open = false }: Answer = {}): Promise<void> {
    this.#typed = lines
    if (!open) this.answers({ fails })
    for (const [index, line] of lines.entries()) {
      const { row } = await this.#terminal.cursor()
      await this.#terminal.type(`${this.#networks?.asTyped(line) ?? line}\n`)
      if (index < lines.length - 1) await this.#continues(row)
    }
  }

  /** From now on one more prompt is expected: for what is being typed, or for what was left open. */
  answers({ fails = false }: Answer = {}): void {
    this.#prompts++
    this.#fails = fails
    if (!fails) this.#number++
  }

  /**
   * What differs from the expectation now, in sentences.
   * @param aside lines that may stand once among the expected ones, in the pane and in the log
   */
  async compare(
    expected: Shown,
    { logs = [], aside = [] }: { readonly logs?: readonly Line[]; readonly aside?: readonly RegExp[] } = {},
  ): Promise<string[]> {
    if (!this.living) return []
    await this.#look()
    const added = this.#seen.slice(this.#before.length)
    const unchanged = this.#before.every((line, index) => this.#seen[index] === line)
    const rest = withoutTyped(added, this.#typed)
    this.news = rest ?? added
    const shows = `but shows:\n${this.news.join('\n') || 'nothing'}`
    if (!unchanged) return [`${this.who} has changed what it had shown before`]
    if (rest === undefined) return [`${this.who} should show what was typed, ${shows}`]
    if (!matches(withoutAside(rest, aside), expected))
      return [`${this.who} should show:\n${describeLines(expected)}\n${shows}`]
    return this.#comparePrompt() ?? this.#compareLog(logs, aside)
  }

  /** Begins the next step: what was compared last is old. */
  turn(): void {
    this.#before = this.#seen
    this.#logBefore = this.#log.length
    this.#typed = []
    this.news = []
    // A shell that began anew may have begun to count anew.
    this.#number = promptNumber(this.#screen)
    this.#fails = false
  }

  async #look(): Promise<void> {
    const screen = await this.#terminal.text()
    this.#screen = this.#networks?.asWritten(screen) ?? screen
    this.#seen = readPane(this.#screen)
  }

  #comparePrompt(): string[] | undefined {
    const count = promptCount(this.#screen)
    const number = promptNumber(this.#screen)
    if (count < this.#prompts) return [`${this.who} has no prompt again`]
    if (count > this.#prompts)
      return [`${this.who} has ${count} prompts where ${this.#prompts} were expected`]
    if (number === this.#number || (this.#fails && number < this.#number)) return undefined
    return [`${this.who} has a prompt with the number ${number} in place of ${this.#number}`]
  }

  async #compareLog(logs: readonly Line[], aside: readonly RegExp[]): Promise<string[]> {
    if (this.#probe === undefined) return []
    const log = await this.#probe.log()
    this.#log = this.#networks ? log.map((line) => this.#networks!.asWritten(line)) : log
    const added = this.#log.slice(this.#logBefore)
    if (matches(withoutAside(added, aside), { lines: logs })) return []
    return [
      `${this.who} should log:\n${describeLines({ lines: logs })}\nbut logs:\n${added.join('\n') || 'nothing'}`,
    ]
  }

  /** The processes of a real node that wait for somebody and did not when it started; one that only passes by is let go. */
  async stuck(): Promise<string[]> {
    if (this.#probe === undefined) return []
    const first = newlyStuck(this.#stacks, await this.#probe.processStacks())
    if (first.length === 0) return []
    await pause(300)
    const again = new Set((await this.#probe.processStacks()).map(({ pid, frames }) => `${pid} ${frames}`))
    return first
      .filter(({ pid, frames }) => again.has(`${pid} ${frames}`))
      .map(({ pid, name, frames }) => `${this.who}: ${pid} ${name} waits in ${frames.join(' < ')}`)
  }

  /** Ends the operating system's process as a power cut would. */
  async kill(): Promise<void> {
    this.living = false
    process.kill((await this.#probe?.pid()) ?? (await this.#terminal.pid()), 'SIGKILL')
    await this.#terminal.ended()
  }

  async halt(): Promise<void> {
    await this.#terminal.type('System.halt()\n')
    await this.#terminal.ended()
    this.living = false
  }

  screen(): Promise<string> {
    return this.#terminal.text()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#probe?.close()
    await this.#terminal.stop()
  }

  /** The shell has taken a line and wants more: the cursor stands lower, behind a continuation prompt. */
  async #continues(row: number): Promise<void> {
    const deadline = Date.now() + 15_000
    for (;;) {
      const cursor = await this.#terminal.cursor()
      if (cursor.row > row && cursor.column > 0) return
      if (Date.now() > deadline) throw new Error(`${this.who} does not ask for more:\n${await this.screen()}`)
      await pause(40)
    }
  }
}

function shell(name: string, { who, cookie, app, home, epmdPort, networks }: PaneOptions): string[] {
  const place = networks?.placeOf(who)
  const args = ['shell', place === undefined ? '--sname' : '--name', name]
  if (cookie !== undefined) args.push('--cookie', cookie)
  if (app !== undefined) args.push('-S', exampleChat)
  const command = moebi(args, { HOME: home.outside, ...epmdEnv(epmdPort, place?.address) })
  return [...(place?.entered ?? []), ...command]
}

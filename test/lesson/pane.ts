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
  /** Folder of the Chat application, as its node names it. */
  readonly app?: string | undefined
  /** Networks of the nodes; the loopback of this machine unless given. */
  readonly networks?: Networks | undefined
}

/** How the prompt is expected to change after an expression. */
export interface Answer {
  readonly fails?: boolean | undefined
  readonly open?: boolean | undefined
}

const exampleChat = fileURLToPath(new URL('../../examples/chat', import.meta.url))

/** Terminal of one node, the part of its output that was compared before, and, for a real node, the probe. */
export class Pane implements AsyncDisposable {
  readonly who: Who
  readonly role: Role
  living = true
  /** Lines that the current step has added, without the typed ones. */
  news: readonly string[] = []
  #typed: readonly string[] = []
  #seen: readonly string[] = []
  #before: readonly string[] = []
  #log: readonly string[] = []
  #logBefore = 0
  /** Expected count of prompts, and the expected number in the last one. */
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

  /** Types an expression. Each line is typed after the shell has read the one before. */
  async type(lines: readonly string[], { fails = false, open = false }: Answer = {}): Promise<void> {
    this.#typed = lines
    if (!open) this.answers({ fails })
    for (const [index, line] of lines.entries()) {
      const { row } = await this.#terminal.cursor()
      await this.#terminal.type(`${this.#networks?.asTyped(line) ?? line}\n`)
      if (index < lines.length - 1) await this.#continues(row)
    }
  }

  /** Expects one more prompt, after the typed expression or after one that has not returned yet. */
  answers({ fails = false }: Answer = {}): void {
    this.#prompts++
    this.#fails = fails
    if (!fails) this.#number++
  }

  /**
   * Returns the differences from the expectation, as sentences.
   * @param aside lines that may appear once among the expected ones, in the pane and in the log
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

  /** Begins the next step. Lines that were compared before are ignored from now on. */
  turn(): void {
    this.#before = this.#seen
    this.#logBefore = this.#log.length
    this.#typed = []
    this.news = []
    // A restarted shell may have restarted the numbers of its prompts.
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

  /** Returns the processes of a real node that wait for an answer and did not when it started; short-lived ones are left out. */
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

  /** Kills the operating system process. */
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

  /** Returns whether the shell has read a line and waits for another one: the cursor is lower, after a continuation prompt. */
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

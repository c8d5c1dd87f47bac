import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { TmuxClient } from './tmux-client.ts'

/** How often the screen is read while something is waited for, in ms. */
const POLL = 15

export interface TerminalOptions {
  /** The whole environment of the command; nothing is inherited. PATH, TERM and a UTF-8 locale are filled in. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly width?: number
  readonly height?: number
}

export interface Cursor {
  readonly column: number
  /** Counted from the first line of the history, so that it never goes back. */
  readonly row: number
}

/**
 * A program in a real terminal: a tmux server of its own with one window. It is typed to and read like a person
 * would: `waitFor` waits for text, never for time. Not for programs that need no terminal; spawn those.
 */
export class Terminal {
  readonly #folder: string
  readonly #client: TmuxClient
  #stopped = false

  private constructor(folder: string, client: TmuxClient) {
    this.#folder = folder
    this.#client = client
  }

  static async start(command: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
    const { env = {}, cwd = process.cwd(), width = 200, height = 60 } = options
    const folder = await mkdtemp(join(tmpdir(), 'moebi-terminal-'))
    const all = {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      TERM: 'screen-256color',
      LC_ALL: 'C.UTF-8',
      ...env,
    }
    const assignments = Object.entries(all).map(([name, value]) => `${name}=${value}`)
    const size = ['-x', `${width}`, '-y', `${height}`]
    // What a dead program last said stays readable.
    const keep = ['set', '-g', 'remain-on-exit', 'on', ';', 'set', '-g', 'history-limit', '50000', ';']
    const window = ['new-session', '-d', ...size, '-c', cwd, '--', '/usr/bin/env', '-i', ...assignments]
    const client = new TmuxClient(folder, ['start-server', ';', ...keep, ...window, ...command])
    await client.ready
    return new Terminal(folder, client)
  }

  /** Types the text as it is; a line end presses Enter. */
  async type(text: string): Promise<void> {
    const lines = text.split('\n')
    for (const [index, line] of lines.entries()) {
      if (line !== '') await this.#tmux('send-keys', '-l', '--', line)
      if (index < lines.length - 1) await this.key('Enter')
    }
  }

  /** Presses a key by tmux's name: `C-c`, `Enter`, `Up`, `Tab`. */
  async key(...names: string[]): Promise<void> {
    await this.#tmux('send-keys', ...names)
  }

  /** Pastes the text as a terminal does that can tell a paste from typing (bracketed paste). */
  async paste(text: string): Promise<void> {
    await this.#tmux('set-buffer', '--', text)
    await this.#tmux('paste-buffer', '-p')
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#tmux('resize-window', '-x', `${width}`, '-y', `${height}`)
  }

  /** What stands on the screen now, with the colours as escape sequences. */
  colors(): Promise<string> {
    return this.#tmux('capture-pane', '-p', '-e')
  }

  /** All that the terminal has shown, scrolled-off lines included, wrapped lines joined. */
  async text(): Promise<string> {
    const screen = await this.#tmux('capture-pane', '-p', '-J', '-S', '-')
    return screen
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => !line.startsWith('Pane is dead'))
      .join('\n')
      .trimEnd()
  }

  /** Waits until the text appears anywhere in the terminal; the error shows the whole screen. */
  async waitFor(wanted: string | RegExp, { timeout = 50_000 }: { timeout?: number } = {}): Promise<string> {
    const found = (screen: string) =>
      typeof wanted === 'string' ? screen.includes(wanted) : wanted.test(screen)
    const deadline = Date.now() + timeout
    for (;;) {
      const screen = await this.text()
      if (found(screen)) return screen
      if (Date.now() > deadline)
        throw new Error(`the terminal did not show ${wanted} within ${timeout} ms. It shows:\n${screen}`)
      await pause(POLL)
    }
  }

  async cursor(): Promise<Cursor> {
    const answer = await this.#ask('#{cursor_x} #{cursor_y} #{history_size}')
    const [x = 0, y = 0, history = 0] = answer.split(' ').map(Number)
    return { column: x, row: y + history }
  }

  /** The operating system's id of the program. */
  async pid(): Promise<number> {
    return Number(await this.#ask('#{pane_pid}'))
  }

  /** Whether the program still runs. */
  async alive(): Promise<boolean> {
    return (await this.#ask('#{pane_dead}')) === '0'
  }

  /** Waits until the program has left the terminal. With what status tmux does not always learn, so it is not told. */
  async ended({ timeout = 50_000 }: { timeout?: number } = {}): Promise<void> {
    const deadline = Date.now() + timeout
    while (await this.alive()) {
      if (Date.now() > deadline)
        throw new Error(`the program did not end within ${timeout} ms. It shows:\n${await this.text()}`)
      await pause(POLL)
    }
  }

  /** Closes the terminal under the program, as a person closes a window. */
  async hangUp(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    await this.#client.killServer()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Ends the program and the terminal. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    // The terminal's hang-up alone would leave a BEAM its time, or alive.
    if (await this.alive()) kill(await this.pid())
    await this.hangUp()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #ask(format: string): Promise<string> {
    return (await this.#tmux('display-message', '-p', format)).trim()
  }

  #tmux(...words: string[]): Promise<string> {
    return this.#client.run(words)
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

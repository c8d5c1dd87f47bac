import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

interface Pending {
  readonly words: readonly string[]
  readonly resolve: (output: string) => void
  readonly reject: (error: Error) => void
}

/**
 * A tmux server of its own, and a client in control mode that gives it commands. One program serves all commands of a
 * terminal: starting a tmux for each of them took most of the time of a test. See the chapter on control mode in tmux(1).
 */
export class TmuxClient {
  /** Resolves when the session can be given commands. */
  readonly ready: Promise<void>
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  readonly #pending: Pending[] = []
  /** What tmux wrote beside answers, for the error when it ends. */
  #complaint = ''
  #output: string[] | undefined

  /** @param start the words of tmux that start the server and a session */
  constructor(folder: string, start: readonly string[]) {
    const attach = [';', 'attach-session', '-f', 'ignore-size,no-output']
    const child = spawn('tmux', ['-L', 'moebi', '-f', '/dev/null', '-C', ...start, ...attach], {
      env: { ...process.env, TMUX: '', TMUX_TMPDIR: folder },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child = child
    child.stdin.on('error', () => {})
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#complaint += text))
    const lines = createInterface({ input: child.stdout, crlfDelay: 0 })
    lines.on('line', (line) => this.#read(line))
    this.ready = new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        if (line.startsWith('%session-changed ')) resolve()
      })
      const fail = (): void => reject(new Error(`tmux did not start a session:\n${this.#complaint}`))
      child.once('error', fail)
      child.once('close', fail)
    })
    this.#ended = new Promise((resolve) => {
      const end = (why: string): void => {
        for (const { words, reject } of this.#pending.splice(0))
          reject(new Error(`tmux ${words.join(' ')} was not answered: ${why}\n${this.#complaint}`))
        resolve()
      }
      child.once('error', (error) => end(error.message))
      child.once('close', (code) => end(`its client ended with ${code}`))
    })
  }

  /** Runs one command, and returns what it printed. */
  run(words: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#child.exitCode !== null)
        reject(new Error(`tmux ${words.join(' ')} came too late: the server has ended\n${this.#complaint}`))
      this.#pending.push({ words, resolve, reject })
      this.#child.stdin!.write(`${words.map(quoted).join(' ')}\n`)
    })
  }

  /** Ends the server, and with it the terminal. */
  async killServer(): Promise<void> {
    this.run(['kill-server']).catch(() => {})
    await this.#ended
  }

  // An answer stands between `%begin TIME NUMBER FLAGS` and `%end …` or `%error …`. FLAGS is 1 for a command of this client.
  #read(line: string): void {
    const guard = /^%(begin|end|error) \d+ \d+ ([01])$/.exec(line)
    if (guard === null) {
      if (this.#output) this.#output.push(line)
      return
    }
    if (guard[1] === 'begin') {
      this.#output = []
      return
    }
    const output = (this.#output ?? []).join('\n')
    this.#output = undefined
    if (guard[2] === '0') {
      if (guard[1] === 'error') this.#complaint += `${output}\n`
      return
    }
    const { words, resolve, reject } = this.#pending.shift()!
    if (guard[1] === 'end') resolve(output)
    else reject(new Error(`tmux ${words.join(' ')}: ${output}`))
  }
}

/** A word as tmux's own parser reads it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`).replaceAll('\n', `'"\\n"'`)}'`
}

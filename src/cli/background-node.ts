import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../bin/moebi.js', import.meta.url))
const READY = 'ready'
/** How long a node may take to come up, in ms. */
const START_TIMEOUT_MS = 60_000

/**
 * Another node, a shell without a terminal in a process of its own. It lives for as long as we hold its input open.
 */
export class BackgroundNode {
  readonly name: string
  /** Resolves when the node is up. @throws Error with what it printed when it ends before */
  readonly ready: Promise<void>
  readonly #child: ChildProcess
  #stopping = false

  /**
   * @param args behind `moebi shell`
   * @param print is given each line that the node prints, with its name before it
   */
  constructor(name: string, args: readonly string[], print: (line: string) => void) {
    this.name = name
    this.#child = spawn(process.execPath, [bin, 'shell', '--sname', name, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const early: string[] = []
    this.ready = new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer)
        reject(new Error(`${name} did not come up: ${why}\n${early.join('\n')}`.trimEnd()))
      }
      const timer = setTimeout(() => fail(`no word from it within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS)
      let up = false
      for (const stream of [this.#child.stdout!, this.#child.stderr!])
        createInterface({ input: stream }).on('line', (line) => {
          if (!up && line === `"${READY}"`) {
            up = true
            clearTimeout(timer)
            resolve()
          } else if (up) print(`${name} | ${line}`)
          else early.push(line)
        })
      this.#child.once('error', (error) => fail(error.message))
      this.#child.once('exit', (code, killedBy) => {
        const how = killedBy ? `was ended by ${killedBy}` : `ended with exit code ${code}`
        if (!up) fail(`it ${how}.`)
        else if (!this.#stopping) print(`${name} ${how}`)
      })
    })
    this.#child.stdin!.on('error', () => {})
    this.#child.stdin!.write(`'${READY}'\n`)
  }

  /** Ends the node and waits until it has gone. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin!.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3_000)
    await gone
    clearTimeout(timer)
  }
}

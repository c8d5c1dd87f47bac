import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { packageFolder } from '../package/index.ts'

const bin = fileURLToPath(new URL('bin/moebi.js', packageFolder))
const READY = 'ready'
const START_TIMEOUT_MS = 60_000

/** Node in a system process of its own: a `moebi shell` without a terminal. It ends when its input is closed. */
export class BackgroundNode {
  readonly name: string
  /** Resolves when the node is up. Rejects with an error that contains its output when it ends before that. */
  readonly ready: Promise<void>
  readonly #child: ChildProcess
  #stopping = false

  /**
   * @param args further arguments of `moebi shell`
   * @param print called with each line that the node prints, prefixed with its name
   */
  constructor(name: string, args: readonly string[], print: (line: string) => void) {
    this.name = name
    this.#child = spawn(process.execPath, [bin, 'shell', '--sname', name, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const startOutput: string[] = []
    this.ready = new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer)
        reject(new Error(`${name} did not start: ${why}\n${startOutput.join('\n')}`.trimEnd()))
      }
      const timer = setTimeout(
        () => fail(`it has printed no prompt within ${START_TIMEOUT_MS} ms`),
        START_TIMEOUT_MS,
      )
      let up = false
      for (const stream of [this.#child.stdout!, this.#child.stderr!])
        createInterface({ input: stream }).on('line', (line) => {
          if (!up && line === `"${READY}"`) {
            up = true
            clearTimeout(timer)
            resolve()
          } else if (up) print(`${name} | ${line}`)
          else startOutput.push(line)
        })
      this.#child.once('error', (error) => fail(error.message))
      this.#child.once('exit', (code, killedBy) => {
        const how = killedBy ? `was killed by ${killedBy}` : `ended with exit code ${code}`
        if (!up) fail(`it ${how}.`)
        else if (!this.#stopping) print(`${name} ${how}`)
      })
    })
    this.#child.stdin!.on('error', () => {})
    this.#child.stdin!.write(`'${READY}'\n`)
  }

  /** Ends the node and waits for the exit of its process. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin!.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3_000)
    await exited
    clearTimeout(timer)
  }
}

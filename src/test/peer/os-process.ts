import { type ChildProcess, spawn } from 'node:child_process'
import { clearTimeout, setTimeout } from 'node:timers'

/** Time in ms that a process has to end by itself. Then it is killed. */
const STOP_TIMEOUT = 3_000

/** The processes that run. They are killed when this program ends without having stopped them. */
const running = new Set<OsProcess>()

function killAll(): void {
  for (const process of running) process.kill('SIGKILL')
}

/** Operating system process of a peer, with its output. */
export class OsProcess {
  /** What the process has written to standard output and standard error. */
  output = ''
  readonly child: ChildProcess
  /** Resolves with a phrase that says how the process ended: `ended with exit code 1`. */
  readonly exited: Promise<string>
  #ended = false
  /** Kills the process, while it is paused, when this program ends: a stopped process does not notice that. */
  #guard: ChildProcess | undefined

  /** @param ipc whether the process is a Node.js program that gets messages with `process.on('message')` */
  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv, ipc: boolean) {
    this.child = spawn(command, args, {
      env,
      stdio: ipc ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
      serialization: 'advanced',
    })
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => {
        this.output += text
      })
    }
    if (running.size === 0) process.on('exit', killAll)
    running.add(this)
    this.exited = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#ended = true
        this.#endGuard()
        running.delete(this)
        if (running.size === 0) process.off('exit', killAll)
        resolve(how)
      }
      this.child.once('error', (error) => end(`could not be started: ${error.message}`))
      // After the end of its output.
      this.child.once('close', (code, signal) =>
        end(signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`),
      )
    })
  }

  get ended(): boolean {
    return this.#ended
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#ended) this.child.kill(signal)
  }

  /** Sends SIGSTOP. */
  pause(): void {
    if (this.#ended || this.#guard) return
    // The end of its input is the end of this program, also by SIGKILL.
    const script = ['-c', 'read line; kill -KILL "$0"', String(this.child.pid)]
    this.#guard = spawn('sh', script, { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    this.kill('SIGSTOP')
  }

  /** Sends SIGCONT. */
  resume(): void {
    this.kill('SIGCONT')
    this.#endGuard()
  }

  #endGuard(): void {
    this.#guard?.kill('SIGKILL')
    this.#guard = undefined
  }

  /** Asks the process to end, kills it when it does not, and waits for its end. */
  async stop(ask: () => void): Promise<void> {
    if (this.#ended) return
    // A stopped process handles no request.
    this.resume()
    ask()
    const timer = setTimeout(() => this.kill('SIGKILL'), STOP_TIMEOUT)
    await this.exited
    clearTimeout(timer)
  }
}

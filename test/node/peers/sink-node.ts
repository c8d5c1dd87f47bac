import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

// The process `sink` takes `{sender, n, bytes}` and checks that the numbers of each sender come without a gap. It answers `{:count, from}` with
// the number of messages and the first gap, or nil. The server `echo` answers `{size, n, bytes}` with n, the number of
// calls before, and the length of the bytes.
const program = (name: string, cookie: string): string => `
  import { atom, GenServer, Node, Process, receive, reply, self, send, spawn, tuple } from '${new URL('../../../dist/index.js', import.meta.url)}'
  const node = await Node.start({ name: '${name}', cookie: '${cookie}', log: (line) => process.stderr.write(line), allow: 'open' })
  await node.run(() => {
    spawn(async () => {
      Process.register(self(), 'sink')
      const next = new Map()
      let count = 0
      let gap = null
      for (;;) {
        const message = await receive()
        if (message.length === 2) {
          send(message[1], tuple(count, gap))
          continue
        }
        const [sender, n] = message
        if (n !== (next.get(sender) ?? 0)) gap ??= tuple(sender, n)
        next.set(sender, n + 1)
        count++
      }
    })
    const Echo = GenServer.define({ init: () => 0, call: { size: (count, n, bytes) => reply(tuple(n, count, bytes.length), count + 1) } })
    void Echo.start(undefined, { name: 'echo' })
  })
  console.log('ready')
`

/** A Moebi node in a process of its own, which a test can stop with a signal. It runs the build in `dist`. */
export class SinkNode implements AsyncDisposable {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(name: string, cookie: string): Promise<SinkNode> {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(name, cookie)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout! })
    await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`the node ${name} ended with ${code}`))),
    ])
    return new SinkNode(child)
  }

  /** The program stands still: it reads and sends nothing. */
  stop(): void {
    this.#child.kill('SIGSTOP')
  }

  continue(): void {
    this.#child.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}

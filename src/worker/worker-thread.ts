import { MessageChannel, Worker as WorkerThread } from 'node:worker_threads'
import { configSource } from '../config/index.ts'
import { decode, encode } from '../etf/index.ts'
import { loaderHooks } from '../loader/index.ts'
import type { RunningNode } from '../node/index.ts'
import { packageFolder } from '../package/index.ts'
import { explaining } from '../permission/index.ts'
import { exitReason } from '../process/index.ts'
import { type Atom, atom, ExitError, hideFields, normal, type Term, tuple } from '../term/index.ts'
import { PortStream } from './port-stream.ts'
import type { MainMessage, WorkerData, WorkerMessage } from './thread-messages.ts'

/** Main file of the threads. Node.js 20 cannot run TypeScript in a thread, so the source uses the file that was built. */
const MAIN = new URL('dist/worker/thread-main.js', packageFolder)
const OPTIONS = import.meta.url.endsWith('.ts') ? { execArgv: [] } : {}

let threads = 0

/** A thread with a node, and the connection to that node. */
export class Thread {
  /** Resolves when the application has started. Rejects with an ExitError when it cannot start. */
  readonly ready: Promise<void>
  readonly #thread: WorkerThread
  readonly #stream: PortStream
  readonly #ended: Promise<void>

  /** @param onEnd called with the exit reason when the thread has ended */
  constructor(node: RunningNode, name: string, file: string, onEnd: (reason: Term) => void) {
    const { port1, port2 } = new MessageChannel()
    const data: WorkerData = {
      name,
      creation: ++threads,
      parent: node.name,
      cookie: node.cookies.for(name),
      user: encode(node.kernel.user),
      file,
      hooks: [...loaderHooks],
      config: configSource(),
      port: port2,
    }
    this.#stream = new PortStream(port1)
    const options = { ...OPTIONS, name, workerData: data, transferList: [port2] }
    const thread = explaining(() => new WorkerThread(MAIN, options), `The worker ${name} needs a thread`)
    this.#thread = thread
    let reason: Term
    let accepted = false
    thread.on('error', (error) => {
      reason = exitReason(error)
    })
    const exited = new Promise<void>((resolve) => {
      thread.on('exit', (code) => {
        reason ??= code === 0 ? normal : tuple(atom('worker_exit'), code)
        if (!accepted) this.#stream.destroy()
        resolve()
      })
    })
    // Everything that the thread has sent is read before its end is reported.
    const streamClosed = new Promise<void>((resolve) => this.#stream.on('close', () => resolve()))
    this.#ended = Promise.all([exited, streamClosed]).then(() => onEnd(reason))
    this.ready = new Promise((resolve, reject) => {
      const failed = (why: Term): void => reject(new ExitError(why, { self: node.kernel.name }))
      thread.on('message', (message: WorkerMessage) => {
        // The time limit of the handshake must not include the start of the thread.
        if (message.type === 'connecting') {
          accepted = true
          const worker = atom(name) as Atom
          void node.peers
            .accept(this.#stream, Number.POSITIVE_INFINITY)
            .then(() => node.peers.setMoebi(worker))
        } else if (message.type === 'ready') resolve()
        else failed(decode(message.reason))
      })
      void this.#ended.then(() => failed(reason))
    })
    this.ready.catch(() => {})
  }

  /** Stops the application, then the thread. Resolves when the thread has ended. */
  async stop(): Promise<void> {
    const message: MainMessage = { type: 'stop' }
    this.#thread.postMessage(message)
    await this.#ended
  }

  /** Terminates the thread at once, also in the middle of a computation. */
  kill(): void {
    this.#stream.destroy()
    void this.#thread.terminate()
  }
}

hideFields(Thread)

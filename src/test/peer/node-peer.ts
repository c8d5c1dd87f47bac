import { fileURLToPath } from 'node:url'
import { packageFolder } from '../../package/index.ts'
import { OsProcess } from './os-process.ts'
import { Peer } from './peer.ts'
import type { PeerMessage, PeerRequest, PeerStart } from './peer-protocol.ts'

const program = fileURLToPath(new URL('dist/cli/peer-main.js', packageFolder))

/** Moebi node in an operating system process of its own. */
export class NodePeer extends Peer {
  readonly #process: OsProcess
  readonly #pending = new Map<number, () => void>()
  #lastId = 0

  private constructor(name: string, process: OsProcess) {
    super(name)
    this.#process = process
    process.child.on('message', (message) => this.#onMessage(message as PeerMessage))
    void process.exited.then(() => {
      for (const done of this.#pending.values()) done()
    })
  }

  /** Starts the process. @throws Error with the output of the process when the node does not start */
  static async start(start: PeerStart, env: NodeJS.ProcessEnv): Promise<NodePeer> {
    const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=DeprecationWarning']
    const args = [...flags, program]
    const process = new OsProcess(globalThis.process.execPath, args, env, true)
    const peer = new NodePeer(start.name, process)
    process.child.send(start, () => {})
    const failure = await Promise.race([peer.#ready(), process.exited])
    if (failure === undefined) return peer
    process.kill('SIGKILL')
    await process.exited
    throw new Error(`${start.name} did not start: ${failure}\n${process.output}`.trimEnd())
  }

  get output(): string {
    return this.#process.output
  }

  get osPid(): number {
    return this.#process.child.pid!
  }

  stop(): Promise<void> {
    return this.#process.stop(() => this.#send({ type: 'stop' }))
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#process.exited
  }

  pause(): void {
    this.#process.pause()
  }

  resume(): void {
    this.#process.resume()
  }

  setCookie(node: string, cookie: string): Promise<void> {
    const id = ++this.#lastId
    return new Promise((resolve) => {
      this.#pending.set(id, resolve)
      this.#send({ type: 'setCookie', id, node, cookie })
    })
  }

  /** Resolves when the node is up, or with the reason for which it is not. */
  #ready(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const { child } = this.#process
      child.on('message', (message) => {
        const received = message as PeerMessage
        if (received.type === 'ready') resolve(undefined)
        if (received.type === 'failed') resolve(received.message)
      })
    })
  }

  #onMessage(message: PeerMessage): void {
    if (message.type !== 'done') return
    this.#pending.get(message.id)?.()
    this.#pending.delete(message.id)
  }

  // The channel is closed when the process has just ended.
  #send(request: PeerRequest): void {
    const { child } = this.#process
    if (child.connected) child.send(request, () => {})
  }
}

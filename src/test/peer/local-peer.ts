import { serveClosures } from '../../closure/index.ts'
import { Application, type ApplicationSpec } from '../../gen/index.ts'
import { Node, type RunningNode, startNode } from '../../node/index.ts'
import { defaultKernel, setDefaultKernel } from '../../process/index.ts'
import { Peer } from './peer.ts'

export interface LocalPeerStart {
  readonly name: string
  readonly longNames: boolean
  readonly cookie: string
  readonly netTickTime?: number
  readonly app?: ApplicationSpec
}

/** Moebi node in the process of the test. */
export class LocalPeer extends Peer {
  output = ''
  readonly osPid: undefined = undefined
  #node: RunningNode | undefined

  private constructor(name: string) {
    super(name)
  }

  static async start({ app, ...options }: LocalPeerStart): Promise<LocalPeer> {
    const peer = new LocalPeer(options.name)
    const write = (text: string): void => {
      peer.output += text
    }
    const device = { write, readLine: async () => undefined, columns: undefined, rows: undefined }
    const before = defaultKernel()
    const node = await startNode({ ...options, device, log: write, closures: serveClosures })
    setDefaultKernel(before)
    peer.#node = node
    try {
      if (app) await node.run(() => Application.start(app))
    } catch (cause) {
      await node.stop()
      throw cause
    }
    return peer
  }

  get node(): RunningNode {
    return this.#node!
  }

  async stop(): Promise<void> {
    await this.node.run(() => Application.stopAll())
    await this.node.stop()
  }

  kill(): Promise<void> {
    throw this.#refusal('killed')
  }

  pause(): void {
    throw this.#refusal('paused')
  }

  resume(): void {
    throw this.#refusal('resumed')
  }

  async setCookie(node: string, cookie: string): Promise<void> {
    await this.node.run(() => {
      Node.setCookie(node, cookie)
      Node.disconnect(node)
    })
  }

  #refusal(what: string): Error {
    return new Error(
      `${this.name} runs in the process of the test, so it cannot be ${what}. Start it without inProcess: true.`,
    )
  }
}

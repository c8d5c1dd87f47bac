import type { Device } from '../../src/io/index.ts'
import { Node, type NodeOptions, type RunningNode } from '../../src/node/index.ts'
import { localEpmd } from './ports.ts'

/** What a node of a test has printed, line by line. */
export class Screen implements Device {
  readonly columns = 80
  readonly rows = 24
  text = ''
  /** What the node has logged. */
  log = ''
  readonly input: string[] = []

  write(text: string): void {
    this.text += text
  }

  async readLine(prompt: string): Promise<string | undefined> {
    this.text += prompt
    return this.input.shift()
  }
}

export interface TestNode {
  readonly node: RunningNode
  readonly screen: Screen
}

/** Nodes in this process, around an epmd of their own. Ends them all. */
export class Cluster implements AsyncDisposable {
  readonly epmdPort: number
  readonly cookie = 'test-cookie'
  readonly #before: string | undefined
  readonly #epmd: { close(): Promise<void> }
  readonly #nodes: RunningNode[] = []

  private constructor(epmd: { readonly port: number; close(): Promise<void> }) {
    this.#epmd = epmd
    this.epmdPort = epmd.port
    this.#before = process.env.ERL_EPMD_PORT
    process.env.ERL_EPMD_PORT = String(epmd.port)
  }

  static async start(): Promise<Cluster> {
    return new Cluster(await localEpmd())
  }

  async moebi(name: string, options: Partial<NodeOptions> = {}): Promise<TestNode> {
    const screen = new Screen()
    const node = await Node.start({
      name: `${name}@localhost`,
      cookie: this.cookie,
      device: screen,
      log: (line) => {
        screen.log += line
      },
      ...options,
    })
    this.#nodes.push(node)
    return { node, screen }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes) await node.stop()
    await this.#epmd.close()
    if (this.#before === undefined) delete process.env.ERL_EPMD_PORT
    else process.env.ERL_EPMD_PORT = this.#before
  }
}

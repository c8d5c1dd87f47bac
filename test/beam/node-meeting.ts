import { expect } from 'vitest'
import {
  type BeamNode,
  findBeam,
  type Home,
  type LaunchOptions,
  newlyStuck,
  startNode,
} from '../support/beam.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'

export const beam: NonNullable<ReturnType<typeof findBeam>> = findBeam()!

/** Whether what any handler of a log gets is in Elixir's words already. */
const TRANSLATES = 'Version.match?(System.version(), ">= 1.15.0")'

/**
 * Nodes of both kinds around an epmd of their own. At its end it looks at what the real ones have logged at warning or
 * above, and whether a process of theirs still waits for somebody.
 */
export class Meeting implements AsyncDisposable {
  readonly cluster: Cluster
  readonly #homes: Home[] = []
  readonly #nodes: BeamNode[] = []
  readonly #stacks = new Map<BeamNode, Awaited<ReturnType<BeamNode['processStacks']>>>()
  /** How many lines of a log have been looked at. */
  readonly #seen = new Map<BeamNode, number>()
  #translated = false
  /** What has to be in the logs of the real nodes, each once; nothing else may. */
  readonly expectedLog: (string | RegExp)[] = []
  /** What may be in them, as often as it likes. */
  readonly mayLog: RegExp[] = []

  private constructor(cluster: Cluster) {
    this.cluster = cluster
  }

  static async start(): Promise<Meeting> {
    return new Meeting(await Cluster.start())
  }

  moebi(...args: Parameters<Cluster['moebi']>): Promise<TestNode> {
    return this.cluster.moebi(...args)
  }

  async elixir(name: string, options: Partial<LaunchOptions> = {}): Promise<BeamNode> {
    const home = options.home ?? (await beam.home())
    if (!options.home) this.#homes.push(home)
    const { cookie, epmdPort } = this.cluster
    const node = await startNode(beam, {
      kind: 'elixir',
      name: `${name}@localhost`,
      cookie,
      epmdPort,
      home,
      ...options,
    })
    this.#nodes.push(node)
    if (options.kind !== 'erl') this.#translated = (await node.evaluate(TRANSLATES)) === 'true'
    this.#stacks.set(node, await node.processStacks())
    return node
  }

  /**
   * The crash of a server of a real node, which belongs in its log, by texts that are in it: as OTP has it with a crash report, or
   * as Elixir has it, which leaves those out.
   */
  expectCrash(...texts: readonly string[]): void {
    const all = texts.join('.*')
    this.expectedLog.push(new RegExp(`(Generic server|GenServer) .*${all}`))
    if (!this.#translated) this.expectedLog.push(new RegExp(`crasher.*${all}`))
  }

  /** Fails when a real node's log has a line too many or too few, or a process of it has got stuck. */
  async check(): Promise<void> {
    const lines: string[] = []
    for (const node of this.#nodes) {
      const log = await node.log()
      const news = log.slice(this.#seen.get(node) ?? 0)
      lines.push(...news.filter((line) => !this.mayLog.some((allowed) => allowed.test(line))))
      this.#seen.set(node, log.length)
      // What has gone on within five seconds was not stuck. A node that was ended on purpose has no processes.
      await eventually(
        `nobody in ${node.name} waits for an answer`,
        async () =>
          newlyStuck(this.#stacks.get(node)!, await node.processStacks().catch(() => [])).length === 0,
        { timeout: 5_000, pause: 100 },
      )
    }
    const missing = this.expectedLog.filter((expected) => {
      const at = lines.findIndex((line) =>
        typeof expected === 'string' ? line.includes(expected) : expected.test(line),
      )
      if (at >= 0) lines.splice(at, 1)
      return at < 0
    })
    expect({ unexpected: lines, missing }).toEqual({ unexpected: [], missing: [] })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes) await node.stop()
    await this.cluster[Symbol.asyncDispose]()
    for (const home of this.#homes) await home[Symbol.asyncDispose]()
  }
}

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

/** Whether log handlers receive entries that Elixir's Logger has translated. */
const TRANSLATES = 'Version.match?(System.version(), ">= 1.15.0")'

/**
 * Moebi nodes and real nodes with an epmd of their own. At its end it checks what the real nodes have logged at level warning or
 * above, and that none of their processes waits for an answer.
 */
export class Meeting implements AsyncDisposable {
  readonly cluster: Cluster
  readonly #homes: Home[] = []
  readonly #nodes: BeamNode[] = []
  readonly #stacks = new Map<BeamNode, Awaited<ReturnType<BeamNode['processStacks']>>>()
  /** Number of log lines that were checked. */
  readonly #seen = new Map<BeamNode, number>()
  #translated = false
  /** Lines that the logs of the real nodes must contain once each. Other lines are failures. */
  readonly expectedLog: (string | RegExp)[] = []
  /** Lines that the logs may contain any number of times. */
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
   * Expects the log entry of the crash of a server of a real node, given by parts of its text. OTP also logs a crash report;
   * Elixir does not.
   */
  expectCrash(...texts: readonly string[]): void {
    const all = texts.join('.*')
    this.expectedLog.push(new RegExp(`(Generic server|GenServer) .*${all}`))
    if (!this.#translated) this.expectedLog.push(new RegExp(`crasher.*${all}`))
  }

  /** Fails when the log of a real node has unexpected or missing lines, or one of its processes waits for an answer. */
  async check(): Promise<void> {
    const lines: string[] = []
    for (const node of this.#nodes) {
      const log = await node.log()
      const news = log.slice(this.#seen.get(node) ?? 0)
      lines.push(...news.filter((line) => !this.mayLog.some((allowed) => allowed.test(line))))
      this.#seen.set(node, log.length)
      // A process that continues within five seconds is not stuck. A node that the test has ended has no processes.
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

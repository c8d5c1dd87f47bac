import { isDeepStrictEqual } from 'node:util'
import type { Beam, Home } from '../support/beam.ts'
import { eventually } from '../support/eventually.ts'
import { FaultyNetwork } from './faulty-network.ts'
import { type MemberOptions, MemberProcess } from './member-process.ts'
import type { Ended, MemberStatus, SetMonitor } from './member-status.ts'

/** Silence in ms after which a peer is down. */
export const TICK_TIME = 4_000
/** Within this time the nodes are connected again, and everything that waits has ended. */
const HEALED_WITHIN = 45_000
/** Reasons with which a call, a task or a monitor may end, beside its result. */
const REASONS = ['noconnection', 'nodedown', 'noproc', 'timeout', 'killed', 'shutdown'].flatMap((word) => [
  word,
  `:${word}`,
])

/** What is left of a member that was killed. */
interface Past {
  readonly load: Record<string, number>
  readonly ends: Record<string, Ended>
}

/** Nodes under load, each a process of its own, in a network that can be impaired. */
export class Cluster implements AsyncDisposable {
  readonly network: FaultyNetwork
  readonly random: () => number
  readonly names: readonly string[]
  readonly #options: Pick<MemberOptions, 'home' | 'beam'>
  readonly #members = new Map<string, MemberProcess>()
  /** The counts of every Moebi node while the cluster has no load. An Erlang node starts processes of its own when it needs them. */
  #counts: Readonly<Record<string, number>> | undefined
  /** The monitors of every Moebi node at that time, by the name of the node. */
  readonly #monitored = new Map<string, readonly SetMonitor[]>()
  readonly #past: Past = { load: {}, ends: {} }
  readonly complaints: string[] = []

  private constructor(
    network: FaultyNetwork,
    random: () => number,
    names: readonly string[],
    options: Pick<MemberOptions, 'home' | 'beam'>,
  ) {
    this.network = network
    this.random = random
    this.names = names
    this.#options = options
  }

  /** @param beam adds an Erlang node */
  static async start(
    size: number,
    random: () => number,
    home: Home,
    beam: Beam | undefined,
  ): Promise<Cluster> {
    const names = Array.from({ length: size }, (_, i) => `n${i + 1}@localhost`)
    if (beam) names.push('erl1@localhost')
    const cluster = new Cluster(await FaultyNetwork.start(random), random, names, { home, beam })
    for (const name of names) await cluster.startMember(name)
    return cluster
  }

  /** The Moebi nodes but the first, which lives as long as the cluster. */
  get mortal(): readonly string[] {
    return this.names.filter((name) => /^n(?!1@)/.test(name))
  }

  get moebi(): readonly string[] {
    return this.names.filter((name) => name.startsWith('n'))
  }

  member(name: string): MemberProcess {
    return this.#members.get(name)!
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)]!
  }

  memberOptions(name: string): MemberOptions {
    return {
      ...this.#options,
      name,
      kind: name.startsWith('erl') ? 'erl' : 'moebi',
      peers: this.names.filter((each) => each !== name),
      beams: this.names.filter((each) => each.startsWith('erl')),
      epmdPort: this.network.epmdPort,
      tickTime: TICK_TIME,
    }
  }

  async startMember(name: string): Promise<void> {
    this.#members.set(name, await MemberProcess.start(this.memberOptions(name)))
  }

  /** Ends a member, and keeps the count of its load. */
  async endMember(name: string, how: (member: MemberProcess) => unknown): Promise<void> {
    const member = this.member(name)
    const { load, ends } = await member.status()
    add(this.#past, load, ends)
    await how(member)
    await member.kill()
  }

  async statuses(): Promise<MemberStatus[]> {
    return Promise.all([...this.#members.values()].map((member) => member.status()))
  }

  /** Waits until all nodes are connected to all others, and the monitor of each on each is set. */
  async healed(): Promise<void> {
    let statuses: MemberStatus[] = []
    await eventually(
      'the cluster to heal',
      async () => {
        statuses = await this.statuses()
        return statuses.every(
          ({ nodes, monitors }) =>
            nodes.length === this.names.length - 1 && monitors === this.names.length - 1,
        )
      },
      { timeout: HEALED_WITHIN, pause: 200 },
    ).catch(() => {
      for (const { name, nodes, monitors } of statuses)
        this.#complain(`${name} is connected to ${nodes.join(' ') || 'none'}, and has ${monitors} monitors`)
    })
  }

  /**
   * Stops the load, and checks that no message was lost, that nothing waits any more, and that each node has as many processes, links,
   * monitors, names, and sockets as before.
   */
  async check(fault: string): Promise<readonly MemberStatus[]> {
    await this.#each('pause')
    let statuses: MemberStatus[] = []
    const quiet = async (): Promise<boolean> => {
      statuses = await this.statuses()
      const received = statuses.every(({ name, lastSent }) =>
        Object.entries(lastSent).every(
          ([peer, number]) => statuses.find((each) => each.name === peer)!.lastReceived[name] === number,
        ),
      )
      return (
        received && statuses.every((status) => status.waiting.length === 0 && this.#countsAsBefore(status))
      )
    }
    await eventually('the cluster to be quiet', quiet, { timeout: 20_000, pause: 100 }).catch(() => {
      for (const status of statuses) {
        const { name, waiting, counts, lastSent } = status
        if (waiting.length > 0) this.#complain(`${fault}: ${name} waits: ${waiting.join(', ')}`)
        if (!this.#countsAsBefore(status))
          this.#complain(
            `${fault}: ${name} had ${JSON.stringify(this.#counts)} and has ${JSON.stringify(counts)}${this.#monitorsText(status)}`,
          )
        for (const [peer, number] of Object.entries(lastSent)) {
          const got = statuses.find((each) => each.name === peer)!.lastReceived[name]
          if (got !== number)
            this.#complain(`${fault}: ${peer} got ${got} of ${number} messages from ${name}`)
        }
      }
    })
    for (const { broken, overdue, ends } of statuses) {
      for (const line of [...broken, ...overdue]) this.#complain(`${fault}: ${line}`)
      for (const end of Object.keys(ends)) {
        const reason = end.slice(end.indexOf(' ') + 1)
        if (reason !== 'ok' && !REASONS.includes(reason)) this.#complain(`${fault}: unexpected end: ${end}`)
      }
    }
    await this.#each('resume')
    return statuses
  }

  /** Takes the counts of this moment as those that each node must have after a fault. */
  async measure(): Promise<void> {
    await this.#each('pause')
    await eventually('the cluster to be quiet at the start', async () => {
      const statuses = await this.statuses()
      this.#counts = statuses.find(({ name }) => name === this.names[0])!.counts
      for (const { name, monitored } of statuses) this.#monitored.set(name, monitored)
      return statuses.every((status) => status.waiting.length === 0 && this.#countsAsBefore(status))
    })
    await this.#each('resume')
  }

  /** The load of all members, also of those that have ended, and how their waits ended. */
  async total(): Promise<Past> {
    const total: Past = { load: {}, ends: {} }
    for (const { load, ends } of [this.#past, ...(await this.statuses())]) add(total, load, ends)
    return total
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.#members.values()) {
      member.child.kill('SIGCONT')
      await member.kill()
    }
    await this.network[Symbol.asyncDispose]()
  }

  get logs(): string {
    return [...this.#members].map(([name, { log }]) => `${name}:\n${log}`).join('\n')
  }

  async #each(command: string): Promise<void> {
    await Promise.all([...this.#members.values()].map((member) => member.command(command)))
  }

  #countsAsBefore({ name, counts }: MemberStatus): boolean {
    return !name.startsWith('n') || isDeepStrictEqual(counts, this.#counts)
  }

  /** Names the monitors that a node has and had not before, and those that it had. */
  #monitorsText({ name, monitored }: MemberStatus): string {
    const before = this.#monitored.get(name) ?? []
    const added = without(monitored, before)
    const gone = without(before, monitored)
    const text = ({ what, pid, target }: SetMonitor): string => `${what} (${pid}, ${target})`
    return [
      added.length > 0 ? `. Monitors that are new: ${added.map(text).join('; ')}` : '',
      gone.length > 0 ? `. Monitors that are gone: ${gone.map(text).join('; ')}` : '',
    ].join('')
  }

  #complain(complaint: string): void {
    if (!this.complaints.includes(complaint)) this.complaints.push(complaint)
  }
}

function add(
  total: Past,
  load: Readonly<Record<string, number>>,
  ends: Readonly<Record<string, Ended>>,
): void {
  for (const [key, value] of Object.entries(load)) total.load[key] = (total.load[key] ?? 0) + value
  for (const [key, { count, longest }] of Object.entries(ends)) {
    const before = total.ends[key] ?? { count: 0, longest: 0 }
    total.ends[key] = { count: before.count + count, longest: Math.max(before.longest, longest) }
  }
}

/** Returns the monitors that are not in `others`. Of equal ones, as many as there are more. */
function without(monitors: readonly SetMonitor[], others: readonly SetMonitor[]): SetMonitor[] {
  const rest = others.map(({ what }) => what)
  return monitors.filter(({ what }) => {
    const index = rest.indexOf(what)
    if (index >= 0) rest.splice(index, 1)
    return index < 0
  })
}

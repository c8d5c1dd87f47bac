import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '../support/eventually.ts'
import { type Cluster, TICK_TIME } from './cluster.ts'
import { MemberProcess } from './member-process.ts'

/** Longer than the time after which every node has noticed a silent peer. */
const SILENCE = TICK_TIME * 1.75

/** A fault: what is done to the cluster. The cluster must heal by itself when this has ended. */
export interface Fault {
  readonly name: string
  inject(cluster: Cluster): Promise<void>
}

export const faults: readonly Fault[] = [
  {
    name: 'kill -9 of a node, which starts again within two seconds',
    async inject(cluster) {
      const name = cluster.pick(cluster.mortal)
      await cluster.endMember(name, (member) => member.kill())
      await pause(cluster.random() * 2_000)
      await cluster.startMember(name)
    },
  },
  {
    name: 'kill -9 of an Erlang node, which starts again',
    async inject(cluster) {
      const name = cluster.names.find((each) => each.startsWith('erl'))
      if (name === undefined) return
      await cluster.endMember(name, (member) => member.kill())
      await cluster.startMember(name)
    },
  },
  {
    name: 'restart under the same name without a pause',
    async inject(cluster) {
      const name = cluster.pick(cluster.mortal)
      for (let i = 0; i < 3; i++) {
        await cluster.endMember(name, (member) => member.kill('SIGTERM'))
        await cluster.startMember(name)
      }
    },
  },
  {
    name: 'an uncaught error ends the program of a node',
    async inject(cluster) {
      const name = cluster.pick(cluster.mortal)
      await cluster.endMember(name, async (member) => {
        await member.command('crash')
        await eventually('the end of the program', () => !member.running)
      })
      await cluster.startMember(name)
    },
  },
  {
    name: 'SIGSTOP for longer than net_ticktime',
    async inject(cluster) {
      const { child } = cluster.member(cluster.pick(cluster.mortal))
      child.kill('SIGSTOP')
      await pause(SILENCE)
      child.kill('SIGCONT')
    },
  },
  {
    name: 'an event loop that is blocked for longer than net_ticktime',
    async inject(cluster) {
      await cluster.member(cluster.pick(cluster.mortal)).command(`block ${SILENCE}`)
    },
  },
  {
    name: 'epmd is killed while a node restarts, and comes back',
    async inject(cluster) {
      await cluster.network.killEpmd()
      await pause(2_000 + cluster.random() * 4_000)
      await cluster.network.startEpmd()
      await registered(cluster)
    },
  },
  {
    name: 'the clock jumps a day forward, then two days back',
    async inject(cluster) {
      const member = cluster.member(cluster.pick(cluster.moebi))
      await member.command(`clock ${86_400_000}`)
      await pause(1_000)
      await member.command(`clock ${-86_400_000}`)
      await pause(1_000)
      await member.command('clock 0')
    },
  },
  {
    name: 'no file handles left',
    async inject(cluster) {
      const member = cluster.member(cluster.pick(cluster.mortal))
      const before = limitHandles(member, readdirSync(`/proc/${member.pid}/fd`).length - 2)
      const lost = cluster.pick(cluster.mortal.filter((name) => name !== member.name))
      await cluster.endMember(lost, (other) => other.kill())
      await cluster.startMember(lost)
      await pause(2_000)
      limitHandles(member, before)
    },
  },
  {
    name: 'a one-way cut of one link for longer than net_ticktime',
    async inject(cluster) {
      const [from, to] = twoOf(cluster, cluster.names)
      cluster.network.impair((a, b) => (a === from && b === to ? { cut: true } : undefined))
      await pause(SILENCE)
      await cluster.network.heal()
    },
  },
  {
    name: 'a node cut off from all others, both ways',
    async inject(cluster) {
      const cut = hostless(cluster.pick(cluster.mortal))
      cluster.network.impair((a, b) => (a === cut || b === cut ? { cut: true } : undefined))
      await pause(SILENCE)
      await cluster.network.heal()
    },
  },
  {
    name: 'a short cut of all links, of a fifth of net_ticktime',
    async inject(cluster) {
      cluster.network.impair(() => ({ cut: true }))
      await pause(TICK_TIME / 5)
      await cluster.network.heal()
    },
  },
  {
    name: '30 % loss and 200 ms delay',
    async inject(cluster) {
      cluster.network.impair(() => ({ loss: 0.3, delay: 200 }))
      await pause(8_000)
      await cluster.network.heal()
    },
  },
  {
    name: '100 connects and disconnects',
    async inject(cluster) {
      const [from, to] = twoOf(cluster, cluster.moebi).map((name) => `${name}@localhost`) as [string, string]
      await cluster.member(from).command(`flap ${to},100`)
    },
  },
  {
    name: 'a second node of the same name',
    async inject(cluster) {
      const { code, log } = await MemberProcess.failedStart(
        cluster.memberOptions(cluster.pick(cluster.moebi)),
      )
      if (code !== 1 || !log.includes('EPMD_NAME_IN_USE'))
        cluster.complaints.push(`a second node of the same name ended with ${code}: ${log}`)
    },
  },
]

function hostless(name: string): string {
  return name.split('@')[0]!
}

/** Returns the names of two members without their host. */
function twoOf(cluster: Cluster, names: readonly string[]): [string, string] {
  const first = cluster.pick(names)
  return [hostless(first), hostless(cluster.pick(names.filter((name) => name !== first)))]
}

/** Waits until epmd knows all nodes again, which a new node needs. */
async function registered(cluster: Cluster): Promise<void> {
  const { names } = await import('../../src/epmd/index.ts')
  const all = (): Promise<boolean> =>
    names('localhost', { port: cluster.network.epmdPort }).then(
      (found) => found.length === cluster.names.length,
      () => false,
    )
  await eventually('all names at epmd', all, { timeout: 30_000, pause: 100 })
}

/** Sets the number of file handles that a process may have. Returns the number before. */
function limitHandles({ pid }: MemberProcess, count: number): number {
  const [, before] = /(\d+)/.exec(
    execFileSync('prlimit', ['--pid', String(pid), '--nofile', '--output', 'SOFT', '--noheadings'], {
      encoding: 'utf8',
    }),
  )!
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${count}:`])
  return Number(before)
}

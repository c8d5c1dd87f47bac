import { atom, Pid, type Term } from '../../term/index.ts'
import { listOf, listProcesses, type ObservedNode, type ProcessRow } from '../remote/index.ts'
import type { Cluster } from './cluster.ts'
import { pidText, termText } from './pid-text.ts'
import { polled, type View } from './polled.ts'

const MOST_GROUPS = 200
const MOST_MEMBERS = 100

/** Registered names, registries, groups, global names, workers and zombies of a node. */
export function namesView(cluster: Cluster): View {
  return polled(cluster, async (_params, name) => {
    const node = cluster.node(name)
    const { rows } = await listProcesses(node)
    const problems: string[] = []
    const part = async (read: () => Promise<object[]>): Promise<object[]> => {
      try {
        return await read()
      } catch (thrown) {
        problems.push(cluster.explain(name, thrown))
        return []
      }
    }
    const state = cluster.states.find((each) => each.name === node.name)
    return {
      registered: rows
        .filter((row) => row.name)
        .map((row) => ({ name: termText(row.name!, node.name), pid: pidText(row.pid) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      registries: await part(() => registriesOf(node, rows)),
      groups: await part(() => groupsOf(node)),
      global: await part(() => globalNamesOf(node)),
      workers: rows
        .filter(({ label }) => label?.startsWith('{:worker, '))
        .map(({ pid, label }) => ({ node: label!.slice('{:worker, '.length, -1), pid: pidText(pid) })),
      zombies: (state?.info?.zombies ?? []).map((zombie) => ({ ...zombie, pid: pidText(zombie.pid) })),
      problems,
    }
  })
}

async function registriesOf(node: ObservedNode, rows: readonly ProcessRow[]): Promise<object[]> {
  const registries = rows.filter(
    ({ name, initialCall: [, fn] }) => name && String(fn) === 'Elixir.Registry.Supervisor',
  )
  const read: object[] = []
  for (const { name, pid } of registries.slice(0, MOST_GROUPS)) {
    const count = await node.call('Elixir.Registry', 'count', [name!])
    read.push({ name: termText(name!, node.name), pid: pidText(pid), count: Number(count) })
  }
  return read
}

async function groupsOf(node: ObservedNode): Promise<object[]> {
  // A node of Erlang runs pg only where an application has started it.
  if (!((await node.call('erlang', 'whereis', [atom('pg')])) instanceof Pid)) return []
  const groups = listOf(await node.call('pg', 'which_groups', []))
  const read: object[] = []
  for (const group of groups.slice(0, MOST_GROUPS)) {
    const members = listOf(await node.call('pg', 'get_members', [group]))
    read.push({ name: termText(group, node.name), count: members.length, members: pidsOf(members) })
  }
  return read
}

async function globalNamesOf(node: ObservedNode): Promise<object[]> {
  const names = listOf(await node.call('global', 'registered_names', []))
  const read: object[] = []
  for (const name of names.slice(0, MOST_GROUPS)) {
    const pid = await node.call('global', 'whereis_name', [name])
    if (pid instanceof Pid) read.push({ name: termText(name, node.name), pid: pidText(pid) })
  }
  return read
}

function pidsOf(members: readonly Term[]): object[] {
  return members
    .slice(0, MOST_MEMBERS)
    .filter((pid) => pid instanceof Pid)
    .map((pid) => pidText(pid as Pid))
}

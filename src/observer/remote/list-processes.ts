import { Pid } from '../../term/index.ts'
import type { ObservedNode } from './observed-node.ts'
import { listOf, type ProcessRow, readProcessRows } from './read-terms.ts'

/** Most processes of a node that are read. */
export const MOST_PROCESSES = 20_000
const BATCH = 500

/** Processes of a node: those that were read, and the number of all. */
export interface ProcessList {
  readonly rows: readonly ProcessRow[]
  readonly total: number
}

/** Reads the processes of a node, some at a time, so that the node does other things between. */
export async function listProcesses(node: ObservedNode): Promise<ProcessList> {
  const pids = listOf(await node.call('erlang', 'processes', [])).filter((pid) => pid instanceof Pid) as Pid[]
  const rows: ProcessRow[] = []
  for (let at = 0; at < Math.min(pids.length, MOST_PROCESSES); at += BATCH)
    rows.push(...(await readRows(node, pids.slice(at, at + BATCH))))
  return { rows, total: pids.length }
}

/** Reads processes of a node by their pids. */
export async function readRows(node: ObservedNode, pids: readonly Pid[]): Promise<ProcessRow[]> {
  return readProcessRows(await node.rows(pids))
}

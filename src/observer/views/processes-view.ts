import { functionName, listProcesses, MOST_PROCESSES, type ProcessRow } from '../remote/index.ts'
import type { Cluster } from './cluster.ts'
import { type PidText, pidText, termText } from './pid-text.ts'
import { polled, type View } from './polled.ts'

/** Rows that the page gets. */
const MOST_ROWS = 200

/** The processes of a node: the first ones by `sort`, `dir` and `search`. */
export function processesView(cluster: Cluster): View {
  return polled(cluster, async (params, name) => {
    const node = cluster.node(name)
    const { rows, total } = await listProcesses(node)
    const search = (params.get('search') ?? '').toLowerCase()
    const shown = rows
      .map(rowValue)
      .filter((row) => search === '' || textsOf(row).some((text) => text.toLowerCase().includes(search)))
    const sorted = shown.sort(comparison(params.get('sort') ?? 'queue', params.get('dir') !== 'up'))
    return {
      total,
      isCut: total > MOST_PROCESSES,
      read: rows.length,
      found: shown.length,
      rows: sorted.slice(0, MOST_ROWS),
    }
  })
}

/** A process as the page shows it. */
export interface RowValue
  extends Pick<ProcessRow, 'label' | 'status' | 'queue' | 'memory' | 'reductions' | 'current'> {
  readonly pid: PidText
  readonly name: string | undefined
  /** `Counter.init/1` */
  readonly call: string
}

export function rowValue({ pid, name, initialCall, ancestors: _ancestors, ...rest }: ProcessRow): RowValue {
  return {
    ...rest,
    pid: pidText(pid),
    name: name && termText(name, pid.node),
    call: functionName(initialCall),
  }
}

function textsOf({ pid, name = '', call, label = '' }: RowValue): string[] {
  return [pid.text, name, call, label]
}

function comparison(sort: string, down: boolean): (a: RowValue, b: RowValue) => number {
  const sign = down ? -1 : 1
  return (a, b) => {
    const [first, second] = [sortKey(a, sort), sortKey(b, sort)]
    if (typeof first === 'number' && typeof second === 'number' && first !== second)
      return sign * (first - second)
    if (first !== second) return sign * (String(first) < String(second) ? -1 : 1)
    return Number(a.pid.id.split('.')[0]) - Number(b.pid.id.split('.')[0])
  }
}

function sortKey(row: RowValue, sort: string): string | number {
  switch (sort) {
    case 'queue':
    case 'memory':
    case 'reductions':
      return row[sort] ?? -1
    case 'name':
      return row.name ?? row.label ?? row.call
    case 'status':
      return row.status
    default:
      return row.current
  }
}

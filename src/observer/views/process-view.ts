import { readProcessDetail, readRows } from '../remote/index.ts'
import type { Cluster } from './cluster.ts'
import { pidText, readPid, targetText } from './pid-text.ts'
import { polled, type View } from './polled.ts'
import { rowValue } from './processes-view.ts'

/** One process: `node` and `pid`. */
export function processView(cluster: Cluster): View {
  return polled(cluster, async (params, name) => {
    const node = cluster.node(name)
    const pid = readPid(node.name, params.get('pid'))
    const [row] = await readRows(node, [pid])
    const detail = row && readProcessDetail(await node.detail(pid))
    if (!row || !detail) return { ended: true }
    return {
      row: rowValue(row),
      ancestors: row.ancestors.map((each) => targetText(each, node.name)),
      links: detail.links.map(pidText),
      monitors: detail.monitors.map((each) => targetText(each, node.name)),
      monitoredBy: detail.monitoredBy.map(pidText),
      groupLeader: detail.groupLeader && pidText(detail.groupLeader),
      trapExit: detail.trapExit,
      stack: detail.stack,
      messages: detail.messages,
    }
  })
}

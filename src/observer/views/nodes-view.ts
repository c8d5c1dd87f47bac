import type { Cluster, NodeState } from './cluster.ts'
import { polled, type View } from './polled.ts'

/** The nodes and their links. The first value has the samples of the last 15 minutes, each later one the latest sample. */
export function nodesView(cluster: Cluster): View {
  return (params, send) => {
    send({
      history: Object.fromEntries(cluster.states.map(({ name, history }) => [name.name, history.samples])),
    })
    return polled(cluster, () => ({ self: cluster.self.name, nodes: cluster.states.map(nodeValue) }))(
      params,
      send,
    )
  }
}

function nodeValue({ name, node, info, problem, roundTrip, history }: NodeState): object {
  return {
    name: name.name,
    kind: node?.kind,
    problem,
    roundTrip: roundTrip === undefined ? undefined : Math.round(roundTrip * 10) / 10,
    sample: history.latest,
    ...(info && { ...info, zombies: info.zombies.length }),
  }
}

import { Atom, type Term } from '../../term/index.ts'
import { functionName, readSupervisionTree, SilentSupervisors, type TreeNode } from '../remote/index.ts'
import type { Cluster } from './cluster.ts'
import { pidText, termText } from './pid-text.ts'
import { polled, type View } from './polled.ts'

/** The supervision trees of a node. */
export function treeView(cluster: Cluster): View {
  const silent = new SilentSupervisors()
  return polled(cluster, async (_params, name) => {
    const node = cluster.node(name)
    const trees = await readSupervisionTree(node, silent, (thrown) => cluster.explain(name, thrown))
    return { trees: trees.map((tree) => treeValue(tree, node.name)) }
  })
}

function treeValue(
  { pid, id, row, isSupervisor, state, children, count, problem }: TreeNode,
  node: Atom,
): object {
  const idText = id === undefined || isAtom(id, 'undefined') ? undefined : termText(id, node)
  const title = row?.name
    ? termText(row.name, node)
    : (idText ?? row?.label ?? (row && functionName(row.initialCall)))
  return {
    pid: pid && pidText(pid),
    id: idText,
    title,
    isSupervisor,
    state,
    count,
    problem,
    queue: row?.queue,
    children: children.map((child) => treeValue(child, node)),
  }
}

function isAtom(term: Term, name: string): boolean {
  return term instanceof Atom && term.name === name
}

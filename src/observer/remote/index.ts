/** Nodes of the cluster, as the observer reads them: Moebi nodes, and nodes of Erlang and Elixir. */
export { connectTo, type ObservedNode } from './connect-to.ts'
export { explainFailure } from './failure.ts'
export { listProcesses, MOST_PROCESSES, readRows } from './list-processes.ts'
export {
  fieldsOf,
  functionName,
  type LinkInfo,
  listOf,
  type NodeInfo,
  numberOf,
  type ProcessDetail,
  type ProcessRow,
  readNodeInfo,
  readProcessDetail,
  textOf,
} from './read-terms.ts'
export { readSupervisionTree, SilentSupervisors, type TreeNode } from './supervision-tree.ts'

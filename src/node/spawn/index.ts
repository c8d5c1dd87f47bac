/** Starting processes and evaluating code on other nodes: `Node.spawn` and its forms, and `Node.eval`. */
export { Code, type ErlangEvaluation, elixir, erlang, evaluateErlang, type RemoteCall } from './code.ts'
export { type FunctionSerializer, remoteCallOf, type SpawningNode } from './remote-call.ts'
export { type EvalRequest, type RemoteEval, remoteEval } from './remote-eval.ts'
export { type RemoteSpawn, remoteSpawn, type SpawnRequest } from './remote-spawn.ts'
export {
  type SpawnRequestForms,
  type SpawnRequestOptions,
  spawnRequest,
  spawnRequestAbandon,
} from './spawn-request.ts'

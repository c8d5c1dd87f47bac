/** Starting processes on other nodes: `Node.spawn` and its forms. */
export type { FunctionSerializer, RemoteCall, SpawningNode } from './remote-call.ts'
export { type RemoteSpawn, remoteSpawn, type SpawnRequest } from './remote-spawn.ts'

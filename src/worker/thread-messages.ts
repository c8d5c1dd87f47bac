import type { MessagePort } from 'node:worker_threads'
import type { ConfigSource } from '../config/index.ts'

/** Start data of a worker's thread. */
export interface WorkerData {
  /** Name of the worker's node. */
  readonly name: string
  readonly creation: number
  /** Name of the node that starts the worker, the only one that it can connect to. */
  readonly parent: string
  readonly cookie: string
  /** Group leader for the output: a pid of the parent, in the external term format. */
  readonly user: Uint8Array
  /** URL of the file that exports the application. */
  readonly file: string
  /** URLs of module loader hooks to register in the thread. */
  readonly hooks: readonly string[]
  /** Configuration to load, which is that of the program. */
  readonly config: ConfigSource | undefined
  readonly port: MessagePort
}

/** Messages from the thread to the node that started it. */
export type WorkerMessage =
  /** The node of the thread is started and connects now. */
  | { readonly type: 'connecting' }
  /** The application has started. */
  | { readonly type: 'ready' }
  /** The application did not start. The reason is in the external term format. */
  | { readonly type: 'failed'; readonly reason: Uint8Array }

/** Messages to the thread. */
export type MainMessage = { readonly type: 'stop' }

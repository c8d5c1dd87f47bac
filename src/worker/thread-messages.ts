import type { MessagePort } from 'node:worker_threads'

/** What a worker's thread is started with. */
export interface WorkerData {
  /** The name of its node. */
  readonly name: string
  readonly creation: number
  /** The node that starts it, and the only one that it reaches. */
  readonly parent: string
  readonly cookie: string
  /** Where its output goes: a pid of the parent, as bytes of the external term format. */
  readonly user: Uint8Array
  /** The application, as a URL. */
  readonly file: string
  /** Hooks of the module loader that this thread needs too, as URLs. */
  readonly hooks: readonly string[]
  readonly port: MessagePort
}

/** What a thread tells. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  /** The application did not start; the reason as bytes. */
  | { readonly type: 'failed'; readonly reason: Uint8Array }

/** What a thread is told. */
export type MainMessage = { readonly type: 'stop' }

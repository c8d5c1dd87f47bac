/** Messages between a test and a Moebi peer in a process of its own, over the IPC channel of Node.js. */

/** How the peer starts: the first message to it. Other users can read the command line of a process, and this holds the cookie. */
export interface PeerStart {
  readonly name: string
  readonly longNames: boolean
  readonly cookie: string
  readonly netTickTime?: number
  /** Application that is started: the file that exports it, and its name unless it is the default export. */
  readonly app?: { readonly file: string; readonly name?: string }
}

export type PeerRequest =
  | { readonly type: 'stop' }
  /** Disconnects from a node, and uses another cookie for it from now on. */
  | { readonly type: 'setCookie'; readonly id: number; readonly node: string; readonly cookie: string }

export type PeerMessage =
  | { readonly type: 'ready' }
  /** The peer could not start, for a reason that its output does not tell. */
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'done'; readonly id: number }

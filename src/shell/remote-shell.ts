import type { Kernel } from '../process/index.ts'
import { serveShells } from './serve-shells.ts'

/**
 * Lets people with the cookie open a shell on a node that is a program of its own: `moebi remsh app@host`, and
 * `iex --remsh app@host`. They may run anything there.
 *
 * When not to use it: where the cookie is known to more people than may do so. Nodes of `moebi shell` do this by themselves.
 *
 * @example await Node.start({ name: 'app@localhost', remoteShell })
 */
export function remoteShell(kernel: Kernel): void {
  serveShells(kernel, { words: () => import('../index.ts') })
}

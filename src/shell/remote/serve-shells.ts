import { type Kernel, requireProcess, THIS_NODE } from '../../process/index.ts'
import { atom, type Pid, type Term } from '../../term/index.ts'
import { SHELL_MODULE, START } from './protocol.ts'
import { RemoteTerminal } from './remote-terminal.ts'
import { serveIex } from './serve-iex.ts'
import { type LoadScope, runShellSession } from './shell-session.ts'

export interface ServeShellsOptions {
  /** Loads the values that are in scope at the prompts, by name. Called when a shell starts. */
  readonly loadScope: LoadScope
}

/**
 * Lets users with the cookie open a shell on a node that is a program of its own, with `moebi remsh app@host` or
 * `iex --remsh app@host`. A user of such a shell may run any code on the node.
 *
 * When not to use it: where more people know the cookie than may run code on the node. Nodes of `moebi shell` serve shells
 * without this option.
 *
 * @example await Node.start({ name: 'app@localhost', remoteShell })
 */
export function remoteShell(kernel: Kernel): void {
  serveShells(kernel, { loadScope: () => import('../../index.ts') })
}

/** Lets other nodes open shells on this node, for `moebi remsh` and for `iex --remsh`. */
export function serveShells(kernel: Kernel, { loadScope }: ServeShellsOptions): void {
  kernel.modules.define(
    `:${SHELL_MODULE.name}`,
    {
      [START.name]: (client: Pid, options: Term) => {
        const process = requireProcess('moebi_shell:start')
        const { colors = false, columns = 80 } = options as { colors?: boolean; columns?: number }
        const terminal = new RemoteTerminal(process, client, { colors, columns })
        process.handle((message) => terminal.receive(message))
        process.monitors.monitor(client, () => process.exit(atom('normal')))
        return runShellSession(process, terminal, loadScope)
      },
    },
    THIS_NODE,
  )
  serveIex(kernel, loadScope)
}

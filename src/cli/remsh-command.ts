import { erpc, Node, type RunningNode } from '../node/index.ts'
import {
  openTerminal,
  RemoteShellClient,
  reportUncaughtErrors,
  type ShellExit,
  type Terminal,
} from '../shell/index.ts'
import { atom, type Term } from '../term/index.ts'
import { runElixirShell } from './elixir-shell.ts'
import { type NodeCommandOptions, nodeOptions } from './node-options.ts'
import { withOwnName } from './own-name.ts'

export type RemshOptions = Pick<NodeCommandOptions, 'sname' | 'name' | 'cookie' | 'tls' | 'distPort'>

/** Runs a shell on another node at this program's terminal, for `moebi remsh`. Ends the program. */
export async function runRemsh(target: string, options: RemshOptions): Promise<void> {
  const terminal = openTerminal()
  let node: RunningNode | undefined
  let exit: ShellExit
  try {
    node = await Node.start({
      ...nodeOptions({ ...withOwnName(target, 'remsh', options), contact: target, distListen: false })!,
      device: terminal,
      log: terminal.write.bind(terminal),
    })
    reportUncaughtErrors(node.kernel)
    exit = await openShell(node, target, terminal)
  } finally {
    terminal.close()
  }
  if (exit !== undefined) process.stderr.write(`moebi: ${exit}\n`)
  await node.stop()
  process.exit(exit === undefined ? 0 : 1)
}

async function openShell(node: RunningNode, target: string, terminal: Terminal): Promise<ShellExit> {
  const { kernel } = node
  const name = atom(target.includes('@') ? target : `${target}@${node.name.split('@')[1]}`)
  if (!(await node.peers.connect(name)))
    return `${name.name} cannot be reached. Check that it runs, and that it has the same cookie and the same kind of name (--sname or --name).`
  if (await node.isMoebi(name)) return new RemoteShellClient(kernel, terminal, name, kernel.user).run()
  const call = (module: string, fn: string, args: readonly Term[]): Promise<Term> =>
    erpc.call(name, module, fn, args)
  return runElixirShell({ kernel, terminal, node: name, call })
}

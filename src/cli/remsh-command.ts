import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { isLoopbackHost } from '../epmd/index.ts'
import { erpc, isLongHost, Node, type RunningNode } from '../node/index.ts'
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

export type RemshOptions = Pick<NodeCommandOptions, 'sname' | 'name' | 'cookie' | 'tls' | 'distPort'>

/** Runs a shell on another node at this program's terminal, for `moebi remsh`. Ends the program. */
export async function runRemsh(target: string, options: RemshOptions): Promise<void> {
  const terminal = openTerminal()
  let node: RunningNode | undefined
  let exit: ShellExit
  try {
    node = await Node.start({
      ...nodeOptions({ ...ownName(target, options), contact: target, distListen: false })!,
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

/**
 * Adds a name to options without one: a unique one of the same kind (short or long) as that of the target. Nobody connects to it,
 * so any host will do.
 */
function ownName(target: string, options: RemshOptions): NodeCommandOptions {
  if (options.sname !== undefined || options.name !== undefined) return options
  const own = `remsh-${process.pid}-${randomBytes(3).toString('hex')}`
  const [, host = ''] = target.split('@')
  if (host === '') return { ...options, sname: own }
  const long = isLongHost(host)
  const ownHost = isLoopbackHost(host) || isLongHost(hostname()) !== long ? host : hostname()
  return { ...options, [long ? 'name' : 'sname']: `${own}@${ownHost}` }
}

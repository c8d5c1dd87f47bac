import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
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

export interface RemshOptions {
  readonly sname?: string
  readonly name?: string
  readonly cookie?: string
  readonly tls?: string
}

/** Runs a shell on another node at this program's terminal, for `moebi remsh`. Ends the program. */
export async function runRemsh(target: string, options: RemshOptions): Promise<void> {
  const terminal = openTerminal()
  let node: RunningNode | undefined
  let exit: ShellExit
  try {
    node = await Node.start({
      ...nodeOptionsFor(target, options),
      hidden: true,
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

// With --sname undefined the target gives the node a name. Without --name and --sname the node has a unique name of the same kind (short or long) as the target's.
function nodeOptionsFor(
  target: string,
  options: RemshOptions,
): { name: string; longNames: boolean; cookie?: string; tls?: string; contact: string } {
  const common = {
    contact: target,
    ...(options.cookie === undefined ? {} : { cookie: options.cookie }),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  }
  if (options.name !== undefined) return { name: options.name, longNames: true, ...common }
  if (options.sname !== undefined) return { name: options.sname, longNames: false, ...common }
  const own = `remsh-${process.pid}-${randomBytes(3).toString('hex')}`
  const [, host = ''] = target.split('@')
  if (host === '' || host === 'localhost')
    return { name: host === '' ? own : `${own}@localhost`, longNames: false, ...common }
  const longNames = host.includes('.')
  if (host === '127.0.0.1') return { name: `${own}@127.0.0.1`, longNames, ...common }
  if (longNames && !hostname().includes('.'))
    throw new Error(
      `${target} has a long name, but this machine's host name (${hostname()}) is a short one. Give the address of this ` +
        'machine: --name remsh@host.example.org.',
    )
  return { name: `${own}@${hostname()}`, longNames, ...common }
}

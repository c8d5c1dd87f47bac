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
}

/** `moebi remsh`: a shell on another node, shown here. Ends the program. */
export async function runRemsh(target: string, options: RemshOptions): Promise<void> {
  const terminal = openTerminal()
  let node: RunningNode | undefined
  let end: ShellExit
  try {
    node = await Node.start({
      ...nodeOptionsFor(target, options),
      hidden: true,
      device: terminal,
      log: terminal.write.bind(terminal),
    })
    reportUncaughtErrors(node.kernel)
    end = await openShell(node, target, terminal)
  } finally {
    terminal.close()
  }
  if (end !== undefined) process.stderr.write(`moebi: ${end}\n`)
  await node.stop()
  process.exit(end === undefined ? 0 : 1)
}

async function openShell(node: RunningNode, target: string, terminal: Terminal): Promise<ShellExit> {
  const { kernel } = node
  const name = atom(target.includes('@') ? target : `${target}@${node.name.split('@')[1]}`)
  if (!(await node.peers.connect(name)))
    return `${name.name} cannot be reached. Is it up, is the cookie the same, and the kind of name (--sname or --name)?`
  if (await node.isMoebi(name)) return new RemoteShellClient(kernel, terminal, name, kernel.user).run()
  const call = (module: string, fn: string, args: readonly Term[]): Promise<Term> =>
    erpc.call(name, module, fn, args)
  return runElixirShell({ kernel, terminal, node: name, call })
}

// Of the same kind as the other node's, on this machine; nobody else has it.
function nodeOptionsFor(
  target: string,
  options: RemshOptions,
): { name: string; longNames: boolean; cookie?: string } {
  const cookie = options.cookie === undefined ? {} : { cookie: options.cookie }
  if (options.name !== undefined) return { name: options.name, longNames: true, ...cookie }
  if (options.sname !== undefined) return { name: options.sname, longNames: false, ...cookie }
  const own = `remsh-${process.pid}-${randomBytes(3).toString('hex')}`
  const [, host = ''] = target.split('@')
  if (host === '' || host === 'localhost')
    return { name: host === '' ? own : `${own}@localhost`, longNames: false, ...cookie }
  const longNames = host.includes('.')
  if (host === '127.0.0.1') return { name: `${own}@127.0.0.1`, longNames, ...cookie }
  if (longNames && !hostname().includes('.'))
    throw new Error(
      `${target} has a long name, and this machine's name (${hostname()}) is a short one. Say how others reach this ` +
        'machine: --name remsh@host.example.org.',
    )
  return { name: `${own}@${hostname()}`, longNames, ...cookie }
}

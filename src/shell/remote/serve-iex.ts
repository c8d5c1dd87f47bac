import { type Kernel, type LocalProcess, requireProcess, THIS_NODE } from '../../process/index.ts'
import { _, atom, is, isTuple, Pid, Reference, type Term, tuple } from '../../term/index.ts'
import { DeviceTerminal } from './device-terminal.ts'
import { INTERRUPT } from './protocol.ts'
import { type LoadScope, runShellSession } from './shell-session.ts'

/**
 * Defines the functions that `iex --remsh` and `erl -remsh` call on a node, so that they start a Moebi shell there. The shell reads
 * single lines from the group leader that iex or erl provides. Completion is not available.
 */
export function serveIex(kernel: Kernel, loadScope: LoadScope): void {
  const start = (_options: unknown, mfa: unknown): Pid => {
    const { groupLeader } = requireProcess('iex:start')
    const process = kernel.spawn(
      async () => {
        const shell = requireProcess('iex:start')
        await synchronize(shell, mfa)
        const terminal = new DeviceTerminal(shell)
        shell.trapExit = true
        shell.handle((message) => {
          // {'EXIT', Group, interrupt} means Ctrl-C; every other exit signal means that the terminal has ended.
          if (is(message, [atom('EXIT'), _, INTERRUPT])) terminal.interrupt()
          else if (is(message, [atom('EXIT'), _, _])) shell.exit(atom('normal'))
        })
        await runShellSession(shell, terminal, loadScope)
      },
      { groupLeader, label: 'iex --remsh' },
    )
    return process.pid
  }
  for (const name of [':iex', 'IEx']) kernel.modules.define(name, { start }, THIS_NODE)
  // What `erl -remsh` calls.
  kernel.modules.define(':shell', { start: () => start(undefined, undefined) }, THIS_NODE)
  kernel.modules.define(':edlin_expand', { expand: (..._: Term[]) => tuple(atom('no'), [], []) }, THIS_NODE)
}

// An iex evaluates its own .iex.exs and --eval before the remote shell may read. {Module, Function, [Parent, Ref]} names the
// process that reports the end of that: the shell sends {begin, Ref, Shell}, and waits for {done, Ref}.
async function synchronize(process: LocalProcess, mfa: unknown): Promise<void> {
  const args = isTuple(mfa) ? mfa.elements[2] : undefined
  const [parent, ref] = Array.isArray(args) ? (args as readonly Term[]) : []
  if (!(parent instanceof Pid) || !(ref instanceof Reference)) return
  process.kernel.send(process.pid, parent, tuple(atom('begin'), ref, process.pid))
  await process.mailbox.receiveAny()
}

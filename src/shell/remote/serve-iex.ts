import { type Kernel, type LocalProcess, requireProcess } from '../../process/index.ts'
import {
  _,
  atom,
  charlist,
  ErlangError,
  error,
  is,
  isTuple,
  Pid,
  Reference,
  type Term,
  tuple,
} from '../../term/index.ts'
import { DeviceTerminal } from './device-terminal.ts'
import { INTERRUPT } from './protocol.ts'
import { type LoadScope, runShellSession } from './shell-session.ts'

/** The OTP release that a node reports to `iex --remsh`: iex then starts its remote shell as on that release. */
const REPORTED_OTP_RELEASE = '29'

/** Modules that the other node expects here before it starts its shell. */
const SERVED: ReadonlySet<Term> = new Set([atom('iex'), atom('Elixir.IEx'), atom('shell')])

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
  for (const name of [':iex', 'IEx']) kernel.modules.define(name, { start })
  // What `erl -remsh` calls.
  kernel.modules.define(':shell', { start: () => start(undefined, undefined) })
  extendModule(kernel, ':code', {
    ensure_loaded: (module: Term) =>
      SERVED.has(module) ? tuple(atom('module'), module) : tuple(error, atom('nofile')),
  })
  extendModule(kernel, ':edlin_expand', { expand: (..._: Term[]) => tuple(atom('no'), [], []) })
  extendModule(kernel, ':net_kernel', { get_net_ticktime: () => 60 })
  extendModule(kernel, ':application', {
    get_env: (_application: Term, _key: Term, defaultValue: Term) => defaultValue,
  })
  extendModule(kernel, ':erlang', {
    system_info: (item: Term) => {
      if (item === atom('system_version'))
        return charlist(`Moebi [Node.js ${globalThis.process.versions.node}]`)
      if (item === atom('otp_release')) return charlist(REPORTED_OTP_RELEASE)
      throw new ErlangError(atom('badarg'))
    },
  })
}

// An iex evaluates its own .iex.exs and --eval before the remote shell may read. {Module, Function, [Parent, Ref]} names the
// process that reports the end of that: the shell sends {begin, Ref, Shell}, and waits for {done, Ref}.
async function synchronize(process: LocalProcess, mfa: unknown): Promise<void> {
  const args = isTuple(mfa) ? mfa.elements[2] : undefined
  const [parent, ref] = Array.isArray(args) ? (args as readonly Term[]) : []
  if (!(parent instanceof Pid) || !(ref instanceof Reference)) return
  process.kernel.send(process.pid, parent, tuple(atom('begin'), ref, process.pid))
  await process.mailbox.receive(undefined)
}

/** Adds functions to a module that may have been defined before. */
function extendModule(kernel: Kernel, name: string, functions: Readonly<Record<string, unknown>>): void {
  const module = atom(name.slice(1)) as never
  const existing = [...kernel.modules.exports(module).values()].map(
    ({ name, fn }) => [name.name, fn] as const,
  )
  kernel.modules.define(name, { ...Object.fromEntries(existing), ...functions })
}

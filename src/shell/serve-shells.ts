import {
  type Exported,
  type Exports,
  type Kernel,
  type LocalProcess,
  requireProcess,
} from '../process/index.ts'
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
} from '../term/index.ts'
import { DeviceTerminal } from './device-terminal.ts'
import { DistantTerminal } from './distant-terminal.ts'
import { ScopedEvaluator } from './scoped-evaluator.ts'
import { Shell } from './shell.ts'
import type { Terminal } from './terminal.ts'
import * as wire from './wire.ts'

export interface ServeShellsOptions {
  /** Loads what is in scope at the prompts, by name, when the first one is opened. */
  readonly words: () => Promise<Words>
}

type Words = Readonly<Record<string, unknown>>

/**
 * Lets other nodes open shells on this one: `moebi remsh`, and `iex --remsh`. Who has the cookie may call what is exported
 * here; who has a shell may run anything. Shells of `moebi` do this, applications only when they are told to.
 */
export function serveShells(kernel: Kernel, options: ServeShellsOptions): void {
  kernel.modules.define(`:${wire.MODULE.name}`, {
    [wire.START.name]: (client: Pid, given: Term) => {
      const process = requireProcess('moebi_shell:start')
      const { colors = false, columns = 80 } = given as { colors?: boolean; columns?: number }
      const terminal = new DistantTerminal(process, client, { colors, columns })
      process.handle((message) => terminal.receive(message))
      process.ties.monitor(client, () => process.exit(atom('normal')))
      return open(kernel, process, terminal, options)
    },
  })
  serveIex(kernel, options)
}

/** Runs a shell as this process, until its input ends or the process does. */
async function open(
  kernel: Kernel,
  process: LocalProcess,
  terminal: Terminal,
  options: ServeShellsOptions,
): Promise<void> {
  const words = await options.words()
  const end = (): void => process.exit(atom('normal'))
  const shell = new Shell({
    kernel,
    terminal,
    bindings: words,
    groupLeader: process.groupLeader,
    evaluator: new ScopedEvaluator(),
    // The node goes on: it is the shell that ends.
    halt: end,
  })
  process.onExit(() => shell.close())
  terminal.onInterrupt(() => shell.interrupt())
  shell.bindModules(modulesOf(kernel, words))
  terminal.write(
    `Moebi on Node.js ${processVersion()}, on ${kernel.name.name}: Ctrl-D leaves, and the node goes on\n\n`,
  )
  await shell.run()
  end()
}

function processVersion(): string {
  return globalThis.process.versions.node
}

/** The modules of the node whose names can be words and are none yet: `Chat`. */
function modulesOf(kernel: Kernel, words: Words): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const module of kernel.modules.names()) {
    const name = module.name.replace(/^Elixir\./, '')
    if (name === module.name || name in words || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name))
      continue
    found[name] = asWritten(kernel.modules.exports(module))
  }
  return found
}

// A function is found under its name on the wire and as it was written; a person wants the latter.
function asWritten(functions: ReadonlyMap<string, Exported>): Exports {
  const written = new Map<unknown, readonly [key: string, fn: unknown]>()
  for (const [key, { name, fn }] of functions)
    if (key !== name.name || !written.has(fn)) written.set(fn, [key, fn])
  return Object.fromEntries(written.values())
}

/**
 * What `iex --remsh` asks a node for, and then starts there. Its terminal is a group leader: it gives lines, without the
 * editing of several at once, and completes nothing.
 */
function serveIex(kernel: Kernel, options: ServeShellsOptions): void {
  const start = (_options: Term, mfa: Term): Pid => {
    const { groupLeader } = requireProcess('iex:start')
    const process = kernel.spawn(
      async () => {
        const shell = requireProcess('iex:start')
        await synchronized(shell, mfa)
        const terminal = new DeviceTerminal(shell)
        shell.trapExit = true
        shell.handle((message) => {
          // {'EXIT', Group, interrupt} is a Ctrl-C; any other one is the end of the terminal.
          if (is(message, [atom('EXIT'), _, wire.INTERRUPT])) terminal.interrupt()
          else if (is(message, [atom('EXIT'), _, _])) shell.exit(atom('normal'))
        })
        await open(kernel, shell, terminal, options)
      },
      { groupLeader, label: 'iex --remsh' },
    )
    return process.pid
  }
  for (const name of [':iex', 'IEx']) kernel.modules.define(name, { start })
  extend(kernel, ':code', {
    ensure_loaded: (module: Term) =>
      module === atom('iex') || module === atom('Elixir.IEx')
        ? tuple(atom('module'), module)
        : tuple(error, atom('nofile')),
  })
  extend(kernel, ':edlin_expand', { expand: (..._: Term[]) => tuple(atom('no'), [], []) })
  extend(kernel, ':net_kernel', { get_net_ticktime: () => 60 })
  extend(kernel, ':application', { get_env: (_application: Term, _key: Term, otherwise: Term) => otherwise })
  extend(kernel, ':erlang', {
    system_info: (item: Term) => {
      if (item === atom('system_version')) return charlist(`Moebi [Node.js ${processVersion()}]`)
      if (item === atom('otp_release')) return charlist(LIKE_OTP)
      throw new ErlangError(atom('badarg'))
    },
  })
}

// An iex evaluates what it was given on its own command line before the remote shell reads: {Module, Function, [Parent, Ref]}
// is how it is told when it may.
async function synchronized(process: LocalProcess, mfa: Term): Promise<void> {
  const args = isTuple(mfa) ? mfa.elements[2] : undefined
  const [parent, ref] = Array.isArray(args) ? (args as readonly Term[]) : []
  if (!(parent instanceof Pid) || !(ref instanceof Reference)) return
  process.kernel.send(process.pid, parent, tuple(atom('begin'), ref, process.pid))
  // {done, Ref}
  await process.take(undefined)
}

/** The release of OTP whose way of opening shells this is. */
const LIKE_OTP = '29'

/** Adds functions to a module that others may have defined. */
function extend(kernel: Kernel, name: string, functions: Readonly<Record<string, unknown>>): void {
  const module = atom(name.slice(1)) as never
  const before = [...kernel.modules.exports(module).values()].map(({ name, fn }) => [name.name, fn] as const)
  kernel.modules.define(name, { ...Object.fromEntries(before), ...functions })
}

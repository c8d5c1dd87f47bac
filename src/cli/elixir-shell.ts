import { startGroupLeader } from '../io/index.ts'
import { type Kernel, runInProcess } from '../process/index.ts'
import type { Completion, ShellExit, Terminal } from '../shell/index.ts'
import { type Atom, atom, charlist, inspect, isTuple, Pid, type Term, text, tuple } from '../term/index.ts'

export interface ElixirShellOptions {
  readonly kernel: Kernel
  readonly terminal: Terminal
  readonly node: Atom
  readonly call: (module: string, fn: string, args: readonly Term[]) => Promise<Term>
}

/**
 * Runs the iex of an Elixir node (or the shell of an Erlang node) at a terminal of this program, as `iex --remsh` does: the shell
 * process runs on that node, and its group leader on this one. The functions that the shell names for reading (`get_until`) and
 * for completion are called on its node.
 */
export async function runElixirShell({
  kernel,
  terminal,
  node,
  call,
}: ElixirShellOptions): Promise<ShellExit> {
  let expand: Term
  let reading = false
  const readLine = async (prompt: string): Promise<string | undefined> => {
    reading = true
    const typed = await terminal.readInput({
      prompt,
      continuation: '',
      isIncomplete: () => false,
      complete: (typed, cursor) => expandOnNode(typed.slice(0, cursor), expand, call),
    })
    reading = false
    interruptedAt = Number.NEGATIVE_INFINITY
    return typed === undefined ? undefined : `${typed}\n`
  }
  const device = {
    write: (text: string) => terminal.write(text),
    readLine,
    get columns() {
      return terminal.columns
    },
    get rows() {
      return terminal.rows
    },
  }
  const leader = startGroupLeader(kernel, device, {
    callOn: (_node, module, name, args) => call(`:${module.name}`, name.name, args),
    onExpandFun: (fun) => {
      expand = fun
    },
  })
  const process = kernel.create({ groupLeader: leader.pid, label: 'remsh' })
  process.handle(() => {})
  let interruptedAt = Number.NEGATIVE_INFINITY
  return new Promise((resolve) => {
    const start = async (): Promise<void> => {
      const shell = await startShellProcess(call)
      if (!(shell instanceof Pid))
        return resolve(`${node.name} has not started a shell: expected a pid, got ${inspect(shell)}.`)
      // The expand function calls this on the terminal's node, to find the shell that it completes for.
      kernel.modules.define(':group', { whereis_shell: () => shell }, 'moebi remsh')
      terminal.onInterrupt(() => {
        const now = performance.now()
        if (now - interruptedAt < 2_000) return resolve(undefined)
        interruptedAt = now
        terminal.discard()
        terminal.write('(Ctrl-C again to leave)\n')
        if (!reading) kernel.signal({ type: 'exit2', from: leader.pid, to: shell, reason: atom('interrupt') })
      })
      process.monitors.monitor(shell, (reason) =>
        resolve(reason === atom('noconnection') ? `the connection to ${node.name} was lost.` : undefined),
      )
    }
    void runInProcess(process, () => start().catch((error: Error) => resolve(error.message)))
  })
}

async function startShellProcess(call: ElixirShellOptions['call']): Promise<Term> {
  const isLoaded = async (module: string): Promise<boolean> => {
    const answer = await call(':code', 'ensure_loaded', [atom(module)])
    return isTuple(answer) && answer.elements[0] === atom('module')
  }
  const initialCall = tuple(atom('Elixir.IEx'), atom('dont_display_result'), [])
  // Elixir 1.15 and later start an iex with :iex.start/2, earlier releases with IEx.start/2. Erlang has its own shell.
  if (await isLoaded('iex')) return call(':iex', 'start', [[], initialCall])
  if (await isLoaded('Elixir.IEx')) return call('IEx', 'start', [[], initialCall])
  return call(':shell', 'start', [])
}

// An expand function takes the reversed text before the cursor. It returns {yes | no, Completion, Matches}.
async function expandOnNode(
  typed: string,
  expand: Term,
  call: ElixirShellOptions['call'],
): Promise<Completion> {
  const from = typed.length
  if (expand === undefined || typeof expand === 'boolean') return { from, candidates: [] }
  const answer = await call(':erlang', 'apply', [expand, [charlist([...typed].reverse().join(''))]])
  const [, rest, matches] = isTuple(answer) ? (answer.elements as readonly Term[]) : []
  const more = textOf(rest)
  if (more !== '') return { from, candidates: [more] }
  const listed = Array.isArray(matches) ? matches.map(textOf).filter((match) => match !== '') : []
  return { from, candidates: [], listed }
}

function textOf(term: Term): string {
  if (typeof term === 'string' || term instanceof Uint8Array) return text(term)
  return Array.isArray(term) && term.every((code) => typeof code === 'number')
    ? String.fromCodePoint(...term)
    : ''
}

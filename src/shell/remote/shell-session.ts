import {
  type Exported,
  type Exports,
  type Kernel,
  type LocalProcess,
  THIS_NODE,
} from '../../process/index.ts'
import { atom } from '../../term/index.ts'
import { ScopedEvaluator } from '../evaluator/index.ts'
import { Shell } from '../shell.ts'
import type { Terminal } from '../terminal/index.ts'

/** Values that are in scope at a prompt, by name. */
export type Scope = Readonly<Record<string, unknown>>

/** Loads the values that are in scope at the prompts of shells for other nodes. Called when such a shell starts. */
export type LoadScope = () => Promise<Scope>

/** Runs a shell as this process. The process exits with `normal` when the shell's input has ended. */
export async function runShellSession(
  process: LocalProcess,
  terminal: Terminal,
  loadScope: LoadScope,
): Promise<void> {
  const { kernel } = process
  const scope = await loadScope()
  const end = (): void => process.exit(atom('normal'))
  const shell = new Shell({
    kernel,
    terminal,
    bindings: scope,
    groupLeader: process.groupLeader,
    evaluator: new ScopedEvaluator(),
    // Ends the shell; the node continues to run.
    halt: end,
  })
  process.onExit(() => shell.close())
  terminal.onInterrupt(() => shell.interrupt())
  shell.bindModules(modulesOf(kernel, shell.scope))
  terminal.write(
    `Moebi on Node.js ${globalThis.process.versions.node}, on ${kernel.name.name}: Ctrl-D leaves, and the node continues\n\n`,
  )
  await shell.run()
  end()
}

/** Returns the modules of the program whose Elixir names are identifiers and are not in scope yet, such as `Chat`. */
function modulesOf(kernel: Kernel, scope: Scope): Record<string, unknown> {
  const modules: Record<string, unknown> = {}
  for (const module of kernel.modules.names()) {
    const name = module.name.replace(/^Elixir\./, '')
    if (name === module.name || name in scope || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name))
      continue
    const functions = kernel.modules.exports(module)
    if ([...functions.values()].some(({ definedBy }) => definedBy !== THIS_NODE))
      modules[name] = withDeclaredNames(functions)
  }
  return modules
}

// A module lists each function under its declared name (sayName) and its protocol name (say_name). The prompt offers the first.
function withDeclaredNames(functions: ReadonlyMap<string, Exported>): Exports {
  const declared = new Map<unknown, readonly [key: string, fn: unknown]>()
  for (const [key, { name, fn }] of functions)
    if (key !== name.name || !declared.has(fn)) declared.set(fn, [key, fn])
  return Object.fromEntries(declared.values())
}

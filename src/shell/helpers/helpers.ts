import { drain } from '../../process/index.ts'
import { type Atom, atom, nameToAtom, ok, type Term, tuple } from '../../term/index.ts'
import { describe } from './describe.ts'
import { documentation } from './documentation.ts'
import { formatExports } from './exports.ts'
import { PROCESS_HELP, processHelpers } from './process-helpers.ts'
import { type Help, noResult, type ShellContext } from './shell-context.ts'

const HELP: Help = {
  h: ['h(thing)', 'prints the documentation of a function, a module or an object; h() prints this list'],
  i: ['i(term)', 'prints the type of a value and more about it'],
  v: ['v(n)', 'returns the value of input n; v() and v(-1) the last value'],
  exports: ['exports(Chat)', 'prints the functions of a module'],
  ...PROCESS_HELP,
  flush: ['flush()', 'prints the messages in the mailbox of the shell and removes them'],
  r: ['r()', 'reloads the modules of the project that have changed; r(Chat) only this one'],
  defmodule: ["defmodule('Kate', { … })", 'defines a module whose functions other nodes can call'],
  System: ['System.halt()', 'ends the shell; System.halt(1) with this exit code'],
}

/** Returns the helper functions of a shell, by name. They are in scope at its prompt only. */
export function helpers(context: ShellContext): Record<string, unknown> {
  const { kernel, print, show, results } = context
  const functions: Record<string, unknown> = {
    h: async (...args: [thing?: unknown]): Promise<typeof noResult> => {
      print(args.length === 0 ? overview() : await help(args[0]))
      return noResult
    },
    i: (term: unknown): typeof noResult => {
      for (const [label, text] of describe(term, kernel, show))
        print(`${label}\n${text.replace(/^(?=.)/gm, '  ')}\n`)
      return noResult
    },
    v: (line = -1): unknown => results.at(line),
    exports: (module: unknown): typeof noResult => {
      print(formatExports(module, kernel, context.width()))
      return noResult
    },
    ...processHelpers(context),
    flush: (): Atom<'ok'> => {
      for (const message of drain()) print(`${show(message)}\n`)
      return ok
    },
    r: async (module?: unknown): Promise<Term> => {
      if (!context.reload) throw new Error('r() needs a project: start the shell with moebi shell -S folder.')
      const loaded = await context.reload(module === undefined ? undefined : moduleName(module))
      context.bindModules(loaded)
      return tuple(
        atom('reloaded'),
        Object.keys(loaded).map((name) => nameToAtom(name)),
      )
    },
    System: { halt: (code = 0): void => context.halt(code) },
    defmodule: (name: string, exports: Readonly<Record<string, unknown>>): Term => {
      const module = kernel.modules.redefine(nameToAtom(name), exports, 'the prompt')
      if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) context.bindModules({ [name]: exports })
      return tuple(atom('module'), module)
    },
  }

  function moduleName(module: unknown): string {
    if (typeof module === 'string') return module
    const name = kernel.modules.names().find((name) => {
      const [first] = [...kernel.modules.exports(name).values()]
      return first !== undefined && Object.values(module as object).includes(first.fn)
    })
    if (name) return name.name.replace(/^Elixir\./, '')
    throw new TypeError(`r(module) takes a module of the project or its name, got ${show(module)}`)
  }

  async function help(thing: unknown): Promise<string> {
    const [helper] = Object.entries(functions).find(([, value]) => value === thing) ?? []
    const entry = helper === undefined ? undefined : HELP[helper]
    if (entry) return `${entry[0]} ${entry[1]}.\n`
    return documentation(thing, context.scope(), show)
  }

  return functions
}

function overview(): string {
  const rows = Object.values(HELP)
  const width = Math.max(...rows.map(([usage]) => usage.length)) + 2
  return [
    'Inputs are TypeScript, and their promises are awaited. In scope are the exports of Moebi and these helpers:',
    '',
    ...rows.map(([usage, description]) => `  ${usage.padEnd(width)}${description}`),
    '',
    'h(send) prints what send does, h(Node) the functions of Node. Tab completes. Ctrl-C interrupts the evaluation;',
    'Ctrl-C twice or Ctrl-D ends the shell.',
    '',
  ].join('\n')
}

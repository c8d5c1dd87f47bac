import { drain, type Kernel } from '../../process/index.ts'
import { type Atom, atom, nameToAtom, ok, type Term, tuple } from '../../term/index.ts'
import { describe } from './describe.ts'
import { documentation } from './documentation.ts'
import { formatExports } from './exports.ts'
import { formatProcessTable } from './process-table.ts'
import type { ResultHistory } from './result-history.ts'

/** The value of an input that has printed what there is to see. */
export const noResult: unique symbol = Symbol('nothing to show')

/** Loads what has changed of a project; one module of it, when named. Returns the modules that are new, by name. */
export type Reload = (name: string | undefined) => Promise<Readonly<Record<string, unknown>>>

/** What the helpers need of the shell in which they are typed. */
export interface ShellContext {
  readonly kernel: Kernel
  readonly results: ResultHistory
  readonly print: (text: string) => void
  readonly show: (value: unknown) => string
  readonly width: () => number
  readonly scope: () => Readonly<Record<string, unknown>>
  readonly halt: (code: number) => void
  readonly reload: Reload | undefined
  readonly bindModules: (modules: Readonly<Record<string, unknown>>) => void
}

/** What there is to say of each helper: how it is typed, and what it does. */
const HELP: Readonly<Record<string, readonly [usage: string, says: string]>> = {
  h: ['h(thing)', 'prints the documentation of a word, a module or a function; h() prints this list'],
  i: ['i(term)', 'prints what a value is, and what is known of it'],
  v: ['v(n)', 'is the value of the input n; v() and v(-1) of the last one'],
  exports: ['exports(Chat)', 'prints the functions of a module'],
  processes: ['processes()', 'prints the processes of this node'],
  flush: ['flush()', 'prints the messages that have come to the shell and were not taken'],
  r: ['r()', 'loads the modules of the project again that have changed; r(Chat) this one'],
  defmodule: ["defmodule('Kate', { … })", 'makes a module, whose functions other nodes may call at once'],
  System: ['System.halt()', 'ends the shell; System.halt(1) with this exit code'],
}

/** The words that only a prompt has. */
export function helpers(host: ShellContext): Record<string, unknown> {
  const { kernel, print, show, results } = host
  const words: Record<string, unknown> = {
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
      print(formatExports(module, kernel, host.width()))
      return noResult
    },
    processes: (): typeof noResult => {
      print(formatProcessTable(kernel))
      return noResult
    },
    flush: (): Atom<'ok'> => {
      for (const message of drain()) print(`${show(message)}\n`)
      return ok
    },
    r: async (module?: unknown): Promise<Term> => {
      if (!host.reload) throw new Error('r() needs a project: start the shell with moebi shell -S folder.')
      const loaded = await host.reload(module === undefined ? undefined : moduleName(module))
      host.bindModules(loaded)
      return tuple(
        atom('reloaded'),
        Object.keys(loaded).map((name) => nameToAtom(name)),
      )
    },
    System: { halt: (code = 0): void => host.halt(code) },
    defmodule: (name: string, exports: Readonly<Record<string, unknown>>): Term => {
      const module = kernel.modules.define(nameToAtom(name), exports)
      if (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) host.bindModules({ [name]: exports })
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
    const [helper] = Object.entries(words).find(([, value]) => value === thing) ?? []
    const says = helper === undefined ? undefined : HELP[helper]
    if (says) return `${says[0]} ${says[1]}.\n`
    return documentation(thing, host.scope(), show)
  }

  return words
}

function overview(): string {
  const rows = Object.values(HELP)
  const width = Math.max(...rows.map(([usage]) => usage.length)) + 2
  return [
    'What is typed is TypeScript, and is waited for. These words are here beside those of Moebi:',
    '',
    ...rows.map(([usage, says]) => `  ${usage.padEnd(width)}${says}`),
    '',
    'h(send) says what send does, h(Node) what there is in Node. Tab completes. Ctrl-C frees from what is waited for,',
    'twice it ends the shell; so does Ctrl-D.',
    '',
  ].join('\n')
}

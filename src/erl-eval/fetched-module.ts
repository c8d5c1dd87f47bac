import { Atom, isTuple, type Term, tuple } from '../term/index.ts'
import {
  type CompilationUnit,
  type Form,
  FunctionCompiler,
  kindOf,
  listOfForms,
  listPart,
  nameIn,
  part,
} from './compiler/index.ts'
import { type FunctionCode, fromTerm } from './value/index.ts'

/** Module that was fetched from another node, as forms. A function is compiled at its first call. */
export class FetchedModule implements CompilationUnit {
  readonly module: Atom
  readonly prompt = undefined
  readonly #functions = new Map<string, Form>()
  readonly #compiled = new Map<string, FunctionCode>()
  readonly #exports = new Set<string>()
  readonly #imports = new Map<string, Atom>()

  constructor(module: Atom, forms: readonly Form[]) {
    this.module = module
    for (const form of forms) {
      if (!isTuple(form)) continue
      const kind = kindOf(form)
      if (kind === 'function') this.#functions.set(key(nameOf(part(form, 2)), part(form, 3)), form)
      else if (kind === 'attribute') this.#attribute(form)
    }
  }

  #attribute(form: Form): void {
    const name = String(part(form, 2))
    if (name === 'export') for (const pair of listPart(form, 3)) this.#exports.add(pairKey(pair))
    else if (name === 'compile' && /export_all/.test(JSON.stringify(part(form, 3)))) this.#exports.add(ALL)
    else if (name === 'import') {
      const imported = part(form, 3)
      if (isTuple(imported))
        for (const pair of listPart(imported, 1)) this.#imports.set(pairKey(pair), nameIn(imported, 0))
    }
  }

  /** Returns the code of an exported function, or undefined when there is none. */
  exported(name: string, arity: number): FunctionCode | undefined {
    if (!this.#exports.has(ALL) && !this.#exports.has(key(name, arity))) return undefined
    return this.local(name, arity)?.()
  }

  local(name: string, arity: number): (() => FunctionCode) | undefined {
    const id = key(name, arity)
    const form = this.#functions.get(id)
    return form === undefined ? undefined : () => this.#code(id, form)
  }

  imported(name: string, arity: number): Atom | undefined {
    return this.#imports.get(key(name, arity))
  }

  /** Returns the exported functions as a list of `{Name, Arity}`. */
  get exports(): unknown {
    return fromTerm(
      [...this.#exports].map((id) => {
        const at = id.lastIndexOf('/')
        return tuple(Atom.intern(id.slice(0, at)), Number(id.slice(at + 1)))
      }) as Term,
    )
  }

  #code(id: string, form: Form): FunctionCode {
    const known = this.#compiled.get(id)
    if (known) return known
    const name = part(form, 2)
    const compiler = new FunctionCompiler(
      this,
      name instanceof Atom ? name : Atom.intern(nameOf(name)),
      part(form, 3) as number,
      undefined,
      undefined,
    )
    const code = compiler.compile(listOfForms(part(form, 4)), undefined, part(form, 1))
    this.#compiled.set(id, code)
    return code
  }
}

const ALL = '*'
// `true`, `false` and `nil` can be names of functions too.
const nameOf = (name: Form): string => (name === null ? 'nil' : String(name))
const key = (name: string, arity: unknown): string => `${name}/${String(arity)}`
const pairKey = (pair: Form): string => key(nameOf(part(pair, 0)), part(pair, 1))

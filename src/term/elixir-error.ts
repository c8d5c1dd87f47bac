import { Atom } from './atom.ts'
import type { Term, TermObject } from './term.ts'

/**
 * An Elixir exception: a struct with `__exception__: true`, as a JavaScript error that can be thrown and is written back
 * as the same struct.
 *
 * @example new ElixirError('RuntimeError', { message: 'oops' })
 */
export class ElixirError extends Error {
  /** The struct's fields, `__struct__` and `__exception__` included. */
  readonly fields: TermObject

  /** @param module the exception's module, as a name (`'RuntimeError'`) or its atom */
  constructor(module: string | Atom, fields: TermObject) {
    const struct = typeof module === 'string' ? Atom.intern(`Elixir.${module}`) : module
    super(sentence(fields.message, struct))
    this.name = struct.name.replace(/^Elixir\./, '')
    this.fields = { ...fields, __struct__: struct, __exception__: true }
  }
}

function sentence(message: Term, struct: Atom): string {
  return typeof message === 'string' ? message : struct.name.replace(/^Elixir\./, '')
}

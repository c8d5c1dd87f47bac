import { Atom } from './atom.ts'
import type { Term, TermObject } from './term.ts'

/**
 * An Elixir exception, which is a struct with `__exception__: true`, as a JavaScript error that can be thrown. It is encoded
 * as the same struct.
 *
 * @example new ElixirError('RuntimeError', { message: 'oops' })
 */
export class ElixirError extends Error {
  /** The fields of the struct, with `__struct__` and `__exception__`. */
  readonly fields: TermObject

  /** @param module the exception's module, as a name (`'RuntimeError'`) or its atom */
  constructor(module: string | Atom, fields: TermObject) {
    const struct = typeof module === 'string' ? Atom.intern(`Elixir.${module}`) : module
    super(messageOf(fields.message, struct))
    this.name = struct.name.replace(/^Elixir\./, '')
    this.fields = { ...fields, __struct__: struct, __exception__: true }
  }
}

function messageOf(message: Term, struct: Atom): string {
  return typeof message === 'string' ? message : struct.name.replace(/^Elixir\./, '')
}

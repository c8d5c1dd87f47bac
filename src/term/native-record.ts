import type { Atom } from './atom.ts'
import type { Term } from './term.ts'

/** A native record of OTP 29 and later: a name, and fields by name. It is encoded as it was decoded. */
export class NativeRecord {
  readonly module: Atom
  readonly name: Atom
  readonly flags: number
  readonly fields: readonly (readonly [Atom, Term])[]

  constructor(module: Atom, name: Atom, flags: number, fields: readonly (readonly [Atom, Term])[]) {
    this.module = module
    this.name = name
    this.flags = flags
    this.fields = fields
  }
}

import type { Atom } from './atom.ts'
import type { Term } from './term.ts'

/**
 * A closure of another node: an inert value that goes back as it came. It cannot be called here, except by a node that
 * was allowed to.
 */
export class Fun {
  readonly module: Atom
  readonly arity: number
  readonly index: number
  /** The MD5 of the module's code. */
  readonly uniq: Uint8Array
  /** The whole of the fun in the external term format, from its tag on. */
  readonly external: Uint8Array

  constructor(module: Atom, arity: number, index: number, uniq: Uint8Array, external: Uint8Array) {
    this.module = module
    this.arity = arity
    this.index = index
    this.uniq = uniq
    this.external = external
  }
}

/** A function named by its module, name and arity, `&Kate.say_name/0`. Call it with `apply` of a node. */
export class ExportFun {
  readonly module: Atom
  readonly name: Atom
  readonly arity: number

  constructor(module: Atom, name: Atom, arity: number) {
    this.module = module
    this.name = name
    this.arity = arity
  }
}

/** A record of OTP 29 and later, kept exactly: a name, and fields by name. */
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

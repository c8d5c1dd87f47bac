import type { Atom } from './atom.ts'

/**
 * A function of another node. It cannot be called here, except by a node that allows it; it is encoded as the bytes that it was
 * decoded from.
 */
export class Fun {
  readonly module: Atom
  readonly arity: number
  readonly index: number
  /** The MD5 of the module's code. */
  readonly uniq: Uint8Array
  /** The bytes of the fun in the external term format, from its tag on. */
  readonly external: Uint8Array

  constructor(module: Atom, arity: number, index: number, uniq: Uint8Array, external: Uint8Array) {
    this.module = module
    this.arity = arity
    this.index = index
    this.uniq = uniq
    this.external = external
  }
}

/** An exported function, by its module, name and arity: `&Kate.say_name/0`. `apply` of a node calls it. */
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

import type { Kernel } from '../../process/index.ts'
import { Atom, nameToAtom, type Term } from '../../term/index.ts'

export type AnyFunction = (...args: never[]) => unknown

/** Function of another node, as module, name and arguments. */
export interface ExportedCall {
  readonly module: Atom
  readonly name: Atom
  readonly args: readonly Term[]
}

/** Arguments of a call: an exported function and its arguments, or a module, a function name and arguments; then options. */
export type CallArguments<O> =
  | readonly [fn: AnyFunction, args: readonly Term[], options?: O]
  | readonly [module: string | Atom, fn: string | Atom, args: readonly Term[], options?: O]

/** @throws TypeError for a function that is not exported */
export function readCall<O>(kernel: Kernel, call: CallArguments<O>): [ExportedCall, O | undefined] {
  if (typeof call[0] === 'function') {
    const [fn, args, options] = call as [AnyFunction, readonly Term[], O?]
    const exported = kernel.modules.exportedAs(fn)
    if (exported) return [{ module: exported.module, name: exported.name, args }, options]
    throw new TypeError(
      `the function ${fn.name || '(without a name)'} is not exported, so another node cannot know it. ` +
        'Export it from a module of the application, or name module and function.',
    )
  }
  const [module, fn, args, options] = call as [string | Atom, string | Atom, readonly Term[], O?]
  return [{ module: nameToAtom(module), name: fn instanceof Atom ? fn : Atom.intern(fn), args }, options]
}

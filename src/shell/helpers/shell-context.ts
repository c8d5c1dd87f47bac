import type { Kernel } from '../../process/index.ts'
import type { ResultHistory } from './result-history.ts'

/** Result of a helper that prints its output itself: the shell does not print this value. */
export const noResult: unique symbol = Symbol('nothing to show')

/** Reloads the changed modules of a project, or only the named one. Returns the reloaded modules, by name. */
export type Reload = (name: string | undefined) => Promise<Readonly<Record<string, unknown>>>

/** Parts of the shell that its helpers use. */
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
  /** Calls the function when the shell ends. */
  readonly onEnd: (fn: () => void) => void
}

/** Usage and description of helpers, by name. */
export type Help = Readonly<Record<string, readonly [usage: string, description: string]>>

/** Types of the lesson's sessions: who types which input, and what each pane shows after it. */

export type Role = 'elixir' | 'moebi'
export type Who = 'alex' | 'kate' | 'moebi'
export type Cast = Readonly<Record<Who, Role>>

/** One value for both roles, or one for each. */
export type PerRole<T> = T | Readonly<Record<Role, T>>

/** Line of a pane after `readPane`: its text, a pattern, or a line that may be missing. */
export type Line = string | RegExp | { readonly maybe: string | RegExp }

export interface Shown {
  readonly lines: readonly Line[]
  /** Whether the lines may be in any order, where two nodes race. */
  readonly anyOrder?: boolean
}

export interface Typed {
  readonly who: Who
  /** Input, line by line. */
  readonly types: PerRole<string>
  /** New lines of the typist's pane, without the input. */
  readonly shows: PerRole<Shown>
  /** Whether the result is an error, so that the prompt keeps its number, or the shell restarts. */
  readonly fails?: boolean
  /** Whether the expression does not return in this step. A later step names its typist in `answers`. */
  readonly open?: boolean
  /** Results that mean that the nodes are not connected yet. The line is then typed again. */
  readonly notYet?: readonly (readonly string[])[]
}

export interface Step {
  readonly says: string
  readonly typed?: Typed
  /** Node whose operating system process is killed (`kill -9`). */
  readonly kills?: Who
  /** Node at which an expression of an earlier step returns, with an error. */
  readonly answers?: Who
  /** New lines of the panes in which nothing is typed; none unless given. */
  readonly others?: Partial<Readonly<Record<Who, PerRole<Shown>>>>
  /** Lines that a real node may log at level warning or above in this step; none unless given. */
  readonly logs?: Partial<Readonly<Record<Who, readonly Line[]>>>
}

export interface Session {
  readonly title: string
  /** Nodes of the session, in the order in which they are started; alex and kate unless given. */
  readonly members?: readonly Who[]
  /** Whether each node starts the lesson's Chat application (`-S mix`, `-S examples/chat`). */
  readonly chat?: boolean
  /** Cookie of each node; without one both use the .erlang.cookie of their user. */
  readonly cookies?: Partial<Readonly<Record<Who, string>>>
  readonly steps: readonly Step[]
}

export const shows = (...lines: Line[]): Shown => ({ lines })
export const showsInAnyOrder = (...lines: Line[]): Shown => ({ lines, anyOrder: true })
export const silence: Shown = { lines: [] }

/**
 * Matches the line that a node may print after another one has ended: the first node that notices it tells the others, which then
 * disconnect from it too (`prevent_overlapping_partitions` of OTP's global).
 */
export function letsGoOf(gone: Who): RegExp {
  return new RegExp(
    `^(?:\\[warning\\]|warning) 'global' at node :?\\S+ requested disconnect from node :?'?${gone}@localhost'? in order to prevent overlapping partitions`,
  )
}

export function forRole<T>(value: PerRole<T>, role: Role): T {
  return isPerRole(value) ? value[role] : value
}

function isPerRole<T>(value: PerRole<T>): value is Readonly<Record<Role, T>> {
  return typeof value === 'object' && value !== null && 'elixir' in value && 'moebi' in value
}

/** Returns the lines that are typed in a step with this cast. */
export function typedLines(typed: Typed, cast: Cast): string[] {
  return forRole<string>(typed.types, cast[typed.who]).split('\n')
}

/** The words in which the lesson's sessions are written: who types what, and what each pane shows after it. */

export type Role = 'elixir' | 'moebi'
export type Who = 'alex' | 'kate' | 'moebi'
export type Cast = Readonly<Record<Who, Role>>

/** One value for both roles, or one for each. */
export type PerRole<T> = T | Readonly<Record<Role, T>>

/** A line of a pane after `readPane`: its text, a pattern, or a line that may be missing. */
export type Line = string | RegExp | { readonly maybe: string | RegExp }

export interface Shown {
  readonly lines: readonly Line[]
  /** Two nodes race: the lines may stand in any order. */
  readonly anyOrder?: boolean
}

export interface Typed {
  readonly who: Who
  /** What is typed, line by line. `mixed` is for casts where kate is played by the other role: iex's closures do not travel there. */
  readonly types: PerRole<string | { readonly alike: string; readonly mixed: string }>
  /** What the typist's pane gains beside what was typed. */
  readonly shows: PerRole<Shown>
  /** The answer is an error, so the prompt keeps its number, or begins anew with the shell. */
  readonly fails?: boolean
  /** The prompt does not come back in this step: a later one says `answers`. */
  readonly open?: boolean
  /** The answers that mean "not there yet": the line is typed again, as a person would. */
  readonly notYet?: readonly (readonly string[])[]
}

export interface Step {
  readonly says: string
  readonly typed?: Typed
  /** Whose operating system process is killed (`kill -9`). */
  readonly kills?: Who
  /** Who gets the prompt back that a step before has left open, with an error. */
  readonly answers?: Who
  /** What the panes gain in which nobody types; silence where left out. */
  readonly others?: Partial<Readonly<Record<Who, PerRole<Shown>>>>
  /** What a real node may log at warning or above in this step; nothing when left out. */
  readonly logs?: Partial<Readonly<Record<Who, readonly Line[]>>>
}

export interface Session {
  readonly title: string
  /** Who takes part, in the order in which they come; alex and kate unless given. */
  readonly members?: readonly Who[]
  /** Each starts the lesson's Chat application (`-S mix`, `-S examples/chat`). */
  readonly chat?: boolean
  /** The cookie each is started with; without one both use the .erlang.cookie of their user. */
  readonly cookies?: Partial<Readonly<Record<Who, string>>>
  readonly steps: readonly Step[]
}

export const shows = (...lines: Line[]): Shown => ({ lines })
export const showsInAnyOrder = (...lines: Line[]): Shown => ({ lines, anyOrder: true })
export const silence: Shown = { lines: [] }

/**
 * What the others may say when a node goes: whoever hears of it first tells the rest, and they let go of it too.
 * (`prevent_overlapping_partitions` of OTP's global)
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

/** The lines that the typist of a step types in this cast. */
export function typedLines(typed: Typed, cast: Cast): string[] {
  const input = forRole<string | { alike: string; mixed: string }>(typed.types, cast[typed.who])
  const text = typeof input === 'string' ? input : input[cast.alex === cast.kate ? 'alike' : 'mixed']
  return text.split('\n')
}

import type { Played } from './lesson.ts'
import type { Cast, Role } from './script.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** Results of the steps, for reporter.ts. */
    played?: Played[]
  }
}

/** Returns the casts of a test file, or only the one that MOEBI_LESSON_CAST names. */
export function chosenCasts(all: readonly string[]): Cast[] {
  const chosen = process.env.MOEBI_LESSON_CAST
  return (chosen ? [chosen] : all).map(castOf)
}

/** Parses a cast: `elixir,moebi,elixir` names the roles of alex, kate and moebi. The role of moebi is `moebi` unless given. */
export function castOf(words: string): Cast {
  const [alex, kate, moebi = 'moebi', ...more] = words.split(',').map(roleOf)
  if (alex === undefined || kate === undefined || more.length > 0)
    throw new Error(`a cast is two or three roles, as in elixir,moebi or elixir,moebi,elixir. Got: ${words}`)
  return { alex, kate, moebi }
}

function roleOf(word: string): Role {
  if (word === 'elixir' || word === 'moebi') return word
  throw new Error(`a role is elixir or moebi. Got: ${word}`)
}

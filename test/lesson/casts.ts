import type { Played } from './lesson.ts'
import type { Cast, Role } from './script.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** The steps as they went, for reporter.ts. */
    played?: Played[]
  }
}

/** The casts of a test file: all of its own, or the one that MOEBI_LESSON_CAST names. */
export function chosenCasts(all: readonly string[]): Cast[] {
  const chosen = process.env.MOEBI_LESSON_CAST
  return (chosen ? [chosen] : all).map(castOf)
}

/** `elixir,moebi,elixir` says who plays alex, kate and moebi; moebi is played by Moebi when it is left out. */
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

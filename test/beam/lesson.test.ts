import { describe, test } from 'vitest'
import { chosenCasts } from '../lesson/casts.ts'
import { type Played, play } from '../lesson/lesson.ts'
import { sessions } from '../lesson/sessions.ts'
import { findBeam } from '../support/beam.ts'

// The whole lesson takes a minute. MOEBI_LESSON_CAST=elixir,moebi (alex, kate) selects one cast.
const casts = chosenCasts(['elixir,elixir', 'moebi,moebi', 'elixir,moebi', 'moebi,elixir'])

// A session waits five seconds for its real nodes to become idle. The casts run at the same time.
for (const cast of casts)
  describe.concurrent(`${cast.alex} as alex, ${cast.kate} as kate`, () => {
    for (const session of sessions)
      test.sequential(session.title, { timeout: 180_000 }, async ({ task }) => {
        const beam = findBeam()
        if (beam === undefined) throw new Error('erl and iex are not on PATH: install Erlang and Elixir')
        const played: Played[] = []
        task.meta.played = played
        await play(session, cast, beam, { played: (step) => played.push(step) })
      })
  })

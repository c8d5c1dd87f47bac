import { afterAll, beforeAll, describe, test } from 'vitest'
import { chosenCasts } from '../lesson/casts.ts'
import { chat, trouble } from '../lesson/chat.ts'
import { compileChat } from '../lesson/chat-project.ts'
import { type Played, play } from '../lesson/lesson.ts'
import type { Cast, Session } from '../lesson/script.ts'
import { findBeam, type Home } from '../support/beam.ts'

// The cast of Elixir alone is the control: it shows that the expectations are Elixir's own behaviour.
const allCasts = [
  'elixir,elixir,elixir',
  'moebi,moebi,moebi',
  'elixir,moebi,moebi',
  'moebi,elixir,elixir',
  'elixir,elixir,moebi',
  'moebi,moebi,elixir',
  'elixir,moebi,elixir',
  'moebi,elixir,moebi',
]
/** Returns the roles of the asking and of the asked node; the other casts have the same steps. */
const callerAndCallee = allCasts.slice(0, 4)

let project: Home | undefined
beforeAll(async () => {
  project = await compileChat(beam())
}, 60_000)
afterAll(() => project?.[Symbol.asyncDispose]())

describe.concurrent('the Chat of three nodes', () => {
  for (const cast of chosenCasts(allCasts)) plays(chat, cast)
  for (const cast of chosenCasts(callerAndCallee)) plays(trouble, cast)
})

function plays(session: Session, cast: Cast): void {
  const roles = Object.entries(cast).map(([who, role]) => `${role} as ${who}`)
  test(`${roles.join(', ')}: ${session.title}`, { timeout: 180_000 }, async ({ task }) => {
    const played: Played[] = []
    task.meta.played = played
    await play(session, cast, beam(), { played: (step) => played.push(step), chat: project?.inside ?? '' })
  })
}

function beam() {
  const found = findBeam()
  if (found === undefined) throw new Error('erl and iex are not on PATH: install Erlang and Elixir')
  return found
}

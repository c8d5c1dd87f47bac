import { afterAll, beforeAll, describe, test } from 'vitest'
import { castOf } from '../lesson/casts.ts'
import { type Played, play } from '../lesson/lesson.ts'
import { Networks } from '../lesson/networks.ts'
import { sessions } from '../lesson/sessions.ts'
import { findBeam } from '../support/beam.ts'

// The lesson's note on nodes in different networks. scripts/test.js leaves this file out on machines without network
// namespaces.
describe.concurrent('elixir as alex, moebi as kate in another network, with long names', () => {
  let networks: Networks
  beforeAll(() => {
    networks = new Networks()
  })
  afterAll(() => networks[Symbol.dispose]())

  for (const session of sessions)
    test(session.title, { timeout: 180_000 }, async ({ task }) => {
      const beam = findBeam()
      if (beam === undefined) throw new Error('erl and iex are not on PATH: install Erlang and Elixir')
      const played: Played[] = []
      task.meta.played = played
      await play(session, castOf('elixir,moebi'), beam, { networks, played: (step) => played.push(step) })
    })
})

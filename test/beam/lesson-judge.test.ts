import { describe, expect, test } from 'vitest'
import { castOf } from '../lesson/casts.ts'
import { play } from '../lesson/lesson.ts'
import { type Session, type Step, shows } from '../lesson/script.ts'
import { findBeam } from '../support/beam.ts'

// Checks that the comparison of the lesson detects differences: the nodes are real, and each script has a wrong expectation.

const step = (types: string, ...lines: string[]): Step => ({
  says: types,
  typed: { who: 'alex', types, shows: shows(...lines) },
})
const meets = step('Node.ping(:kate@localhost)', ':pong')

async function judged(...steps: Step[]): Promise<string> {
  const session: Session = { title: 'a false script', steps }
  const beam = findBeam()
  if (beam === undefined) throw new Error('erl and iex are not on PATH: install Erlang and Elixir')
  const cast = castOf('elixir,elixir')
  return play(session, cast, beam, { patience: 3_000 }).then(
    () => 'all is well',
    (error: Error) => error.message,
  )
}

describe.concurrent('the lesson fails', { timeout: 60_000 }, () => {
  test('when a pane shows a different text', async () => {
    expect(await judged(step('Node.self()', ':kate@localhost'))).toContain(
      'alex should show:\n:kate@localhost\nbut',
    )
  })

  test('when a pid belongs to the wrong node', async () => {
    expect(await judged(step('self()', '#PID<remote>'))).toContain('but shows:\n#PID<local>')
  })

  test('when an expression fails unexpectedly', async () => {
    expect(await judged(step('exit(:sad)', '** (exit) :sad'))).toContain(
      'alex has a prompt with the number 1 in place of 2',
    )
  })

  test('when the other pane shows output', async () => {
    const speaks = step('Node.spawn(:kate@localhost, IO, :puts, [:user, "hey"]); :ok', ':ok')
    expect(await judged(meets, speaks)).toContain('kate should show:\nsilence\nbut shows:\nhey')
  })

  test('when a real node logs a warning that its pane does not show', async () => {
    const mutes: Step = {
      says: 'kate mutes her terminal',
      typed: {
        who: 'kate',
        types: 'for h <- [Logger, :default], do: :logger.set_handler_config(h, :level, :error); :ok',
        shows: shows(':ok'),
      },
    }
    const warns: Step = {
      says: 'kate logs a warning',
      typed: { who: 'kate', types: ':logger.warning("careful")', shows: shows(':ok') },
    }
    expect(await judged(mutes, warns)).toMatch(/kate should log:\nsilence\nbut logs:\nwarning careful/)
  })

  test('when a process of a real node remains waiting', async () => {
    const waits =
      'spawn(fn -> GenServer.call(spawn(fn -> Process.sleep(:infinity) end), :x, :infinity) end); :ok'
    expect(await judged(step(waits, ':ok'))).toMatch(/alex: <[\d.]+> {2}waits in gen:do_call/)
  })
})

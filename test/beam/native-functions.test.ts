import { afterAll, beforeAll, expect, test } from 'vitest'
// Loaded at the first fun of a program; vitest transforms it, which may take longer than a node waits.
import '../../src/erl-eval/code-loaders.ts'
import { serveFuns } from '../../src/erl-eval/index.ts'
import type { BeamNode } from '../support/beam.ts'
import { changedSince28, expressions, hashing, regularExpressions } from './native-functions.ts'
import { beam, Meeting } from './node-meeting.ts'

// Functions that a BEAM implements in C, called by funs of a real node on a Moebi node.

let meeting: Meeting
let alex: BeamNode

beforeAll(async () => {
  meeting = await Meeting.start()
  await meeting.moebi('kate', { closures: serveFuns })
  alex = await meeting.elixir('alex')
  await alex.evaluate('true = Node.connect(:kate@localhost)')
}, 60_000)
afterAll(async () => {
  await meeting?.[Symbol.asyncDispose]()
})

test.each([...hashing, ...expressions, ...regularExpressions])(
  '%s',
  async (source) => {
    const answer = await alex.evaluate(`
      fun = elem(Code.eval_string("fn -> " <> ~S"""
${source}
""" <> " end"), 0)
      here = Task.await(Task.async(fn -> try do {:value, fun.()} catch class, reason -> {class, reason} end end), 20_000)
      there =
        try do {:value, :erpc.call(:kate@localhost, fun, 20_000)}
        catch
          :error, {:exception, reason, _} -> {:error, reason}
          class, reason -> {class, reason}
        end
      if here === there, do: :equal, else: {:expected, here, :got, there}`)
    const isChanged = beam.version.otp >= 28 && changedSince28.some((part) => source.includes(part))
    if (isChanged) expect(answer).toContain('{:expected, {:value')
    else expect(answer).toBe(':equal')
  },
  30_000,
)

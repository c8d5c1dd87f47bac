import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  alias,
  demonitor,
  drain,
  LocalKernel,
  makeRef,
  monitor,
  receive,
  self,
  send,
  spawn,
} from '../../../src/process/index.ts'
import { _, after, atom, on, type Reference, type Term, tuple } from '../../../src/term/index.ts'
import { inProcess } from '../../support/processes.ts'

const MANY = 20_000

/** Returns a clause for `{ref, _}`, and the number of messages that it has looked at. */
function countingClause(reference: Reference) {
  const clause = on([reference, _], ([, value]) => value)
  const counting = {
    looked: 0,
    reference: clause.reference,
    test(message: unknown) {
      counting.looked++
      return clause.test(message)
    },
    handle: (message: unknown) => clause.handle(message),
  }
  return counting
}

function fill(count: number): void {
  for (let n = 0; n < count; n++) send(self(), n)
}

test('a receive for a fresh reference looks at few of the messages that arrived before the reference was made', async () => {
  const looked = await inProcess(new LocalKernel(), async () => {
    fill(MANY)
    const counts: number[] = []
    for (let round = 0; round < 200; round++) {
      const ref = makeRef()
      send(self(), round)
      send(self(), tuple(ref, round))
      const clause = countingClause(ref)
      expect(await receive(clause)).toBe(round)
      counts.push(clause.looked)
    }
    expect(drain()).toHaveLength(MANY + 200)
    return Math.max(...counts)
  })
  expect(looked).toBeLessThanOrEqual(70)
})

test('a receive for one of several references begins at the oldest of them', async () => {
  const result = await inProcess(new LocalKernel(), async () => {
    const first = makeRef()
    fill(100)
    send(self(), tuple(first, 'first'))
    fill(MANY)
    const second = makeRef()
    send(self(), tuple(second, 'second'))
    const clauses = [countingClause(second), countingClause(first)]
    return [await receive(...clauses), await receive(...clauses), clauses[1]!.looked]
  })
  expect(result.slice(0, 2)).toEqual(['first', 'second'])
  expect(result[2]).toBeGreaterThan(MANY)
})

test('a clause without a reference beside one with a fresh reference sees every message', async () => {
  const result = await inProcess(new LocalKernel(), async () => {
    fill(MANY)
    return receive(
      on([makeRef(), _], () => 'reply'),
      on(5, () => 'five'),
    )
  })
  expect(result).toBe('five')
})

test('a receive for a fresh reference takes a priority message with it', async () => {
  const result = await inProcess(new LocalKernel(), async () => {
    const urgent = alias({ priority: true })
    fill(MANY)
    const ref = makeRef()
    send(urgent, tuple(ref, 'urgent'), { priority: true })
    return receive(
      on([ref, _], ([, value]) => value),
      after(0, () => 'nothing'),
    )
  })
  expect(result).toBe('urgent')
})

test('a reference of another kernel is looked for in the whole mailbox', async () => {
  const foreign = new LocalKernel({ name: atom('other@host'), creation: 7 }).makeRef()
  const result = await inProcess(new LocalKernel(), async () => {
    send(self(), tuple(foreign, 'early'))
    fill(MANY)
    return receive(on([foreign, _], ([, value]) => value))
  })
  expect(result).toBe('early')
})

test('demonitor with flush finds the DOWN message behind many others, and leaves those', async () => {
  const left = await inProcess(new LocalKernel(), async () => {
    fill(MANY)
    const ref = monitor(spawn(() => {}))
    await receive(on([atom('DOWN'), ref, _, _, _], (message) => send(self(), message)))
    fill(MANY)
    expect(demonitor(ref, { flush: true })).toBe(false)
    return drain()
  })
  expect(left).toHaveLength(2 * MANY)
  expect(left.every((message) => typeof message === 'number')).toBe(true)
})

test('each of many messages is found by its reference, in any order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat()), (numbers) =>
      inProcess(new LocalKernel(), async () => {
        const refs = Array.from({ length: 500 }, () => {
          const ref = makeRef()
          send(self(), tuple(ref, ref.words[0]!))
          return ref
        })
        while (refs.length > 0) {
          const [ref] = refs.splice(numbers.next().value! % refs.length, 1)
          const found = on([ref!, _.number], ([, number]) => number)
          expect(
            await receive(
              found,
              after(0, () => 'nothing'),
            ),
          ).toBe(ref!.words[0])
        }
      }),
    ),
    { numRuns: 20 },
  )
})

test('receive takes the same message as a search of the whole mailbox, whatever was removed before', async () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ put: fc.integer({ min: 1, max: 150 }), with: share }) },
    { weight: 3, arbitrary: fc.record({ take: share }) },
    { weight: 2, arbitrary: fc.record({ shift: fc.integer({ min: 1, max: 120 }) }) },
    { weight: 2, arbitrary: fc.record({ remove: share }) },
    { weight: 1, arbitrary: fc.constant('priority' as const) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), (steps) =>
      inProcess(new LocalKernel(), async () => {
        const urgent = alias({ priority: true })
        const refs = [makeRef()]
        const list: Term[] = []
        let priority = 0
        let next = 0
        const pick = (at: number): Reference => refs[Math.floor(at * refs.length)]!
        const removed = (index: number): Term => {
          if (index < priority) priority--
          return list.splice(index, 1)[0]
        }
        for (const step of steps) {
          if (step === 'priority') {
            const message = tuple(refs.at(-1)!, next++)
            send(urgent, message, { priority: true })
            list.splice(priority++, 0, message)
          } else if ('put' in step)
            for (let n = 0; n < step.put; n++) {
              if (n % 2 === 0) refs.push(makeRef())
              const message = tuple(n % 2 === 0 ? refs.at(-1)! : pick((step.with + n / 7) % 1), next++)
              send(self(), message)
              list.push(message)
            }
          else if ('shift' in step)
            for (let n = 0; n < Math.min(step.shift, list.length); n++)
              expect(await receive()).toBe(removed(0))
          else if ('remove' in step && list.length > 0) {
            const message = list[Math.floor(step.remove * list.length)]!
            expect(await receive(on(message as number, (found): Term => found))).toBe(
              removed(list.indexOf(message)),
            )
          } else if ('take' in step) {
            const ref = pick(step.take)
            const index = list.findIndex(
              (message) => (message as { elements: readonly Term[] }).elements[0] === ref,
            )
            const taken = await receive(
              on([ref, _], (found) => found),
              after(0, () => undefined),
            )
            expect(taken).toBe(index < 0 ? undefined : removed(index))
          }
        }
        expect(drain()).toEqual(list)
      }),
    ),
    { numRuns: 150 },
  )
})

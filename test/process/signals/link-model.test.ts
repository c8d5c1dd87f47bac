import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LocalProcess, Process, runInProcess } from '../../../src/process/index.ts'
import { atom, isTuple, type Pid, type Term } from '../../../src/term/index.ts'
import { runs } from '../../support/runs.ts'
import { type TwoKernels, twoKernels } from '../../support/two-kernels.ts'

/** One side of a link: a process that traps exits, and its messages. */
interface Side {
  readonly process: LocalProcess
  readonly exits: Term[]
}

function side(kernel: TwoKernels['a']): Side {
  const process = kernel.create()
  const exits: Term[] = []
  process.handle((message) => {
    if (isTuple(message) && message.elements[0] === atom('EXIT')) exits.push(message)
  })
  runInProcess(process, () => Process.flag('trapExit', true))
  return { process, exits }
}

/** Takes the messages of the mailbox. Their order does not matter here. */
function look({ process, exits }: Side): number {
  return exits.length + process.mailbox.length
}

type Step = 'link' | 'unlink' | 'deliver' | 'exit' | 'cut'
const steps = fc.array(
  fc.record({
    who: fc.constantFrom(0, 1),
    step: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom<Step>('link', 'unlink') },
      { weight: 6, arbitrary: fc.constant<Step>('deliver') },
      { weight: 1, arbitrary: fc.constantFrom<Step>('exit', 'cut') },
    ),
  }),
  { maxLength: 40 },
)

test('when links and unlinks cross on the wire, no exit signal follows an unlink and both sides agree in the end', () => {
  void fc.assert(
    fc.property(steps, (sequence) => {
      const world = twoKernels()
      world.hold()
      const sides = [side(world.a), side(world.b)] as const
      const kernels = [world.a, world.b] as const
      const pids = sides.map(({ process }) => process.pid) as [Pid, Pid]
      // Number of messages of a side at its unlink. It may not grow until one of the two sides links again.
      const silentSince: (number | undefined)[] = [undefined, undefined]
      for (const { who, step } of sequence) {
        const me = sides[who]!
        const other = pids[1 - who]!
        if (step === 'deliver') world.step(kernels[who]!)
        else if (step === 'cut') {
          world.cut()
          world.mend()
        } else if (!me.process.alive) continue
        else if (step === 'exit') me.process.exit(atom('boom'))
        else {
          me.process.links[step](other)
          silentSince[who] = step === 'unlink' ? look(me) : undefined
        }
        for (const [index, { process }] of sides.entries())
          if (process.links.pids.has(pids[1 - index]!)) silentSince[index] = undefined
        for (const [index, count] of silentSince.entries())
          if (count !== undefined) expect(look(sides[index]!)).toBeLessThanOrEqual(count)
      }
      while (world.step(world.a) || world.step(world.b));
      const linked = sides.map(({ process }, index) => process.links.pids.has(pids[1 - index]!))
      expect(linked[0]).toBe(linked[1])
      // Each exit signal arrives once.
      for (const { process } of sides) if (!process.alive) expect(linked).toEqual([false, false])
    }),
    { numRuns: runs(1_000) },
  )
})

test('a side whose last operation was link, with no unlink on the way, is linked', () => {
  void fc.assert(
    fc.property(fc.array(fc.constantFrom('link', 'unlink') as fc.Arbitrary<'link' | 'unlink'>), (calls) => {
      const world = twoKernels()
      world.hold()
      const sides = [side(world.a), side(world.b)] as const
      for (const call of calls) {
        sides[0].process.links[call](sides[1].process.pid)
        if (calls.length % 3 === 0) world.step(world.b)
      }
      while (world.step(world.a) || world.step(world.b));
      expect(sides[0].process.links.pids.size).toBe(calls.at(-1) === 'link' ? 1 : 0)
      expect(sides[1].process.links.pids.size).toBe(sides[0].process.links.pids.size)
    }),
  )
})

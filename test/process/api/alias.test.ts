import { describe, expect, test } from 'vitest'
import {
  alias,
  demonitor,
  drain,
  exit,
  LocalKernel,
  link,
  monitor,
  Process,
  receive,
  self,
  send,
  spawn,
  unalias,
} from '../../../src/process/index.ts'
import {
  atom,
  equals,
  killed,
  on,
  type Pid,
  type Reference,
  type Tuple,
  tuple,
} from '../../../src/term/index.ts'
import { Idle, inProcess, settled } from '../../support/processes.ts'
import { twoKernels } from '../../support/two-kernels.ts'

const DOWN = atom('DOWN')
const EXIT = atom('EXIT')
const PROCESS = atom('process')

/** Starts a process that ends with the first message that it gets. */
function mortal(): Pid {
  return spawn(async () => {
    exit((await receive()) as never)
  })
}

const run = <T>(fn: () => T | Promise<T>): Promise<T> => inProcess(new LocalKernel(), fn)

describe('an alias', () => {
  test('takes messages until it is ended, which only its own process can do', async () => {
    await run(async () => {
      const mine = alias()
      send(mine, 1)
      let other: boolean | undefined
      spawn(() => {
        other = unalias(mine)
      })
      await settled()
      send(mine, 2)
      expect([other, unalias(mine), unalias(mine)]).toEqual([false, true, false])
      send(mine, 3)
      expect(drain()).toEqual([1, 2])
    })
  })

  test('of a reply ends with the first message, and not with an exit signal', async () => {
    await run(() => {
      Process.flag('trapExit', true)
      const mine = alias({ reply: true })
      Process.exit(mine, 'shutdown')
      send(mine, 1)
      send(mine, 2)
      expect(drain()).toEqual([tuple(EXIT, self(), atom('shutdown')), 1])
    })
  })

  test('ends with its process, and an exit signal to it ends the process', async () => {
    const kernel = new LocalKernel()
    const idle = new Idle(kernel)
    const mine = idle.as(() => alias())
    await inProcess(kernel, () => Process.exit(mine, 'kill'))
    expect(idle.process.reason).toBe(killed)
    expect(kernel.hasReceiver(mine)).toBe(false)
    expect(idle.as(() => kernel.hasReceiver(alias()))).toBe(false)
  })

  test('takes messages from another node', async () => {
    const { a, b, settle } = twoKernels()
    const [mine, other] = [new Idle(a), new Idle(b)]
    const ref = mine.as(() => alias())
    other.as(() => send(ref, atom('hi')))
    await settle()
    mine.as(() => unalias(ref))
    other.as(() => send(ref, atom('late')))
    await settle()
    expect(mine.messages).toEqual([atom('hi')])
  })
})

describe('the alias of a monitor', () => {
  const down = (ref: Reference, pid: Pid, reason: string) => tuple(DOWN, ref, PROCESS, pid, atom(reason))

  test('demonitor ends with the monitor', async () => {
    await run(async () => {
      const pid = mortal()
      const [ended, removed] = [monitor(pid, { alias: 'demonitor' }), monitor(pid, { alias: 'demonitor' })]
      send(ended, 1)
      send(removed, 2)
      demonitor(removed)
      send(removed, 3)
      send(pid, atom('bye'))
      await settled()
      send(ended, 4)
      expect(drain()).toEqual([1, 2, down(ended, pid, 'bye')])
    })
  })

  test('explicitUnalias outlives the monitor', async () => {
    await run(() => {
      const ref = monitor('nobody', { alias: 'explicitUnalias' })
      demonitor(ref)
      send(ref, 1)
      expect(unalias(ref)).toBe(true)
      send(ref, 2)
      expect(drain()).toEqual([
        tuple(DOWN, ref, PROCESS, tuple(atom('nobody'), atom('nonode@nohost')), atom('noproc')),
        1,
      ])
    })
  })

  test('replyDemonitor ends with the first message, which removes the monitor', async () => {
    await run(async () => {
      const pid = mortal()
      const ref = monitor(pid, { alias: 'replyDemonitor' })
      send(ref, 1)
      send(ref, 2)
      send(pid, atom('bye'))
      await settled()
      expect(drain()).toEqual([1])
      expect(demonitor(ref)).toBe(false)
    })
  })

  test('has a message with a tag of its own', async () => {
    await run(() => {
      const ref = monitor('nobody', { tag: tuple(atom('gone'), 7) })
      const message = drain()[0] as Tuple
      expect(message.elements[0]).toEqual(tuple(atom('gone'), 7))
      expect(equals(message.elements[1] as Reference, ref)).toBe(true)
    })
  })
})

describe('a priority message', () => {
  test('overtakes ordinary messages when it is sent to an alias that takes it', async () => {
    await run(() => {
      const [first, plain, once] = [
        alias({ priority: true }),
        alias(),
        alias({ priority: true, reply: true }),
      ]
      send(self(), 'one')
      send(first, 'two', { priority: true })
      send(first, 'three')
      send(plain, 'four', { priority: true })
      send(first, 'five', { priority: true })
      send(self(), 'six', { priority: true })
      send(once, 'seven', { priority: true })
      send(once, 'eight', { priority: true })
      // The same as in OTP 29.
      expect(drain()).toEqual(['two', 'five', 'seven', 'one', 'three', 'four', 'six'])
    })
  })

  test('is an exit signal, the end of a link or of a monitor, when it is asked for', async () => {
    await run(async () => {
      Process.flag('trapExit', true)
      const mine = alias({ priority: true })
      send(self(), 'one')
      Process.exit(mine, 'shutdown')
      Process.exit(mine, 'normal', { priority: true })
      expect(drain()).toEqual([
        tuple(EXIT, self(), atom('normal')),
        'one',
        tuple(EXIT, self(), atom('shutdown')),
      ])
      const pid = mortal()
      const [urgent, ordinary] = [monitor(pid, { priority: true }), monitor(pid)]
      link(pid, { priority: true })
      send(self(), 'one')
      send(pid, atom('bye'))
      await settled()
      const bye = atom('bye')
      const messages = drain()
      expect(messages).toHaveLength(4)
      expect(messages.slice(0, 2)).toContainEqual(tuple(EXIT, pid, bye))
      expect(messages.slice(0, 2)).toContainEqual(tuple(DOWN, urgent, PROCESS, pid, bye))
      expect(messages.slice(2)).toEqual(['one', tuple(DOWN, ordinary, PROCESS, pid, bye)])
      const again = mortal()
      link(again, { priority: true })
      link(again)
      send(self(), 'one')
      send(again, bye)
      await settled()
      expect(drain()).toEqual(['one', tuple(EXIT, again, bye)])
    })
  })

  test('is taken by a receive that has passed over ordinary messages', async () => {
    await run(async () => {
      const mine = alias({ priority: true })
      send(self(), 1)
      spawn(() => send(mine, 'urgent', { priority: true }))
      expect(await receive(on('urgent', () => 'taken'))).toBe('taken')
      expect(drain()).toEqual([1])
    })
  })
})

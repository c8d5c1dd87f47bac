import { describe, expect, test } from 'vitest'
import { asReason, exit, GenServer, Process, reply, type Term } from '../../../src/index.ts'
import { LocalKernel, type LocalProcess, runInProcess } from '../../../src/process/index.ts'
import { atom, ExitError, kill, killed, tuple } from '../../../src/term/index.ts'

// A text that came from elsewhere is no word of the API: it stays a text as an exit reason.

const kernel = new LocalKernel()

/** A process that waits, and what a process that traps exits and is linked to it receives. */
function victimOf(): { readonly victim: LocalProcess; readonly watcher: LocalProcess } {
  const watcher = kernel.create()
  watcher.trapExit = true
  watcher.handle(() => {})
  const victim = kernel.create({ link: watcher })
  victim.trapExit = true
  victim.handle(() => {})
  return { victim, watcher }
}

const as = <T>(fn: () => T): T => runInProcess(kernel.create(), fn)

function reasonOf(fn: () => unknown): Term {
  try {
    fn()
  } catch (thrown) {
    if (thrown instanceof ExitError) return thrown.reason
  }
  return 'no exit'
}

test('a word that the caller writes is the atom; a text that is passed on stays a text', () => {
  expect(reasonOf(() => exit('shutdown'))).toBe(atom('shutdown'))
  expect(reasonOf(() => exit(atom('shutdown')))).toBe(atom('shutdown'))
  expect(reasonOf(() => exit(asReason('shutdown')))).toBe('shutdown')
  expect(reasonOf(() => exit(asReason(tuple(atom('shutdown'), 'kill'))))).toEqual(
    tuple(atom('shutdown'), 'kill'),
  )
})

test('the text "kill" of another node kills no process', () => {
  const { victim } = victimOf()
  as(() => Process.exit(victim.pid, asReason('kill')))
  expect(victim.alive).toBe(true)
  as(() => Process.exit(victim.pid, 'kill'))
  expect(victim.reason).toBe(killed)
  const other = victimOf().victim
  as(() => Process.exit(other.pid, kill))
  expect(other.reason).toBe(killed)
})

test('a server that is stopped with a text ends with the text', async () => {
  const Server = GenServer.define({ init: (n: number) => n, call: { get: (n) => reply(n, n) } })
  const reasons = await new Promise<Term[]>((resolve) => {
    kernel.spawn(async () => {
      const found: Term[] = []
      for (const reason of [asReason('shutdown'), 'shutdown', asReason(atom('normal'))] as const) {
        const pid = await Server.start(1)
        const process = kernel.process(pid)!
        await GenServer.stop(pid, reason)
        found.push(process.reason)
      }
      resolve(found)
    })
  })
  expect(reasons).toEqual(['shutdown', atom('shutdown'), atom('normal')])
})

describe('the compiler', () => {
  const received = 'kill' as Term
  const text = 'kill' as string
  const pid = kernel.create().pid

  test('takes words, atoms and other terms that are no text', () => {
    const typed = (): void => {
      Process.exit(pid, 'kill')
      Process.exit(pid, atom('bye'))
      Process.exit(pid, tuple(atom('shutdown'), 'text'))
      Process.exit(pid, [1, 2])
      Process.exit(pid, asReason(received))
      void GenServer.stop(pid, 'normal')
    }
    expect(typed).toBeTypeOf('function')
  })

  test('refuses a text and a term that may be one', () => {
    const typed = (): void => {
      // @ts-expect-error a received term may be the text "kill"
      Process.exit(pid, received)
      // @ts-expect-error a text is not a word
      Process.exit(pid, text)
      // @ts-expect-error a misspelt word
      Process.exit(pid, 'shutdwon')
      // @ts-expect-error the same for exit
      exit(received)
      // @ts-expect-error and for the end of a server
      void GenServer.stop(pid, received)
    }
    expect(typed).toBeTypeOf('function')
  })
})

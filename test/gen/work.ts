import { currentProcess, exit, Process, receive, self, send, sleep } from '../../src/process/index.ts'
import { _, type Atom, atom, normal, on, type Pid, type Term, tuple } from '../../src/term/index.ts'

/** What tasks do in the tests; `work.ex` in contract-beam.ts is the same in Elixir. */

export function double(n: number): number {
  return n * 2
}

export async function slowly(ms: number, result: string): Promise<string> {
  await sleep(ms)
  return result
}

export function boom(n: number): number {
  throw new Error(`boom ${n}`)
}

export function leave(reason: Term): never {
  return exit(reason)
}

export function callers(): readonly Pid[] {
  return currentProcess()!.callers
}

export function place(): Atom {
  return self().node
}

/** Tells that it is there, and ends in its own words when it is asked to. */
export async function stubborn(whom: Pid): Promise<never> {
  Process.flag('trapExit', true)
  send(whom, atom('ready'))
  const reason = await receive(on([atom('EXIT'), _, _], ([, , reason]) => reason as Term))
  return exit(tuple(atom('asked'), reason))
}

/** Tells that it is there, and does not end when it is asked to. */
export async function deaf(whom: Pid): Promise<never> {
  Process.flag('trapExit', true)
  send(whom, atom('ready'))
  return receive(on(atom('never'), (): never => exit(normal)))
}

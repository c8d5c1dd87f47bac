import { GenServer, Registry, type Strategy, Supervisor } from '../../src/gen/index.ts'
import {
  asReason,
  currentProcess,
  exit,
  Process,
  receive,
  self,
  send,
  sleep,
} from '../../src/process/index.ts'
import { _, type Atom, atom, normal, on, type Pid, type Term, tuple } from '../../src/term/index.ts'
import { Counter, Lazy } from './counter.ts'

/** What those who answer can do; test/beam/elixir-office.ts has the same in Elixir. */

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
  return exit(asReason(reason))
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

// How children are started

export const startCounter = (n: number) => Counter.startLink(n)

export const startLazy = (n: number) => Lazy.startLink(n)

export const startNone = (): Atom => atom('ignore') as Atom

export function startBadly(): never {
  throw new Error('no disk')
}

/** Three counters, which stand at 1, 2 and 3. */
export function startTree(strategy: Atom, maxRestarts: number): Promise<Pid> {
  const children = ['one', 'two', 'three'].map((id, index) => ({
    id: atom(id),
    start: ['Work', 'start_counter', [index + 1]] as const,
  }))
  return Supervisor.startLink(children, { strategy: strategy.name as Strategy, maxRestarts })
}

export const startInRoom = (room: Term, n: number) => Counter.startLink(n, { name: inRoom(room) })

// What agents do with their state

export const plus = (n: number, by: number): number => n + by

export const swap = (n: Term, to: Term): Term => tuple(n, to)

// Who is in which room, and who hears of what

const inRoom = (room: Term) => ({ via: [Registry, 'Rooms', room] }) as const

export const whoIsIn = (room: Term): Pid | null => Registry.whereisName('Rooms', room) ?? null

export const askIn = (room: Term, request: Term): Promise<Term> => GenServer.call(inRoom(room), request)

/** Tells of all that is published, until it is told to end. */
export async function subscribe(topic: Term, whom: Pid): Promise<never> {
  Registry.register('Topics', topic, null)
  send(whom, tuple(atom('subscribed'), self()))
  for (;;) send(whom, tuple(atom('heard'), self(), await receive()))
}

export function publish(topic: Term, news: Term): Atom {
  Registry.dispatch('Topics', topic, (entries) => {
    for (const { pid } of entries) send(pid, news)
  })
  return atom('ok') as Atom
}

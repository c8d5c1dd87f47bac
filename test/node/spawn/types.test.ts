import { expectTypeOf, test } from 'vitest'
import {
  type Atom,
  atom,
  type Node,
  type Pid,
  type Reference,
  type send,
  type Term,
  tuple,
} from '../../../src/index.ts'

// Nothing in here runs: what must not compile stands behind @ts-expect-error.

declare const node: typeof Node
declare const say: typeof send
declare const to: Pid<never>
declare const term: Term
declare const anything: unknown

const greet = (name: string, times: number): void => void [name, times]

test('the arguments of a remote spawn are those of the function', () => {
  const good = (): unknown[] => [
    node.spawn('kate@localhost', greet, 'kate', 2),
    node.spawn(atom('kate@localhost') as Atom, 'Kate', 'say_name', []),
    node.spawnLink('kate@localhost', ':timer', atom('sleep') as Atom, [1000]),
    node.spawn('kate@localhost', () => 1),
  ]
  const bad = (): unknown[] => [
    // @ts-expect-error a number is not a name
    node.spawn('kate@localhost', greet, 1, 2),
    // @ts-expect-error one argument is missing
    node.spawn('kate@localhost', greet, 'kate'),
    // @ts-expect-error one argument too many
    node.spawn('kate@localhost', greet, 'kate', 2, 3),
    // @ts-expect-error arguments of a named function are an array
    node.spawn('kate@localhost', 'Kate', 'say_name', 'kate'),
    // @ts-expect-error a Date is not a term
    node.spawn('kate@localhost', 'Kate', 'say_name', [new Date()]),
  ]
  expectTypeOf(good).toBeFunction()
  expectTypeOf(bad).toBeFunction()
})

test('a remote spawn gives a pid, and with a monitor a reference too', () => {
  expectTypeOf<ReturnType<typeof node.spawn>>().resolves.toEqualTypeOf<Pid>()
  expectTypeOf<ReturnType<typeof node.spawnLink>>().resolves.toEqualTypeOf<Pid>()
  expectTypeOf<ReturnType<typeof node.spawnMonitor>>().resolves.toEqualTypeOf<{
    readonly pid: Pid
    readonly ref: Reference
  }>()
  expectTypeOf<ReturnType<typeof node.connect>>().resolves.toEqualTypeOf<boolean>()
  expectTypeOf<ReturnType<typeof node.ping>>().resolves.toEqualTypeOf<Atom<'pong'> | Atom<'pang'>>()
})

test('a value that is not a term does not compile in a message', () => {
  class Thing {
    readonly #secret = 1
    tell(): number {
      return this.#secret
    }
  }
  const open: Record<string, number> = {}
  const good = (): unknown[] => [
    say(to, tuple(atom('hi'), 1, 'two', [3n], { four: Uint8Array.of(5) })),
    say('echo', new Map([[1, 'one']])),
    say({ name: 'echo', node: 'kate@localhost' }, null),
    say(to, term),
    say(to, term as NonNullable<Term>),
    node.spawnRequest('kate@localhost', greet, ['kate', 2], {
      reply: 'error_only',
      monitor: { alias: 'demonitor' },
    }),
    node.spawnRequest('kate@localhost', 'Kate', 'say_name', [], { link: true, monitor: true }),
    say(to, tuple(atom('got'), [term], { value: term })),
  ]
  const bad = (): unknown[] => [
    // @ts-expect-error a number is not a name
    node.spawnRequest('kate@localhost', greet, [1, 2]),
    // @ts-expect-error no such replies
    node.spawnRequest('kate@localhost', 'Kate', 'say_name', [], { reply: 'maybe' }),
    // @ts-expect-error a Date
    say(to, new Date()),
    // @ts-expect-error a Date in a list in a tuple
    say(to, tuple(atom('at'), [new Date()])),
    // @ts-expect-error a function
    say(to, () => 1),
    // @ts-expect-error a symbol
    say(to, Symbol('x')),
    // @ts-expect-error an error
    say(to, { cause: new Error('x') }),
    // @ts-expect-error an instance with methods
    say(to, new Thing()),
    // @ts-expect-error keys that are not known would become atoms
    say(to, open),
    // @ts-expect-error nobody knows what it is
    say(to, anything),
    // @ts-expect-error a promise
    say(to, Promise.resolve(1)),
  ]
  expectTypeOf(good).toBeFunction()
  expectTypeOf(bad).toBeFunction()
})

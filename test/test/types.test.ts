import { expectTypeOf, test } from 'vitest'
import { _, type Atom, atom, type Pid, type Term, type Tuple } from '../../src/index.ts'
import {
  assertReceive,
  assertReceived,
  captureIO,
  cluster,
  type Peer,
  startPeer,
} from '../../src/test/index.ts'

// Checked by the compiler; nothing runs.
test('the types of moebi/test', () => {
  void (async (peer: Peer) => {
    expectTypeOf(await assertReceive([atom('hi'), _.pid])).toEqualTypeOf<Tuple<readonly [Atom<'hi'>, Pid]>>()
    expectTypeOf(assertReceived(_.string)).toEqualTypeOf<string>()
    expectTypeOf(await assertReceive(_)).toEqualTypeOf<Term>()
    expectTypeOf(await peer.call((a: number, b: string) => a + b.length, 1, 'x')).toEqualTypeOf<number>()
    expectTypeOf(await peer.call(async () => 'x')).toEqualTypeOf<string>()
    // @ts-expect-error the argument has another type
    await peer.call((a: number) => a, 'x')
    // @ts-expect-error an option that does not exist
    await startPeer('kate', { application: 'x' })
    // @ts-expect-error a node of the test cannot be killed
    await cluster.kill(cluster.self)
    expectTypeOf(await captureIO('in', () => 1)).toEqualTypeOf<string>()
  })
})

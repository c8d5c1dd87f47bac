import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  _,
  type Atom,
  after,
  atom,
  BitString,
  bytes,
  type Clause,
  ElixirError,
  type ErlangError,
  ExportFun,
  error,
  type Float,
  float,
  internPid,
  is,
  list,
  listOf,
  match,
  ok,
  on,
  type Pid,
  Port,
  Reference,
  type Term,
  TermMap,
  type Tuple,
  tuple,
} from '../../../src/term/index.ts'

const node = atom('a@localhost')
const pid = internPid(node, 1, 0, 1)
const ref = new Reference(node, 1, [1, 2, 3])
const matches = (pattern: unknown, term: unknown): boolean => on(pattern, () => 1).test(term)
const given = (pattern: unknown, term: unknown): unknown =>
  on(pattern, (value) => value as unknown).handle(term)

describe('a pattern', () => {
  test('that is a literal matches identical terms', () => {
    for (const literal of [1, 1.5, 10n ** 20n, 'a', '', true, null, ok, pid, ref, float(1)])
      expect(matches(literal, literal), String(literal)).toBe(true)
    expect(matches(ref, new Reference(node, 1, [1, 2, 3]))).toBe(true)
    expect(matches(new BitString(new Uint8Array([128]), 1), new BitString(new Uint8Array([128]), 1))).toBe(
      true,
    )
    expect(matches(float(1), 1)).toBe(false)
    expect(matches(1.5, float(1))).toBe(false)
    expect(matches(_.integer, float(1))).toBe(false)
    expect(matches(1, '1')).toBe(false)
    expect(matches(null, undefined)).toBe(true)
    expect(matches(ok, 'ok')).toBe(false)
    expect(matches('a', ok)).toBe(false)
  })

  test('that is a wildcard matches its kind', () => {
    const kinds: Record<string, readonly unknown[]> = {
      pid: [pid],
      ref: [ref],
      port: [new Port(node, 1n, 1)],
      fun: [new ExportFun(ok, ok, 0)],
      atom: [ok],
      boolean: [true, false],
      number: [1, 1.5, float(1)],
      integer: [0, -5],
      bigint: [2n, 10n ** 30n, 4],
      float: [1.5, float(2), 2],
      string: ['', 'é', bytes('é')],
      bytes: ['', 'é', bytes('é'), new Uint8Array([255])],
      list: [[], [1]],
      tuple: [tuple(), tuple(1)],
      map: [{}, new Map(), new TermMap()],
      exception: [new ElixirError('RuntimeError', { message: 'oops' })],
    }
    for (const [kind, terms] of Object.entries(kinds))
      for (const term of terms) {
        expect(matches(_[kind as 'pid'], term), `_.${kind} and ${String(term)}`).toBe(true)
        expect(matches(_, term)).toBe(true)
      }
    expect(matches(_.string, new Uint8Array([255]))).toBe(false)
    expect(matches(_.integer, 1.5)).toBe(false)
    expect(matches(_.atom, true)).toBe(false)
    expect(matches(_.list, tuple(1))).toBe(false)
    expect(matches(_.map, new Date())).toBe(false)
    expect(matches(_.map, null)).toBe(false)
  })

  test('that is an array, or a tuple, matches tuples of its size', () => {
    for (const pattern of [[atom('hi'), _.pid], tuple(atom('hi'), _.pid)]) {
      expect(matches(pattern, tuple(atom('hi'), pid))).toBe(true)
      expect(matches(pattern, tuple(atom('hi'), 1))).toBe(false)
      expect(matches(pattern, tuple(atom('hi')))).toBe(false)
      expect(matches(pattern, tuple(atom('hi'), pid, 1))).toBe(false)
      expect(matches(pattern, [atom('hi'), pid])).toBe(false)
    }
    expect(matches([[ok, [_.number]]], tuple(tuple(ok, tuple(1))))).toBe(true)
  })

  test('matches lists by list() and listOf()', () => {
    expect(matches(list(1, _.string), [1, 'a'])).toBe(true)
    expect(matches(list(1, _.string), [1])).toBe(false)
    expect(matches(list(), [])).toBe(true)
    expect(matches(listOf(_.number), [1, 2, 3])).toBe(true)
    expect(matches(listOf(_.number), [])).toBe(true)
    expect(matches(listOf(_.number), [1, 'a'])).toBe(false)
    expect(matches(listOf([_.atom, _]), [tuple(ok, 1), tuple(error, 2)])).toBe(true)
  })

  test('that is an object matches maps that have at least its keys', () => {
    const pattern = { name: _.string, age: _.number }
    expect(matches(pattern, { name: 'Kate', age: 7, dog: true })).toBe(true)
    expect(matches(pattern, { name: 'Kate' })).toBe(false)
    expect(matches(pattern, { name: 'Kate', age: undefined })).toBe(false)
    expect(matches({ dog: null }, { dog: null })).toBe(true)
    expect(matches({ toString: _ }, {})).toBe(false)
    const mixed = new TermMap<Term>([
      [atom('name'), 'Kate'],
      [atom('age'), 7],
      ['x', 1],
    ])
    expect(given(pattern, mixed)).toEqual({ name: 'Kate', age: 7 })
    expect(matches({ message: 'oops' }, new ElixirError('RuntimeError', { message: 'oops' }))).toBe(true)
    expect(matches(new Map<Term, unknown>([['x', _.number]]), mixed)).toBe(true)
    expect(matches(new Map<Term, unknown>([['y', _]]), mixed)).toBe(false)
  })

  test('converts a binary to a string or to bytes for the handler, at any depth', () => {
    const raw = new Uint8Array([195, 169])
    expect(given(_.string, raw)).toBe('é')
    expect(given(_.bytes, 'é')).toEqual(raw)
    expect(given([ok, _.bytes], tuple(ok, 'é'))).toEqual(tuple(ok, raw))
    expect(given(listOf({ text: _.string }), [{ text: raw, n: 1 }])).toEqual([{ text: 'é', n: 1 }])
    expect(given('é', raw)).toBe('é')
    expect(given(_.number, float(2))).toBe(2)
    expect(given([_.bigint], tuple(5))).toEqual(tuple(5n))
  })

  test('gives the handler the same object where nothing is converted', () => {
    const term = tuple(ok, { text: 'é' })
    expect(given([ok, { text: _.string }], term)).toBe(term)
  })

  test('does not match a value that is not a term, and cannot hold one', () => {
    expect(matches([ok, 1], new Date())).toBe(false)
    expect(matches({ a: 1 }, () => 1)).toBe(false)
    expect(matches(tuple(1), tuple(new Date()))).toBe(false)
    expect(() => matches([ok, new Date()], tuple(ok, 1))).toThrow('got an instance of Date')
    expect(() => matches((n: number) => n > 1, 2)).toThrow('on(pattern, guard, handler)')
  })
})

describe('match', () => {
  test('takes the first clause that matches and returns what its handler returns', () => {
    const answer = (term: Term): string =>
      match(
        term,
        on(
          [ok, _.number],
          ([, n]) => n > 10,
          ([, n]) => `much: ${n}`,
        ),
        on([ok, _.number], ([, n]) => `little: ${n}`),
        on([error, _], () => 'none'),
      )
    expect(answer(tuple(ok, 11))).toBe('much: 11')
    expect(answer(tuple(ok, 1))).toBe('little: 1')
    expect(answer(tuple(error, 'x'))).toBe('none')
  })

  test('throws {:case_clause, term} when no clause matches', () => {
    try {
      match(
        tuple(ok, 1),
        on(error, () => 1),
      )
      expect.unreachable()
    } catch (thrown) {
      expect((thrown as ErlangError).reason).toEqual(tuple(atom('case_clause'), tuple(ok, 1)))
      expect((thrown as Error).message).toContain('{:ok, 1}')
    }
  })
})

test('is() matches terms that need no conversion', () => {
  expect(is('a', _.string)).toBe(true)
  expect(is(bytes('a'), _.string)).toBe(false)
  expect(is('a', _.bytes)).toBe(false)
  expect(is(tuple(ok, bytes('a')), [ok, _.bytes])).toBe(true)
  expect(is(tuple(ok, 'a'), [ok, _.bytes])).toBe(false)
  expect(is({ a: 1 }, { a: _.number })).toBe(true)
  expect(is(new TermMap([[atom('a'), 1]]), { a: _.number })).toBe(false)
})

describe('the types', () => {
  test('the type of the argument of a handler is that of its pattern', () => {
    on([atom('hi'), _.pid], (value) => {
      expectTypeOf(value).toEqualTypeOf<Tuple<readonly [Atom<'hi'>, Pid]>>()
    })
    on([atom('hi'), _.pid], ([tag, from]) => {
      expectTypeOf(tag).toEqualTypeOf<Atom<'hi'>>()
      expectTypeOf(from).toEqualTypeOf<Pid>()
    })
    on(tuple(ok, [1, _.string]), ([, [one, text]]) => {
      expectTypeOf(one).toEqualTypeOf<1>()
      expectTypeOf(text).toEqualTypeOf<string>()
    })
    on({ name: _.string, tags: listOf(_.atom) }, ({ name, tags }) => {
      expectTypeOf(name).toEqualTypeOf<string>()
      expectTypeOf(tags).toEqualTypeOf<readonly Atom[]>()
    })
    on(list(_.number, null, true), ([n, nil, yes]) => {
      expectTypeOf(n).toEqualTypeOf<number>()
      expectTypeOf(nil).toEqualTypeOf<null>()
      expectTypeOf(yes).toEqualTypeOf<true>()
    })
    on(_, (value) => expectTypeOf(value).toEqualTypeOf<Term>())
    on(
      _.bytes,
      (n) => n.length > 1,
      (value) => expectTypeOf(value).toEqualTypeOf<Uint8Array>(),
    )
    on(pid, (value) => expectTypeOf(value).toEqualTypeOf<Pid>())
    expectTypeOf(on(ok, () => 'a')).toEqualTypeOf<Clause<string>>()
    expectTypeOf(after(10, () => 1).handle).returns.toEqualTypeOf<number>()
  })

  test('match returns what any of its handlers may return', () => {
    const answer = () =>
      match(
        1 as Term,
        on(_.number, (n) => n),
        on(_.string, (text) => [text]),
      )
    expectTypeOf(answer).returns.toEqualTypeOf<number | string[]>()
  })

  test('is() narrows', () => {
    const term = tuple(ok, 1) as Term
    if (is(term, [ok, _.number])) {
      const [tag, n] = term
      expectTypeOf(tag).toEqualTypeOf<Atom<'ok'>>()
      expectTypeOf(n).toEqualTypeOf<number | Float>()
    }
    expect(is(term, [ok, _.number])).toBe(true)
  })

  test('a use of the argument that its pattern does not allow does not compile', () => {
    // @ts-expect-error a string is not a number
    on(_.string, (n: number) => n)
    // @ts-expect-error a number has no length
    on([ok, _.number], ([, n]) => n.length)
    // @ts-expect-error the map's other keys are not known
    on({ a: _ }, ({ b }) => b)
    // @ts-expect-error this literal cannot be another one
    on(1, (n) => n === 2)
  })
})

test('a number matches the Float of its value, and a handler gets the number', () => {
  for (const [pattern, term, wanted] of [
    [1, float(1), 1],
    [0, float(-0), 0],
    [[ok, 1], tuple(ok, float(1)), tuple(ok, 1)],
    [{ price: 100 }, { price: float(100), tax: float(1) }, { price: 100, tax: float(1) }],
    [list(1, _), [float(1), float(2)], [1, float(2)]],
    [listOf(_.number), [float(1), 2.5], [1, 2.5]],
    [new Map([['a', 1]]), new TermMap([['a', float(1)]]), new TermMap([['a', 1]])],
    [_.float, float(2), 2],
  ] as const) {
    expect(matches(pattern, term)).toBe(true)
    expect(is(term, pattern)).toBe(true)
    const given = on(pattern as unknown, (value) => value).handle(term)
    expect(given).toEqual(wanted)
  }
  const term = tuple(ok, float(1))
  const given = (value: unknown): unknown => value
  expect(on([ok, _], given).handle(term)).toBe(term)
  expect(on([ok, float(1)], given).handle(term)).toBe(term)
  expect(
    match(
      term as Term,
      on([ok, 1], ([, n]) => n === 1),
    ),
  ).toBe(true)
})

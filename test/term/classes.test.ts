import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  _,
  Atom,
  atom,
  atomToName,
  bytes,
  charlist,
  ElixirError,
  Float,
  float,
  ImproperList,
  internPid,
  is,
  isTuple,
  NativeRecord,
  nameToAtom,
  nonode,
  ok,
  Pid,
  plainNumbers,
  publishPid,
  Reference,
  type Term,
  TermMap,
  type Tuple,
  text,
  tuple,
} from '../../src/term/index.ts'

const node = atom('a@localhost')

describe('atoms', () => {
  test('of one name are the same object', () => {
    expect(atom('ok')).toBe(ok)
    expect(atom('Elixir.Kate')).toBe(atom('Elixir.Kate'))
    expectTypeOf(atom('hi')).toEqualTypeOf<Atom<'hi'>>()
  })

  test('true, false and nil are values of JavaScript', () => {
    expect([atom('true'), atom('false'), atom('nil')]).toEqual([true, false, null])
    expectTypeOf(atom('nil')).toEqualTypeOf<null>()
    expectTypeOf(atom('true')).toEqualTypeOf<true>()
    expect(atom('undefined')).toBeInstanceOf(Atom)
  })

  test('have at most 255 characters, and the error says so', () => {
    expect(atom('😀'.repeat(255))).toBeInstanceOf(Atom)
    expect(() => atom('a'.repeat(256))).toThrow('an atom holds at most 255 characters, got 256')
  })

  test('are made of names: an alias begins with a capital letter', () => {
    expect(nameToAtom('Chat').name).toBe('Elixir.Chat')
    expect(nameToAtom('Elixir.Chat').name).toBe('Elixir.Chat')
    expect(nameToAtom('chat').name).toBe('chat')
    expect(nameToAtom(':DOWN').name).toBe('DOWN')
    for (const name of ['Chat', 'chat', ':DOWN', 'Chat.Server'])
      expect(atomToName(nameToAtom(name))).toBe(name)
  })
})

describe('pids', () => {
  test('with the same words are the same object, however they are made', () => {
    expect(internPid(node, 1, 2, 3)).toBe(internPid(node, 1, 2, 3))
    for (const pid of [
      internPid(node, 2, 2, 3),
      internPid(node, 1, 3, 3),
      internPid(node, 1, 2, 4),
      internPid(ok, 1, 2, 3),
    ])
      expect(pid).not.toBe(internPid(node, 1, 2, 3))
    const made = new Pid(node, 77, 0, 1)
    publishPid(made)
    expect(internPid(node, 77, 0, 1)).toBe(made)
    expect(internPid(node, 0xffff_ffff, 0xffff_ffff, 1)).toBe(internPid(node, 0xffff_ffff, 0xffff_ffff, 1))
    expect(internPid(node, 0xffff_fffe, 0xffff_ffff, 1)).not.toBe(
      internPid(node, 0xffff_ffff, 0xffff_ffff, 1),
    )
    expect(internPid(node, 0xffff_ffff, 0xffff_fffe, 1)).not.toBe(
      internPid(node, 0xffff_ffff, 0xffff_ffff, 1),
    )
  })
})

test('references of the same words have the same key', () => {
  expect(new Reference(node, 1, [1, 2]).key).toBe(new Reference(node, 1, [1, 2]).key)
  expect(new Reference(node, 2, [1, 2]).key).not.toBe(new Reference(node, 1, [1, 2]).key)
})

describe('tuples', () => {
  test('are destructured like arrays, and are not arrays', () => {
    const [tag, n] = tuple(ok, 1)
    expect([tag, n]).toEqual([ok, 1])
    expect(tuple(ok, 1)[1]).toBe(1)
    expect([...tuple(1, 2).map((each) => each)]).toEqual([1, 2])
    expect(Array.isArray(tuple(1))).toBe(false)
    expect(isTuple(tuple())).toBe(true)
    expect(isTuple([])).toBe(false)
    expect(JSON.stringify(tuple(ok, [1]))).toBe('["ok",[1]]')
  })
})

describe('binaries', () => {
  test('are converted to text and to bytes', () => {
    expect(text(bytes('Zoë'))).toBe('Zoë')
    expect(text('\ufeffx')).toBe('\ufeffx')
    expect(text(bytes('\ufeffx'))).toBe('\ufeffx')
    expect(() => text(new Uint8Array([255]))).toThrow(TypeError)
    expect(charlist('a😀')).toEqual([97, 0x1f600])
  })
})

describe('floats', () => {
  test('are floats also without a fraction', () => {
    expect(float(1)).toBeInstanceOf(Float)
    expect(Number(float(1)) + 1).toBe(2)
    expect(() => float(Number.NaN)).toThrow('a float of the BEAM is finite, got NaN')
  })

  test('compute like numbers', () => {
    const price = float(100)
    const untyped = price as unknown as number
    expect([untyped > 99, untyped < 101, untyped * 2, Math.max(price as never, 3)]).toEqual([
      true,
      true,
      200,
      100,
    ])
    expect([`${price}`, price.toFixed(2), price.toString(16), JSON.stringify({ price })]).toEqual([
      '100',
      '100.00',
      '64',
      '{"price":100}',
    ])
    expect([float(3), float(1), float(2)].sort((a, b) => +a - +b)).toEqual([float(1), float(2), float(3)])
    expect(structuredClone(price).valueOf()).toBe(100)
    expect(Object.is(float(-0).value, -0)).toBe(true)
  })

  test('are objects for the compiler, so a use as a number does not compile', () => {
    const price = float(100) as Term
    // @ts-expect-error a term may be a Float
    expect(price + 1).toBe(101)
    // @ts-expect-error a Float is not a number
    const number: number = float(100)
    expect(number).toEqual(float(100))
    expectTypeOf<Extract<Term, Float>>().toEqualTypeOf<Float>()
    // @ts-expect-error the result of a narrowed number may be a Float
    if (is(price, _.number)) price * 2
    expectTypeOf(plainNumbers(price)).toEqualTypeOf<Exclude<Term, Float>>()
    expectTypeOf(plainNumbers({ a: [float(1)], b: 'x' })).toEqualTypeOf<{
      readonly a: readonly number[]
      readonly b: string
    }>()
  })

  test('are replaced by numbers at any depth, and the term is not changed', () => {
    const pid = internPid(nonode, 1, 0, 0)
    const exception = new ElixirError('KeyError', { key: float(1) })
    const term: Term = tuple(
      float(1),
      [float(-0), 1.5, 'a'],
      { a: { b: float(2) }, ['__proto__']: float(3) },
      new TermMap<Term, Term>([[float(1), float(1)]]),
      new ImproperList([float(1)], float(2)),
      pid,
      exception,
      new NativeRecord(atom('m'), atom('r'), 0, [[atom('f'), float(4)]]),
    )
    const [one, list, object, map, improper, same, error, record] = plainNumbers(term) as unknown as Term[]
    expect([one, list]).toEqual([1, [-0, 1.5, 'a']])
    expect(Object.entries(object as object)).toEqual([
      ['a', { b: 2 }],
      ['__proto__', 3],
    ])
    expect([...(map as TermMap)]).toEqual([[float(1), 1]])
    expect(improper).toEqual(new ImproperList([1], 2))
    expect(same).toBe(pid)
    expect((error as ElixirError).fields.key).toBe(1)
    expect((record as NativeRecord).fields).toEqual([[atom('f'), 4]])
    expect(exception.fields.key).toEqual(float(1))
    expect((term as Tuple)[1]).toEqual([float(-0), 1.5, 'a'])
    const plain = { a: [1, 'x'] }
    expect(plainNumbers(plain)).toBe(plain)
    const circle: unknown[] = [float(1)]
    circle.push(circle)
    const copy = plainNumbers(circle) as unknown[]
    expect([copy[0], copy[1] === copy]).toEqual([1, true])
    let deep: Term = float(1)
    for (let level = 0; level < 100_000; level++) deep = [deep]
    let inner = plainNumbers(deep) as Term
    while (Array.isArray(inner)) inner = inner[0] as Term
    expect(inner).toBe(1)
  })
})

describe('maps of terms', () => {
  test('find their keys as Erlang does, and behave like a Map', () => {
    const map = new TermMap<Term, Term>([
      [tuple(1, 2), 'tuple'],
      [1, 'integer'],
      [float(1), 'float'],
      ['1', 'text'],
    ])
    expect([map.get(tuple(1, 2)), map.get(1), map.get(float(1)), map.get('1')]).toEqual([
      'tuple',
      'integer',
      'float',
      'text',
    ])
    expect(map.size).toBe(4)
    map.set(tuple(1, 2), 'again')
    expect(map.size).toBe(4)
    expect(map.delete(tuple(1, 2))).toBe(true)
    expect(map.delete(tuple(1, 2))).toBe(false)
    expect([...map.keys()]).toEqual([1, float(1), '1'])
    map.clear()
    expect([...map]).toEqual([])
  })

  test('keep every key when hashes collide', () => {
    const map = new TermMap<Term, number>()
    for (let index = 0; index < 20_000; index++) map.set([index, 'x'], index)
    expect(map.size).toBe(20_000)
    for (let index = 0; index < 20_000; index += 997) expect(map.get([index, 'x'])).toBe(index)
  })
})

test('an Elixir exception is an Error with the name and the message of the struct', () => {
  const error = new ElixirError('ArgumentError', { message: 'not a dog' })
  expect(String(error)).toBe('ArgumentError: not a dog')
  expect(error.fields).toMatchObject({ __struct__: atom('Elixir.ArgumentError'), __exception__: true })
})

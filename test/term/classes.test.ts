import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  Atom,
  atom,
  atomToName,
  bytes,
  charlist,
  ElixirError,
  Float,
  float,
  internPid,
  isTuple,
  nameToAtom,
  ok,
  Pid,
  publishPid,
  Reference,
  type Term,
  TermMap,
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

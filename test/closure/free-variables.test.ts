import { describe, expect, test } from 'vitest'
import { parseFunction } from '../../src/closure/index.ts'

describe('the free variables of a function', () => {
  test.each<[string, string[]]>([
    ['() => Kate.sayName()', ['Kate']],
    ['(a, { b, c: [d] }, ...e) => a + b + d + e.c + f', ['f']],
    ['({ a = b, [key]: c }) => a + c', ['b', 'key']],
    ['(a = b, b) => a', []],
    ['() => { const x = 1; { const y = x; } return y }', ['y']],
    ['() => { if (a) { var x = 1 } return x }', ['a']],
    ['() => { return hoisted(); function hoisted() { return other } }', ['other']],
    ['() => { for (const i of list) for (let j = 0; j < i; j++) use(i, j); return i }', ['list', 'use', 'i']],
    ['() => { try { a() } catch (error) { b(error) } finally { c(error) } }', ['a', 'b', 'c', 'error']],
    ['function fact(n) { return n < 2 ? 1 : n * fact(n - 1) }', []],
    [
      '() => class A extends B { [c] = d; static { A.x = e } m(f) { return super.m(f, g) } }',
      ['B', 'c', 'd', 'e', 'g'],
    ],
    ['() => ({ a, b: c, [d]: 1, e() { return f } })', ['a', 'c', 'd', 'f']],
    ['() => { outer: for (;;) { continue outer } }', []],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a source
    ['() => `${a}${`${b}`}` + tag`x${c}`', ['a', 'b', 'tag', 'c']],
    ['function () { return arguments.length + new.target }', []],
    ['() => { switch (x) { case y: let z = 1; return z } return z }', ['x', 'y', 'z']],
    ['async () => { for await (const a of b) await c(a) }', ['b', 'c']],
    ['() => a?.b?.[c]', ['a', 'c']],
    ['() => { [a, b.c] = d; e = 1; f++ }', ['a', 'b', 'd', 'e', 'f']],
    ['sayName() { return greet(name) }', ['greet', 'name']],
    ['async *items() { yield* all }', ['all']],
    ["'quoted name'() { return x }", ['x']],
    ['x => y => z => x + y + z + w', ['w']],
  ])('%s', (source, names) => {
    expect(parseFunction(source).freeVariables).toEqual(names)
  })
})

test('a method becomes a function expression', () => {
  expect(parseFunction('sayName() { return 1 }').expression).toBe('({sayName() { return 1 }}).sayName')
})

test('source code that is not a function is an error', () => {
  for (const source of ['function push() { [native code] }', '1 +', '', '{ a: 1, b: 2 }', 'a() {}, b() {}'])
    expect(() => parseFunction(source)).toThrow(SyntaxError)
})

import { expect, test } from 'vitest'
import { closureScopes } from '../../../src/shell/evaluator/index.ts'

const prefix = 'hi '

test('the variables of the functions and blocks around a function are found, the innermost first', () => {
  const make = (n: number) => {
    {
      const twice = 2 * n
      return () => [n, twice, prefix]
    }
  }
  const scopes = closureScopes(make(5))
  expect(scopes[0]).toMatchObject({ twice: 10 })
  expect(scopes[1]).toMatchObject({ n: 5 })
  expect(scopes.find((scope) => 'prefix' in scope)).toMatchObject({ prefix: 'hi ' })
})

test('two functions of one source have variables of their own, with their values of now', () => {
  let count = 0
  const increment = (): number => ++count
  increment()
  expect(closureScopes(increment)[0]).toMatchObject({ count: 1 })
  increment()
  expect(closureScopes(increment)[0]).toMatchObject({ count: 2 })
})

test('a native function has none', () => {
  expect(closureScopes(Math.max)).toEqual([])
})

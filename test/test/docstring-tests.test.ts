import { expect, test } from 'vitest'
import { docstringTests, hasDocstringTests } from '../../src/test/plugin/docstring-tests.ts'

const source = `import { atom } from 'moebi'

/**
 * Greets.
 *
 * '''ts
 * const name: string = 'you'
 * Chat.hello(name) //=> 'hello you'
 * hello(1) //=> throws TypeError
 * '''
 */
export function hello(name: unknown): string {
  if (typeof name !== 'string') throw new TypeError('name')
  return 'hello ' + name
}

/** Without an example. */
export const other = atom('x')
`.replaceAll("'''", '```')

test('the examples of docstrings are tests on their own lines', () => {
  expect(hasDocstringTests(source)).toBe(true)
  const lines = docstringTests(source, '/project/src/chat.ts').split('\n')
  expect(lines[5]).toContain(
    'import.meta.vitest.test("doctest Chat.hello (1)", async () => { const Chat = await import("/project/src/chat.ts")',
  )
  expect(lines[7]).toContain("__same(async () => (Chat.hello(name)), async () => (('hello you')))")
  expect(lines[8]).toContain('__throws(async () => (hello(1)), "TypeError")')
  expect(lines[11]).toBe('export function hello(name: unknown): string {')
  expect(lines).toContain('/** Without an example. */')
})

test('a file without promises has no tests', () => {
  expect(hasDocstringTests(source.replaceAll('//=>', '//'))).toBe(false)
})

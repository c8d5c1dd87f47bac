import { expect, test } from 'vitest'
import { testsOf } from '../../src/test/plugin/page-tests.ts'
import { pageExamples } from '../support/page-examples.ts'

const page = (...lines: string[]): string => lines.join('\n').replaceAll("'''", '```')

/** Runs the tests of a page and returns what became of each. */
async function run(text: string): Promise<{ [test: string]: string }> {
  const results: { [test: string]: string } = {}
  for (const [name, body] of pageExamples(text))
    results[name] = await Promise.resolve()
      .then(body)
      .then(
        () => 'passed',
        (error: Error) => error.message.split('\n')[0]!,
      )
  return results
}

test('the blocks under a heading are one test, and share their declarations', async () => {
  const results = await run(
    page(
      '# A page',
      "'''ts",
      'const n: number = 2',
      "'''",
      'and then, with `code`,',
      "'''ts",
      "import { join as put, type ParsedPath } from 'node:path'",
      "put('a', 'b') //=> 'a/b'",
      'n + 1 //=> 3',
      "'''",
      '## Another `thing`',
      "'''ts",
      'const n = [1,',
      '  2] //=> [1, 2]',
      "'''",
      "'''sh",
      'npm start',
      "'''",
    ),
  )
  expect(results).toEqual({ 'A page': 'passed', 'Another thing': 'passed' })
})

test('an example with another result fails', async () => {
  const results = await run(
    page(
      '## Kept',
      "'''ts",
      'await Promise.resolve({ a: 1 }) //=> { a: 1 }',
      "JSON.parse('{') //=> throws SyntaxError",
      'for (const each of [1, 2]) {',
      '  each > 0 //=> true',
      '}',
      "'''",
      '## Not kept',
      "'''ts",
      '1 + 1 //=> 3 as number',
      "'''",
      '## Not thrown',
      "'''ts",
      '1 //=> throws TypeError',
      "'''",
      '## Does not run',
      "'''ts",
      "throw new Error('oops')",
      "'''",
    ),
  )
  expect(results.Kept).toBe('passed')
  expect(results['Not kept']).toContain('expected 2 to deeply equal 3')
  expect(results['Not thrown']).toContain("expected 1 to be 'TypeError'")
  expect(results['Does not run']).toBe('oops')
})

test('every line of code keeps its line number in the page', () => {
  const text = page(
    '# Lines',
    '',
    "'''ts",
    'import {',
    '  join',
    "} from 'node:path'",
    '',
    "join('x') //=> 'x'",
    "'''",
    'end',
  )
  const lines = testsOf(text).split('\n')
  expect(lines).toHaveLength(text.split('\n').length)
  expect(lines[2]).toContain('"Lines"')
  expect(lines[7]).toContain("join('x')")
})

test('a page without examples has a test that says so', async () => {
  expect(await run(page('# Words', "'''sh", 'ls', "'''"))).toEqual({ 'has no examples': expect.any(String) })
})

test('code that is not TypeScript is an error with its line', () => {
  expect(() => testsOf(page('# Bad', "'''ts", 'const = 1', "'''"))).toThrow('line 3')
  expect(() => testsOf(page('# Bad', "'''ts", 'if (true) {} //=> 1', "'''"))).toThrow('//=> stands after')
})

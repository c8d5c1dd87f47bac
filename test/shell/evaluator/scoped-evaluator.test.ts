import { expect, test } from 'vitest'
import { ScopedEvaluator } from '../../../src/shell/evaluator/scoped-evaluator.ts'
import { incompleteInput } from '../../../src/shell/evaluator/transform-source.ts'

async function values(evaluator: ScopedEvaluator, ...inputs: string[]): Promise<unknown[]> {
  const found: unknown[] = []
  for (const input of inputs) {
    const outcome = await evaluator.evaluate(input)
    found.push(outcome === incompleteInput ? incompleteInput : outcome.shown ? outcome.value : 'not shown')
  }
  return found
}

test('declarations are in scope in later inputs, and may be repeated', async () => {
  const evaluator = new ScopedEvaluator()
  expect(
    await values(
      evaluator,
      'const x: number = 5',
      'const { a, b: [c, ...d], ...rest } = { a: 1, b: [2, 3, 4], z: 9 }; [a, c, d, rest]',
      'function twice(n: number) { return 2 * n * x }',
      'x = 7; twice(2)',
      'class A<T> { v = x }',
      'new A().v',
      'class A { v = 1 }; new A().v',
      "import { basename } from 'node:path'",
      "basename('/a/b')",
      'y = await 3 // a comment',
      '{ q: y }',
      'let u',
      'u',
      'for (const i of [1, 2]) x += i',
      'x',
    ),
  ).toEqual([
    'not shown',
    [1, 2, [3, 4], { z: 9 }],
    'not shown',
    28,
    'not shown',
    7,
    1,
    'not shown',
    'b',
    3,
    { q: 3 },
    'not shown',
    undefined,
    'not shown',
    10,
  ])
})

test('declarations are not global, and another evaluator does not see them', async () => {
  const evaluator = new ScopedEvaluator()
  evaluator.bind({ word: 'from the shell' })
  await values(evaluator, 'const onlyHere = word; implicit = 1; function inner() {}')
  expect(evaluator.lookup('onlyHere')).toEqual({ value: 'from the shell' })
  expect(Object.keys(globalThis)).not.toEqual(expect.arrayContaining(['implicit']))
  for (const name of ['onlyHere', 'implicit', 'inner', 'word'])
    await expect(new ScopedEvaluator().evaluate(name)).rejects.toThrow(`${name} is not defined`)
  await expect(evaluator.evaluate('(() => { leaked = 1 })()')).rejects.toThrow('leaked is not defined')
})

test('enums, namespaces and parameter properties are evaluated, and may be unfinished', async () => {
  const evaluator = new ScopedEvaluator()
  expect(
    await values(
      evaluator,
      'enum Size { Small, Large',
      'enum Size { Small, Large }',
      'Size.Large',
      'class Named { constructor(readonly name: string) {} }',
      "new Named('Moebi').name",
      'namespace Dogs {',
      "namespace Dogs { export const best = 'Moebi' }",
      'Dogs.best',
      "import { basename } from 'node:path'; enum Other { A }",
      "basename('/a/b')",
    ),
  ).toEqual([
    incompleteInput,
    'not shown',
    1,
    'not shown',
    'Moebi',
    incompleteInput,
    'not shown',
    'Moebi',
    'not shown',
    'b',
  ])
  await expect(evaluator.evaluate('enum Size { A = }')).rejects.toThrow(SyntaxError)
})

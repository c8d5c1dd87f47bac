import { expect } from 'vitest'
import { testsOf } from '../../src/test/plugin/page-tests.ts'

/** Example of a page: its name, and the function that runs it. */
export type PageExample = readonly [name: string, body: () => Promise<void>]

/** Returns the examples of the text of a page, which the plugin would run as tests. */
export function pageExamples(text: string): readonly PageExample[] {
  const examples: PageExample[] = []
  const same = async (actual: () => unknown, expected: () => unknown): Promise<void> =>
    expect(await actual()).toEqual(await expected())
  const throws = async (actual: () => unknown, name: string): Promise<void> => {
    const thrown = await Promise.resolve()
      .then(actual)
      .catch((error: Error) => error.name)
    expect(thrown).toBe(name)
  }
  new Function(
    '__test',
    '__same',
    '__throws',
    '__expect',
    '__import',
    testsOf(text).replaceAll('import(', '__import('),
  )(
    (name: string, body: () => Promise<void>) => examples.push([name, body]),
    same,
    throws,
    expect,
    (name: string) => import(name),
  )
  return examples
}

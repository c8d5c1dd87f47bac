import { compileFunction } from 'node:vm'
import { type EvaluationResult, type Evaluator, INPUT_FILE } from './evaluator.ts'
import { defineImportFunction } from './import-function.ts'
import { persistDeclarations } from './persist-declarations.ts'
import { incompleteInput, parseScript, transformSource } from './transform-source.ts'

type Run = (scope: object) => () => Promise<unknown>

/**
 * Evaluates inputs in a scope of its own: what is declared is seen by nobody else, and gone with the evaluator. For a shell on
 * a node that has other things to do, of which there may be several.
 *
 * When not to use it: at the prompt of a program of its own. There `Evaluator` runs loops as fast as files do.
 */
export class ScopedEvaluator implements Evaluator {
  readonly #words: Record<string, unknown> = Object.create(null)
  readonly #scope: Record<string, unknown> = Object.create(this.#words)

  constructor() {
    defineImportFunction(process.cwd())
  }

  /** Like `Evaluator.evaluate`. */
  async evaluate(
    input: string,
    line = 1,
    file: string = INPUT_FILE,
  ): Promise<EvaluationResult | typeof incompleteInput> {
    const prepared = await transformSource(input)
    if (prepared === incompleteInput) return incompleteInput
    const { code, names } = persistDeclarations(prepared.code, await parseScript(prepared.code))
    // `with` is what looks names up in an object; the input itself is strict, so that nothing becomes global by mistake.
    const run = compileFunction(
      `with ($scope) return async function () { 'use strict'; ${code}\n}`,
      ['$scope'],
      { filename: file, lineOffset: line - 1 },
    ) as Run
    for (const name of names) if (!Object.hasOwn(this.#scope, name)) this.#scope[name] = undefined
    const value = await run(this.#scope)()
    return { value, shown: prepared.expression }
  }

  lookup(name: string): { readonly value: unknown } | undefined {
    if (name in this.#scope) return { value: this.#scope[name] }
    return name in globalThis ? { value: (globalThis as Record<string, unknown>)[name] } : undefined
  }

  bind(words: Readonly<Record<string, unknown>>): void {
    Object.assign(this.#words, words)
  }

  names(): Promise<string[]> {
    return Promise.resolve(Object.keys(this.#scope))
  }

  close(): void {}
}

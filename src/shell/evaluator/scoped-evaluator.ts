import { compileFunction } from 'node:vm'
import { type EvaluationResult, type Evaluator, INPUT_FILE } from './evaluator.ts'
import { defineImportFunction } from './import-function.ts'
import { persistDeclarations } from './persist-declarations.ts'
import { incompleteInput, parseScript, transformSource } from './transform-source.ts'

type CompiledInput = (scope: object) => () => Promise<unknown>

/**
 * Evaluator with a scope of its own: code outside of the evaluator does not see its declarations. For the shells of other users
 * on a running node.
 *
 * When not to use it: for the prompt of a program of its own, where `GlobalEvaluator` runs loops over declared variables faster.
 */
export class ScopedEvaluator implements Evaluator {
  readonly #bindings: Record<string, unknown> = Object.create(null)
  readonly #scope: Record<string, unknown> = Object.create(this.#bindings)

  constructor() {
    defineImportFunction(process.cwd())
  }

  async evaluate(
    input: string,
    line = 1,
    file: string = INPUT_FILE,
  ): Promise<EvaluationResult | typeof incompleteInput> {
    const transformed = await transformSource(input)
    if (transformed === incompleteInput) return incompleteInput
    const { code, names } = persistDeclarations(transformed.code, await parseScript(transformed.code))
    // `with` resolves names in the scope object. The input itself is strict code, so that an assignment to an undeclared name throws.
    const run = compileFunction(
      `with ($scope) return async function () { 'use strict'; ${code}\n}`,
      ['$scope'],
      { filename: file, lineOffset: line - 1 },
    ) as CompiledInput
    for (const name of names) if (!Object.hasOwn(this.#scope, name)) this.#scope[name] = undefined
    const value = await run(this.#scope)()
    return { value, shown: transformed.expression }
  }

  lookup(name: string): { readonly value: unknown } | undefined {
    if (name in this.#scope) return { value: this.#scope[name] }
    return name in globalThis ? { value: (globalThis as Record<string, unknown>)[name] } : undefined
  }

  bind(values: Readonly<Record<string, unknown>>): void {
    Object.assign(this.#bindings, values)
  }

  names(): Promise<string[]> {
    return Promise.resolve(Object.keys(this.#scope))
  }

  close(): void {}
}

import { Session } from 'node:inspector'
import { promiseHooks } from 'node:v8'
import { type EvaluationResult, type Evaluator, INPUT_FILE } from './evaluator.ts'
import { defineImportFunction } from './import-function.ts'
import { incompleteInput, transformSource } from './transform-source.ts'

interface RemoteObject {
  readonly objectId?: string
  readonly unserializableValue?: string
  readonly value?: unknown
}

const RECEIVE_KEY = 'moebi/shell/keep'
const OBJECT_GROUP = 'moebi'

/**
 * Evaluates one input after another in the global scope.
 *
 * Types are stripped, and V8's REPL mode does the rest: `await` at the top level, and `const`, `let` and `class` that
 * may be declared again. The code runs as whatever process calls {@link GlobalEvaluator.evaluate}, across its awaits.
 */
export class GlobalEvaluator implements Evaluator {
  readonly #session = new Session()
  readonly #pendingPromises = new Set<object>()
  #received: unknown

  /** @param onImport is told what an input imports, before it does */
  constructor(onImport: (specifier: string) => void = () => {}) {
    this.#session.connect()
    defineImportFunction(process.cwd(), onImport)
    defineGlobal(Symbol.for(RECEIVE_KEY), (value: unknown) => {
      this.#received = value
    })
  }

  /**
   * Returns what the input evaluates to, or {@link incompleteInput}; a promise is waited for.
   *
   * @param line the number of its first line, for stacks
   * @param file what it stands in, for stacks
   * @throws whatever the input throws
   */
  async evaluate(
    input: string,
    line = 1,
    file: string = INPUT_FILE,
  ): Promise<EvaluationResult | typeof incompleteInput> {
    const prepared = await transformSource(input)
    if (prepared === incompleteInput) return incompleteInput
    const expression = `${'\n'.repeat(line - 1)}${prepared.code}\n//# sourceURL=${file}`
    const { result, exceptionDetails } = await this.#run(expression)
    const value = await this.#valueOf(exceptionDetails?.exception ?? result)
    await this.#post('Runtime.releaseObjectGroup', { objectGroup: OBJECT_GROUP })
    if (exceptionDetails) throw value
    const settled = value instanceof Promise ? await value : value
    return { value: settled, shown: prepared.expression || settled !== undefined }
  }

  /** Returns what a name stands for at the prompt. */
  lookup(name: string): { readonly value: unknown } | undefined {
    try {
      // Indirect, so that it sees the global scope only; there the declarations of all inputs are.
      // biome-ignore lint/security/noGlobalEval: the name was read as an identifier by a parser
      const evaluate = eval
      return { value: evaluate(name) }
    } catch {
      return undefined
    }
  }

  /** Makes these words of the prompt. */
  bind(words: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(words)) defineGlobal(name, value)
  }

  /** Names that were declared at the prompt. */
  async names(): Promise<string[]> {
    return [...new Set((await this.#post('Runtime.globalLexicalScopeNames', {})).names)]
  }

  close(): void {
    this.#session.disconnect()
  }

  // In its REPL mode V8 waits for the promise of the code it runs, without keeping it: Node.js 22 ends with a fatal error
  // when that is collected before V8 has looked at it, or while the code waits for something that never comes. It is the
  // first promise that is made, and is kept here until V8 has answered.
  #run(expression: string): Promise<InspectorResponse> {
    return new Promise((resolve, reject) => {
      let own: object | undefined
      const stop = promiseHooks.onInit((promise) => {
        own ??= promise
      })
      this.#session.post(
        'Runtime.evaluate',
        { expression, replMode: true, objectGroup: OBJECT_GROUP },
        (error, answer) => {
          if (own !== undefined) this.#pendingPromises.delete(own)
          if (error) reject(error)
          else resolve(answer as InspectorResponse)
        },
      )
      stop()
      if (own !== undefined) this.#pendingPromises.add(own)
    })
  }

  // V8 answers with a handle; a function that is called on the handle gives us the value itself.
  async #valueOf(handle: RemoteObject): Promise<unknown> {
    if (handle.unserializableValue !== undefined) return this.lookup(handle.unserializableValue)?.value
    if (handle.objectId === undefined) return handle.value
    await this.#post('Runtime.callFunctionOn', {
      objectId: handle.objectId,
      functionDeclaration: `function () { 'use strict'; globalThis[Symbol.for('${RECEIVE_KEY}')](this) }`,
    })
    const kept = this.#received
    this.#received = undefined
    return kept
  }

  #post(method: string, params: object): Promise<InspectorResponse> {
    return new Promise((resolve, reject) =>
      this.#session.post(method, params, (error, answer) => {
        if (error) reject(error)
        else resolve(answer as InspectorResponse)
      }),
    )
  }
}

interface InspectorResponse {
  readonly result: RemoteObject
  readonly exceptionDetails?: { readonly exception?: RemoteObject }
  readonly names: string[]
}

function defineGlobal(key: symbol | string, value: unknown): void {
  Object.defineProperty(globalThis, key, { value, configurable: true, writable: true })
}

import { Session } from 'node:inspector'
import { promiseHooks } from 'node:v8'
import { explaining } from '../../permission/index.ts'
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
 * Evaluator in the global scope.
 *
 * It strips the types, and evaluates the code in V8's REPL mode, which allows `await` at the top level and the redeclaration
 * of `const`, `let` and `class`. The code runs as the process that calls {@link GlobalEvaluator.evaluate}, also after an `await`.
 */
export class GlobalEvaluator implements Evaluator {
  readonly #session = new Session()
  readonly #pendingPromises = new Set<object>()
  #received: unknown

  /** @param onImport called with the specifier of each import of an input, before the import */
  constructor(onImport: (specifier: string) => void = () => {}) {
    explaining(() => this.#session.connect(), 'The prompt evaluates code with the inspector of V8')
    defineImportFunction(process.cwd(), onImport)
    defineGlobal(Symbol.for(RECEIVE_KEY), (value: unknown) => {
      this.#received = value
    })
  }

  async evaluate(
    input: string,
    line = 1,
    file: string = INPUT_FILE,
  ): Promise<EvaluationResult | typeof incompleteInput> {
    const transformed = await transformSource(input)
    if (transformed === incompleteInput) return incompleteInput
    const expression = `${'\n'.repeat(line - 1)}${transformed.code}\n//# sourceURL=${file}`
    const { result, exceptionDetails } = await this.#run(expression)
    const value = await this.#valueOf(exceptionDetails?.exception ?? result)
    await this.#post('Runtime.releaseObjectGroup', { objectGroup: OBJECT_GROUP })
    if (exceptionDetails) throw value
    const settled = value instanceof Promise ? await value : value
    return { value: settled, shown: transformed.expression || settled !== undefined }
  }

  lookup(name: string): { readonly value: unknown } | undefined {
    try {
      // An indirect eval sees the global scope only, which contains the declarations of all inputs.
      // biome-ignore lint/security/noGlobalEval: the name was read as an identifier by a parser
      const evaluate = eval
      return { value: evaluate(name) }
    } catch {
      return undefined
    }
  }

  bind(values: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(values)) defineGlobal(name, value)
  }

  async names(): Promise<string[]> {
    return [...new Set((await this.#post('Runtime.globalLexicalScopeNames', {})).names)]
  }

  close(): void {
    this.#session.disconnect()
  }

  // In REPL mode V8 waits for the promise of the evaluated code but holds no reference to it. Node.js 22 ends with a fatal error
  // when that promise is collected before V8 has read it, or while the code awaits a promise that never settles. The promise is
  // the first that the evaluation creates; it is referenced here until V8 has responded.
  #run(expression: string): Promise<InspectorResponse> {
    return new Promise((resolve, reject) => {
      let evaluation: object | undefined
      const stop = promiseHooks.onInit((promise) => {
        evaluation ??= promise
      })
      this.#session.post(
        'Runtime.evaluate',
        { expression, replMode: true, objectGroup: OBJECT_GROUP },
        (error, answer) => {
          if (evaluation !== undefined) this.#pendingPromises.delete(evaluation)
          if (error) reject(error)
          else resolve(answer as InspectorResponse)
        },
      )
      stop()
      if (evaluation !== undefined) this.#pendingPromises.add(evaluation)
    })
  }

  // V8 responds with the id of an object. A function that V8 calls on the object passes the object itself to `#received`.
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

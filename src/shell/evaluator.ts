import { Session } from 'node:inspector'
import { promiseHooks } from 'node:v8'
import { provideImport } from './importer.ts'
import { prepare, unfinished } from './source.ts'

/** What an input came to. */
export interface Evaluated {
  readonly value: unknown
  /** Whether it is to be shown: an expression's value always is, a declaration's never. */
  readonly shown: boolean
}

interface Handle {
  readonly objectId?: string
  readonly unserializableValue?: string
  readonly value?: unknown
}

const KEEP = 'moebi/shell/keep'
const GROUP = 'moebi'

/** The file that inputs stand in, as stacks name it. */
export const INPUT = 'moebi'

/**
 * Evaluates one input after another in the global scope.
 *
 * Types are stripped, and V8's REPL mode does the rest: `await` at the top level, and `const`, `let` and `class` that
 * may be declared again. The code runs as whatever process calls {@link Evaluator.evaluate}, across its awaits.
 */
export class Evaluator {
  readonly #session = new Session()
  readonly #held = new Set<object>()
  #kept: unknown

  /** @param onImport is told what an input imports, before it does */
  constructor(onImport: (specifier: string) => void = () => {}) {
    this.#session.connect()
    provideImport(process.cwd(), onImport)
    define(Symbol.for(KEEP), (value: unknown) => {
      this.#kept = value
    })
  }

  /**
   * Returns what the input evaluates to, or {@link unfinished}; a promise is waited for.
   *
   * @param line the number of its first line, for stacks
   * @param file what it stands in, for stacks
   * @throws whatever the input throws
   */
  async evaluate(input: string, line = 1, file: string = INPUT): Promise<Evaluated | typeof unfinished> {
    const prepared = await prepare(input)
    if (prepared === unfinished) return unfinished
    const expression = `${'\n'.repeat(line - 1)}${prepared.code}\n//# sourceURL=${file}`
    const { result, exceptionDetails } = await this.#run(expression)
    const value = await this.#take(exceptionDetails?.exception ?? result)
    await this.#post('Runtime.releaseObjectGroup', { objectGroup: GROUP })
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
    for (const [name, value] of Object.entries(words)) define(name, value)
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
  #run(expression: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let own: object | undefined
      const stop = promiseHooks.onInit((promise) => {
        own ??= promise
      })
      this.#session.post(
        'Runtime.evaluate',
        { expression, replMode: true, objectGroup: GROUP },
        (error, answer) => {
          if (own !== undefined) this.#held.delete(own)
          if (error) reject(error)
          else resolve(answer as Answer)
        },
      )
      stop()
      if (own !== undefined) this.#held.add(own)
    })
  }

  // V8 answers with a handle; a function that is called on the handle gives us the value itself.
  async #take(handle: Handle): Promise<unknown> {
    if (handle.unserializableValue !== undefined) return this.lookup(handle.unserializableValue)?.value
    if (handle.objectId === undefined) return handle.value
    await this.#post('Runtime.callFunctionOn', {
      objectId: handle.objectId,
      functionDeclaration: `function () { 'use strict'; globalThis[Symbol.for('${KEEP}')](this) }`,
    })
    const kept = this.#kept
    this.#kept = undefined
    return kept
  }

  #post(method: string, params: object): Promise<Answer> {
    return new Promise((resolve, reject) =>
      this.#session.post(method, params, (error, answer) => {
        if (error) reject(error)
        else resolve(answer as Answer)
      }),
    )
  }
}

interface Answer {
  readonly result: Handle
  readonly exceptionDetails?: { readonly exception?: Handle }
  readonly names: string[]
}

function define(key: symbol | string, value: unknown): void {
  Object.defineProperty(globalThis, key, { value, configurable: true, writable: true })
}

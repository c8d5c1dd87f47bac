import type { incompleteInput } from './transform-source.ts'

/** Evaluator of the inputs of one shell. Names that one input declares are in scope in the inputs that follow. */
export interface Evaluator {
  /**
   * Returns what the input evaluates to, or {@link incompleteInput} when the input ends too early. A promise is awaited.
   *
   * @param line number of the input's first line, for stack traces
   * @param file name of the file that contains the input, for stack traces; {@link INPUT_FILE} unless given
   * @throws the value that the input throws
   */
  evaluate(input: string, line?: number, file?: string): Promise<EvaluationResult | typeof incompleteInput>
  /** Returns the value of a name that is in scope; undefined for a name that is not. */
  lookup(name: string): { readonly value: unknown } | undefined
  /** Returns the names in scope that Tab may complete to. */
  names(): Promise<string[]>
  /** Adds these values to the scope, each under its key. */
  bind(values: Readonly<Record<string, unknown>>): void
  close(): void
}

/** Result of an input that has not thrown. */
export interface EvaluationResult {
  readonly value: unknown
  /** Whether the shell prints the value. True for an expression; false for a declaration. */
  readonly shown: boolean
}

/** Name of the file that contains the inputs, as stack traces print it. */
export const INPUT_FILE = 'moebi'

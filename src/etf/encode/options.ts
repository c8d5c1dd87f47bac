import type { Term } from '../../term/index.ts'
import type { Writer } from './writer.ts'

export interface EncodeOptions {
  /** Whether the receiver is a Moebi node. There, a `Uint8Array` arrives as a `Uint8Array`, also when it is valid UTF-8. */
  readonly moebi?: boolean
  /** Called with a value that is not a term, such as a function; returns the term to encode in its place, or undefined. */
  readonly replacer?: (value: unknown) => Term | undefined
  /** The name of the term, with which the path in an error begins, such as `message`. */
  readonly name?: string
}

export const NO_OPTIONS: EncodeOptions = {}
/** The options of a replacement, for a receiver that is a Moebi node. */
export const MOEBI: EncodeOptions = { moebi: true }

/** Writes a term that is nested `depth` levels deep in the encoded term. */
export type WriteTerm = (w: Writer, term: unknown, depth: number, options: EncodeOptions) => void

import { identical } from './compare.ts'
import { hash } from './hash.ts'
import { HashMap } from './hash-map.ts'
import type { Term } from './term.ts'

/**
 * A map with any terms as keys, compared as Erlang's `=:=` compares them: a value that was stored under a tuple `{1, 2}`
 * is found under another tuple `{1, 2}`, and a value that was stored under `1.0` is not found under `1`.
 *
 * When not to use it: for a map whose keys are atoms. That is a plain object.
 */
export class TermMap<K extends Term = Term, V extends Term = Term> extends HashMap<K, V> {
  get [Symbol.toStringTag](): string {
    return 'TermMap'
  }

  // A text, which is the usual key, needs no hash. Bytes that are valid UTF-8 are in the bucket of their text.
  protected bucketOf(key: K): unknown {
    if (typeof key === 'string') return key
    if (!(key instanceof Uint8Array)) return hash(key)
    try {
      return decoder.decode(key)
    } catch {
      return hash(key)
    }
  }

  protected isSameKey(a: K, b: K): boolean {
    return identical(a, b)
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

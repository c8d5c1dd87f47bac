export {
  AtomCacheReader,
  type CachedAtom,
  DEFAULT_TERM_LIMITS,
  DecodeError,
  type DecodeOptions,
  decode,
  decodeTerm,
  Reader,
  type TermLimits,
} from './decode/index.ts'
export {
  AtomCacheWriter,
  checkTerm,
  EMPTY_HEADER,
  EncodeError,
  type EncodeOptions,
  encode,
  encodeTerm,
  Writer,
} from './encode/index.ts'
export * as tags from './tags.ts'
export { tagName } from './tags.ts'

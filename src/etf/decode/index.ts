export { decode, decodeTerm } from './decode.ts'
export { DecodeError } from './decode-error.ts'
export { DEFAULT_TERM_LIMITS, type DecodeOptions, Reader, type TermLimits } from './reader.ts'

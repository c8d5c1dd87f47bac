export { decode, decodeTerm } from './decode.ts'
export { DecodeError } from './decode-error.ts'
export { type DecodeOptions, Reader } from './reader.ts'

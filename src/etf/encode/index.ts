export { checkTerm, encode, encodeTerm } from './encode.ts'
export { EncodeError } from './encode-error.ts'
export type { EncodeOptions } from './options.ts'
export { Writer } from './writer.ts'

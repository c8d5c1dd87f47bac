/** The functions of the module `erlang` that only compute: operators, and what guards may call. */

export { wholeOf } from './arithmetic.ts'
export { leftSide } from './boolean.ts'
export { append, partOf } from './parts.ts'
export { isPure, type Pure, pureFunction, pureFunctions } from './pure.ts'

/** Functions of the module `erlang` without effects: operators, and the functions that guards may call. */

export { leftSide } from './boolean.ts'
export { append, partOf } from './compound-terms.ts'
export { type Pure, pureFunction, pureFunctions } from './pure.ts'

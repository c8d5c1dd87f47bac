/** Functions of TypeScript as Erlang's abstract format, which a BEAM node evaluates. */
export { TranslationError } from './error.ts'
export { type FunctionScope, translateCall } from './translate.ts'

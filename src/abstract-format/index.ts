/** Functions of TypeScript as Erlang's abstract format, which a BEAM node evaluates. */
export { TranslationError } from './error.ts'
export { type Evaluation, type Surroundings, translateCall } from './translate.ts'

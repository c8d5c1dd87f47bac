export { acceptsArity } from './arity.ts'
export {
  type Exported,
  type Exports,
  Modules,
  nameReference,
  nameReferences,
  snakeCase,
  UndefinedFunction,
} from './modules.ts'

export { acceptsArity } from './arity.ts'
export {
  type Exported,
  type Exports,
  Modules,
  nameReference,
  nameReferences,
  snakeCase,
  THIS_NODE,
  UndefinedFunction,
} from './modules.ts'

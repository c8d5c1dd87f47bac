export { acceptsArity } from './arity.ts'
export {
  callExported,
  type Exported,
  type Exports,
  Modules,
  nameReference,
  nameReferences,
  snakeCase,
  THIS_NODE,
  UndefinedFunction,
} from './modules.ts'

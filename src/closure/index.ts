/** Functions of the prompt that travel between Moebi nodes, as source. */
export {
  type AnyFunction,
  type Carried,
  type ClosureCall,
  carryCall,
  type Lookup,
  sourceOf,
} from './carry.ts'
export { compile } from './compile.ts'
export { functionSource } from './free-names.ts'
export { calleeLookup, refuseClosures, type ServeOptions, serveClosures } from './serve.ts'

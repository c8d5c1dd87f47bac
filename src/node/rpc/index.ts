/** Functions that other nodes call here, and calls of functions on other nodes: `erpc`, `rpc` and the process `rex`. */
export { type BifOptions, defineBifs } from './bifs.ts'
export { defineErpc, erpcCall } from './erpc.ts'
export { defineLibrary, type LibraryCaller, type LibraryLoader } from './library.ts'
export { type Rex, startRex } from './rex.ts'
export { erpc, rpc } from './rpc.ts'
export {
  APPLY,
  CLOSURE_MODULE,
  type ClosureCaller,
  defineClosureCall,
  type FunCaller,
  refuseClosure,
  refuseFun,
} from './sent-functions.ts'

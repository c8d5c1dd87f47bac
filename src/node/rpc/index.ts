/** Functions that other nodes call here, and calls of functions on other nodes: `erpc`, `rpc` and the process `rex`. */
export { defineErpc, ERPC } from './erpc.ts'
export { type CallArguments, readCall } from './exported-call.ts'
export { type ErpcRequest, erpcCall } from './request.ts'
export { REX, type RequestGuard, type Rex, startRex } from './rex.ts'
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

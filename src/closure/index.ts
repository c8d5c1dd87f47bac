/** Functions of the prompt, sent between Moebi nodes as source code. */
export { parseFunction } from './free-variables.ts'
export { type AnyFunction, serializeCall, type VariableLookup } from './serialize.ts'
export { closureCaller, type ServeClosuresOptions, serveClosures } from './serve-closures.ts'

/** Functions of the prompt, sent between Moebi nodes as source code. */
export { parseFunction } from './free-variables.ts'
export { type AnyFunction, type FreeVariableLookup, serializeCall } from './serialize.ts'
export { type ServeClosuresOptions, serveClosures } from './serve-closures.ts'

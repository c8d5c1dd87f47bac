/** Plugin of vitest for tests with `moebi/test`. */
export { NODE_VARIABLE, type TestNodeOptions } from '../names.ts'
export { captureFunctions } from './capture-functions.ts'
export { doctest } from './doctest.ts'
export { type MoebiOptions, moebi } from './plugin.ts'

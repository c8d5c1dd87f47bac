/** What a node tells an observer: the module `moebi_observer`. */
export { defineObserved } from './define-observed.ts'

/** Tables of ETS, and match specifications. */
export { ets } from './ets.ts'
export { testMatchSpec } from './match-spec.ts'

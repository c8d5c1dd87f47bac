/** What the peers of a node may do: a rule, and the guard that asks it for every request. */
export {
  type Access,
  type Allow,
  type FunctionOperation,
  isProfile,
  type ProcessOperation,
  type Profile,
} from './access.ts'
export { Guard, type Refusal, refusals } from './guard.ts'
export { checkLimits, type Limits } from './limits.ts'

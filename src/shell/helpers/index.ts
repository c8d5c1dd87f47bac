/** Helper functions of the prompt (`h`, `i`, `v`, …), and completion. */
export { complete } from './completion.ts'
export { helpers, noResult, type Reload } from './helpers.ts'
export { ResultHistory } from './result-history.ts'

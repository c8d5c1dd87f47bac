/** Helper functions of the prompt (`h`, `i`, `v`, …), and completion. */
export { complete } from './completion.ts'
export { helpers } from './helpers.ts'
export { ResultHistory } from './result-history.ts'
export { noResult, type Reload } from './shell-context.ts'

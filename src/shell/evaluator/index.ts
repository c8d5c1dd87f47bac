/** Evaluation of TypeScript that is typed at a prompt. */
export { closureScopes } from './closure-scopes.ts'
export { type EvaluationResult, type Evaluator, INPUT_FILE } from './evaluator.ts'
export { formatThrown } from './format-thrown.ts'
export { GlobalEvaluator } from './global-evaluator.ts'
export { ScopedEvaluator } from './scoped-evaluator.ts'
export { incompleteInput, isIncomplete } from './transform-source.ts'

export { type After, after, type Clause, is, match, on, type Pattern } from './pattern.ts'
export { _, ListPattern, list, listOf, type Matched, type MatchedEach, Wildcard } from './wildcard.ts'

/** Regular expressions of PCRE. */
export { compileRegex, MATCH_LIMIT, type Match, type MatchInput, MatchLimitError } from './matcher.ts'
export { type ParsedRegex, parseRegex } from './parser.ts'
export { RegexError, type RegexOptions } from './syntax.ts'

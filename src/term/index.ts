export * from './atom.ts'
export { BitString, bytes, text } from './binary.ts'
export { compare, equals, identical } from './compare.ts'
export { ElixirError } from './elixir-error.ts'
export { escapeControls, escapeName } from './escape.ts'
export {
  ErlangError,
  ExitError,
  errorToReason,
  errorToReportReason,
  type FormatOptions,
  formatException,
  formatExit,
  formatMfa,
  formatStacktrace,
} from './exit/index.ts'
export { Float, type Floats, float, floatsOption } from './float.ts'
export { ExportFun, Fun } from './fun.ts'
export { globalSingleton } from './global-singleton.ts'
export { hash } from './hash.ts'
export { hideFields, type InspectOptions, inspect } from './inspect/index.ts'
export { charlist, ImproperList } from './list.ts'
export {
  _,
  type After,
  after,
  type Clause,
  is,
  ListPattern,
  list,
  listOf,
  type Matched,
  type MatchedEach,
  match,
  on,
  type Pattern,
  Wildcard,
} from './match/index.ts'
export { NativeRecord } from './native-record.ts'
export { nodeByNumber, nodeNumber } from './node-number.ts'
export { internPid, nonode, Pid, publishPid } from './pid.ts'
export { type PlainNumbers, plainNumbers } from './plain-numbers.ts'
export { Port, Reference } from './reference.ts'
export type { Term, TermObject } from './term.ts'
export { TermMap } from './term-map.ts'
export { isTuple, type Tuple, TupleClass, tuple } from './tuple.ts'

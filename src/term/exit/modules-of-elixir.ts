/**
 * Modules of Elixir 1.14 to 1.20 (the applications elixir, eex, ex_unit, iex, logger and mix) whose name has one part. Elixir shows
 * a frame of such a module as a line of its own application, `(elixir 1.14.0) string.ts:3: String.trim/0`.
 */
const names = new Set(
  `
  Access Agent Application ArgumentError ArithmeticError Atom BadArityError BadBooleanError BadFunctionError BadMapError
  BadStructError Base Behaviour Bitwise Calendar CaseClauseError Code Collectable CompileError CondClauseError Config Date
  DateTime Dict Duration DynamicSupervisor EEx Enum Enumerable ErlangError ExUnit Exception File Float Function
  FunctionClauseError GenEvent GenServer HashDict HashSet IEx IO Inspect Integer JSON Kernel KeyError Keyword List Logger
  Macro Map MapSet MatchError MismatchedDelimiterError MissingApplicationsError Mix Module NaiveDateTime Node OptionParser
  PartitionSupervisor Path Port Process Protocol Range Record Regex Registry RuntimeError Set Stream String StringIO
  Supervisor SyntaxError System SystemLimitError Task Time TokenMissingError TryClauseError Tuple URI
  UndefinedFunctionError UnicodeConversionError Version WithClauseError
`
    .trim()
    .split(/\s+/),
)

/** Whether Elixir has a module of this name, without `Elixir.`. */
export function isModuleOfElixir(name: string): boolean {
  return names.has(name)
}

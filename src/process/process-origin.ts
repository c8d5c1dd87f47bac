import { type Atom, atom, type Term, tuple } from '../term/index.ts'

/** Name of a function: `{module, name, arity}` as a term. */
export interface FunctionName {
  readonly module: Atom
  readonly name: Atom
  readonly arity: number
}

/** How a process was started, for tools that ask. */
export interface ProcessOrigin {
  /** The first function. */
  readonly initialCall: FunctionName | (() => FunctionName)
  /**
   * The parent, the parent of the parent and so on, each by its registered name or pid. Undefined for a process that was not started
   * as a behaviour or a task, which has no ancestors in OTP.
   */
  readonly ancestors?: readonly Term[] | undefined
  /** The node that asked for the process, when another node did so directly. */
  readonly peer?: Atom | undefined
}

/** `erlang:apply/2`, the first function of a process that runs a fun. */
export const APPLY_2: FunctionName = { module: atom('erlang') as Atom, name: atom('apply') as Atom, arity: 2 }

const CALLERS = atom('$callers')
const INITIAL_CALL = atom('$initial_call')
const ANCESTORS = atom('$ancestors')
const PROCESS_LABEL = atom('$process_label')
const INIT_P: FunctionName = { module: atom('proc_lib') as Atom, name: atom('init_p') as Atom, arity: 5 }

/** The process whose origin is told. */
interface Told {
  readonly origin: ProcessOrigin | undefined
  readonly callers: readonly Term[]
  readonly label: string
  readonly givenLabel: Term
}

/** Returns the item `initial_call` of `process_info`: that of the BEAM, which is `proc_lib:init_p/5` for behaviours and tasks. */
export function initialCallOf({ origin }: Told): Term {
  return termOf(origin === undefined ? APPLY_2 : origin.ancestors ? INIT_P : resolved(origin))
}

/** Returns the entries that OTP and Elixir keep in the process dictionary: `$callers`, `$initial_call`, `$ancestors`, the label. */
export function systemDictionary(process: Told): (readonly [key: Atom, value: Term])[] {
  const { origin, callers } = process
  const entries: [Atom, Term][] = []
  if (callers.length > 0) entries.push([CALLERS, callers])
  if (origin?.ancestors) entries.push([INITIAL_CALL, termOf(resolved(origin))], [ANCESTORS, origin.ancestors])
  const label = labelTerm(process)
  if (label !== undefined) entries.push([PROCESS_LABEL, label])
  return entries
}

/** Returns the label of a process: the one that it has given itself, or the name of what it runs; undefined for none. */
export function labelTerm({ givenLabel, label }: Told): Term {
  return givenLabel !== undefined ? givenLabel : label === '' ? undefined : label
}

/** Returns the first function as `module.name/arity`. */
export function functionText(origin: ProcessOrigin): string {
  const { module, name, arity } = resolved(origin)
  return `${module.name}.${name.name}/${arity}`
}

function resolved({ initialCall }: ProcessOrigin): FunctionName {
  return typeof initialCall === 'function' ? initialCall() : initialCall
}

function termOf({ module, name, arity }: FunctionName): Term {
  return tuple(module, name, arity)
}

import {
  type Atom,
  atom,
  ErlangError,
  ExitError,
  inspect,
  isTuple,
  noconnection,
  noproc,
  type Term,
  timeout,
} from '../../term/index.ts'

const ERPC = atom('erpc')
const NOT_ALLOWED = atom('not_allowed')
const UNDEF = atom('undef')
const UNKNOWN = atom('unknown_system_msg')

/** Returns why a call of a node has failed, as a sentence for the page. */
export function explainFailure(node: Atom, thrown: unknown): string {
  const { name } = node
  const reasons = reasonsOf(thrown)
  if (reasons.includes(noconnection))
    return `${name} cannot be reached: it does not run, or it has another cookie, or it is on a network that this node cannot reach.`
  if (reasons.includes(timeout)) return `${name} has not answered in time.`
  const refusal = reasons.indexOf(NOT_ALLOWED)
  if (refusal >= 0)
    return (
      `${name} refuses: ${String(reasons[refusal + 1])}. It may be looked at when it is started with allow: 'observe', and changed ` +
      "with allow: 'open'."
    )
  if (reasons.includes(UNDEF))
    return `${name} does not have the function that the observer calls. Its release is older than this one, or it is no node of Moebi, Erlang or Elixir.`
  if (reasons.includes(UNKNOWN))
    return 'The process answers no system messages, as a GenServer or a supervisor does.'
  if (reasons.includes(noproc)) return 'The process has ended.'
  const [, reason] = reasons
  const text =
    reason === undefined ? String(thrown) : inspect(reason, { self: node, limit: 10, printableLimit: 200 })
  return `${name} has failed to answer: ${text}`
}

/** Returns the terms in the reason of an error, at most three tuples deep: `{exception, {not_allowed, Sentence}, Stack}`. */
function reasonsOf(thrown: unknown): readonly Term[] {
  if (!(thrown instanceof ErlangError || thrown instanceof ExitError)) return []
  const flat = (term: Term, depth: number): Term[] =>
    isTuple(term) && depth > 0
      ? (term.elements as readonly Term[]).flatMap((each) => flat(each, depth - 1))
      : [term]
  const reasons = flat(thrown.reason as Term, 3)
  return isTuple(thrown.reason) && thrown.reason.elements[0] === ERPC ? reasons.slice(1) : reasons
}

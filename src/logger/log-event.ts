import { chardataToText, format } from '../io/index.ts'
import { reportText } from '../process/index.ts'
import {
  Atom,
  atom,
  escapeName,
  formatException,
  inspect,
  isTuple,
  Pid,
  type Term,
  TermMap,
} from '../term/index.ts'

/** Log event of another node, formatted. */
export interface LogEvent {
  readonly level: string
  readonly text: string
}

/**
 * Returns the text of an event that another node's logger has sent, `{log, Level, Format, Args, Meta}` or
 * `{log, Level, Message, Meta}`, in the words of Elixir's Logger. Returns undefined for a term that is not a log event, and for SASL
 * reports, which Elixir does not print by default.
 *
 * @see `Logger.Translator`
 */
export function formatLogEvent(event: Term, self?: Atom): LogEvent | undefined {
  if (!isTuple(event)) return undefined
  const [tag, level, first, second] = event.elements as readonly Term[]
  if (tag !== atom('log') || !(level instanceof Atom) || isSasl(event.elements.at(-1))) return undefined
  const text =
    event.length === 5 && Array.isArray(second)
      ? (translate(first, second, self) ?? formatMessage(first, second, self))
      : event.length === 4
        ? messageText(first, self)
        : undefined
  return text === undefined ? undefined : { level: level.name, text: text.trimEnd() }
}

function isSasl(metadata: unknown): boolean {
  const domain = metadata !== null && typeof metadata === 'object' && 'domain' in metadata && metadata.domain
  return Array.isArray(domain) && domain[0] === atom('otp') && domain[1] === atom('sasl')
}

const CRASH = 'Error in process ~p on node ~p with exit value:~n~p~n'

// The emulator's message about a crashed process, which Elixir's Logger translates.
function translate(template: Term, args: readonly Term[], self: Atom | undefined): string | undefined {
  if (chardataToText(template) !== CRASH) return undefined
  const [pid, node, reason] = args
  if (!(pid instanceof Pid && node instanceof Atom)) return undefined
  const who = `Process ${inspect(pid, { self })}${node === self ? '' : ` on node ${inspect(node)}`}`
  return `${who} raised an exception\n${exceptionText(reason, self)}`
}

function exceptionText(reason: Term, self: Atom | undefined): string {
  const [error, stack] = isTuple(reason) && reason.length === 2 ? (reason.elements as readonly Term[]) : []
  return Array.isArray(stack)
    ? formatException(error, stack as readonly Term[], { self })
    : formatException(reason, [], { self })
}

function formatMessage(template: Term, args: readonly Term[], self: Atom | undefined): string {
  const characters = chardataToText(template)
  const text = characters === undefined ? undefined : format(characters, args, { self })
  return text ?? `${inspect(template, { self })} ${inspect(args, { self })}`
}

// A message is a text, a report (a map or a list of pairs), {string, Text}, {report, Report} or {Format, Args}.
function messageText(message: Term, self: Atom | undefined): string | undefined {
  if (!isTuple(message) || message.length !== 2) {
    const report = pairsOf(message) && !(Array.isArray(message) && message.length === 0)
    return report ? pairsText(message, self) : chardataToText(message)
  }
  const [kind, content] = message.elements as readonly Term[]
  if (kind === atom('string')) return chardataToText(content) ?? inspect(content, { self })
  if (kind === atom('report')) return pairsText(content, self)
  return Array.isArray(content)
    ? (translate(kind, content as readonly Term[], self) ??
        formatMessage(kind, content as readonly Term[], self))
    : undefined
}

function pairsText(report: Term, self: Atom | undefined): string {
  const known = reportText(report, self)
  if (known !== undefined) return known
  const pairs = pairsOf(report)
  if (!pairs) return inspect(report, { self })
  return pairs
    .map(
      ([key, value]) =>
        `${key instanceof Atom ? escapeName(key.name) : inspect(key, { self })}: ${inspect(value, { self })}`,
    )
    .join(' ')
}

function pairsOf(report: Term): (readonly [Term, Term])[] | undefined {
  if (report instanceof TermMap || report instanceof Map) return [...report] as [Term, Term][]
  if (Array.isArray(report))
    return report.every((item) => isTuple(item) && item.length === 2)
      ? report.map((item) => item.elements as [Term, Term])
      : undefined
  if (report === null || typeof report !== 'object' || Object.getPrototypeOf(report) !== Object.prototype)
    return undefined
  return Object.entries(report).map(([key, value]) => [atom(key) as Term, value as Term])
}

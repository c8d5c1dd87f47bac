import type { LocalProcess } from '../../process/index.ts'
import { atom, isTuple, ok, type Reference, type Term, tuple } from '../../term/index.ts'
import { type From, GEN_CALL, GEN_CAST } from '../call/index.ts'

/** What is recorded of a server from its start. */
export type DebugOption = 'trace' | 'log' | 'statistics'

/** The server whose messages are traced. */
export interface TracedServer {
  readonly process: LocalProcess
  /** Its name or pid, for the lines of the trace. */
  readonly name: Term
  readonly state: unknown
}

const IN = atom('in')
const OUT = atom('out')
const NOREPLY = atom('noreply')
const LOGGED = 10

/**
 * Debugging state of a server: prints, keeps or counts its messages and answers.
 *
 * https://www.erlang.org/doc/apps/stdlib/sys
 */
export class Debug {
  #trace = false
  #logged: Term[] | undefined
  #most = LOGGED
  #statistics: { readonly since: Date; in: number; out: number } | undefined

  constructor(options: readonly DebugOption[] = []) {
    for (const option of options) this.execute(tuple(atom(option), true))
  }

  /** Executes the command of `{:debug, command}` and returns the answer. */
  execute(command: Term): Term {
    if (command === atom('no_debug')) {
      this.#trace = false
      this.#logged = this.#statistics = undefined
      return ok
    }
    const [what, value] =
      isTuple(command) && command.length === 2 ? (command.elements as readonly Term[]) : []
    if (what === atom('trace') && typeof value === 'boolean') {
      this.#trace = value
      return ok
    }
    if (what === atom('log')) return this.#log(value)
    if (what === atom('statistics')) return this.#count(value)
    return atom('unknown_debug')
  }

  /** Whether nothing is recorded. */
  get isOff(): boolean {
    return !this.#trace && !this.#logged && !this.#statistics
  }

  /** The kept events, the oldest first. */
  get loggedEvents(): readonly Term[] {
    return this.#logged ?? []
  }

  recordMessage(message: Term, server: TracedServer): void {
    if (this.#statistics) this.#statistics.in++
    this.#record(tuple(IN, message), server, () => `got ${messageText(message, server)}`)
  }

  recordReply(value: Term, from: From, server: TracedServer): void {
    if (this.#statistics) this.#statistics.out++
    const { inspect } = showing(server)
    this.#record(
      tuple(OUT, value, from.term, server.state as Term),
      server,
      () => `sent ${inspect(value)} to ${inspect(from.pid)}, new state ${inspect(server.state as Term)}`,
    )
  }

  recordState(server: TracedServer): void {
    const { inspect } = showing(server)
    this.#record(
      tuple(NOREPLY, server.state as Term),
      server,
      () => `new state ${inspect(server.state as Term)}`,
    )
  }

  #record(event: Term, server: TracedServer, text: () => string): void {
    if (this.#logged) {
      this.#logged.push(event)
      if (this.#logged.length > this.#most) this.#logged.shift()
    }
    if (this.#trace) print(`*DBG* ${showing(server).inspect(server.name)} ${text()}\n`, server)
  }

  #log(value: Term): Term {
    if (value === atom('get')) return tuple(ok, [...this.loggedEvents])
    if (value === false) {
      this.#logged = undefined
      return ok
    }
    const [yes, most] = isTuple(value) ? (value.elements as readonly Term[]) : [value, LOGGED]
    if (yes !== true || typeof most !== 'number' || most < 1) return atom('unknown_debug')
    this.#most = most
    this.#logged = (this.#logged ?? []).slice(-most)
    return ok
  }

  #count(value: Term): Term {
    if (value === false) this.#statistics = undefined
    else if (value === true) this.#statistics ??= { since: new Date(), in: 0, out: 0 }
    else if (value !== atom('get')) return atom('unknown_debug')
    else {
      const counted = this.#statistics
      if (!counted) return tuple(ok, atom('no_statistics'))
      return tuple(ok, [
        tuple(atom('start_time'), timeTerm(counted.since)),
        tuple(atom('current_time'), timeTerm(new Date())),
        tuple(atom('reductions'), 0),
        tuple(atom('messages_in'), counted.in),
        tuple(atom('messages_out'), counted.out),
      ])
    }
    return ok
  }
}

function showing({ process }: TracedServer): { readonly inspect: (term: Term) => string } {
  return { inspect: (term) => process.kernel.inspect(term) }
}

function messageText(message: Term, server: TracedServer): string {
  const { inspect } = showing(server)
  const [tag, first, request] = isTuple(message) ? (message.elements as readonly Term[]) : []
  if (tag === GEN_CALL && isTuple(first))
    return `call ${inspect(request)} from ${inspect(first.elements[0] as Term)}`
  return tag === GEN_CAST ? `cast ${inspect(first)}` : inspect(message)
}

// Printed by the group leader as output of the server. The server does not wait for it.
function print(text: string, { process }: TracedServer): void {
  const { kernel, pid, groupLeader } = process
  const ref: Reference = kernel.makeRef()
  process.expectIoReply(ref, () => {})
  const request = tuple(atom('put_chars'), atom('unicode'), text)
  kernel.send(pid, groupLeader, tuple(atom('io_request'), pid, ref, request))
}

const timeTerm = (date: Date): Term =>
  tuple(
    tuple(date.getFullYear(), date.getMonth() + 1, date.getDate()),
    tuple(date.getHours(), date.getMinutes(), date.getSeconds()),
  )

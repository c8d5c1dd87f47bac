import { type Kernel, type LocalProcess, type ReportTerm, reasonText, reportOf } from '../../process/index.ts'
import { atom, isTuple, normal, type Pid, shutdown, type Term, tuple } from '../../term/index.ts'

const LABEL = tuple(atom('gen_server'), atom('terminate'))
const UNDEFINED = atom('undefined')

/** A server that ends as nobody meant it to. */
export interface Crash {
  /** What the server is called, where that is not its registered name. */
  readonly name: Term
  readonly reason: Term
  readonly message: Term
  readonly state: Term
  /** Who waits for an answer. */
  readonly client: Pid | undefined
  /** What to do about it, where that is known. */
  readonly hint?: string | undefined
}

/** Reports the crash of a server: why, its last message, its state and its client. */
export function reportCrash(process: LocalProcess, { client, hint, ...crash }: Crash): void {
  const event: ReportTerm = {
    label: LABEL,
    name: crash.name,
    last_message: crash.message,
    state: crash.state,
    log: [],
    reason: crash.reason,
    client_info: client ? tuple(client, stateOf(client, process.kernel)) : UNDEFINED,
    process_label: UNDEFINED,
    ...(hint !== undefined && { hint }),
  }
  reportOf(process, 'error', { event }, crash.reason)
}

// What a client that waits is doing is not known: it has no stack.
function stateOf(client: Pid, kernel: Kernel): Term {
  if (!kernel.isLocal(client)) return atom('remote')
  const process = kernel.process(client)
  return process ? tuple(process.registeredName ?? client, []) : atom('dead')
}

/** The sentence and the stack of an end, as they stand in a report. */
export function exitText(reason: Term, { name }: Kernel): string {
  return reasonText(reason, name)
}

/** Whether an end is one that was meant: `normal`, `shutdown`, `{:shutdown, _}`. */
export function isNormalExit(reason: Term): boolean {
  return (
    reason === normal ||
    reason === shutdown ||
    (isTuple(reason) && reason.elements[0] === shutdown && reason.length === 2)
  )
}

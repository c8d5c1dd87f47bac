import { type Kernel, type LocalProcess, type ReportTerm, reasonText, reportOf } from '../../process/index.ts'
import { atom, isTuple, normal, type Pid, shutdown, type Term, tuple } from '../../term/index.ts'

const LABEL = tuple(atom('gen_server'), atom('terminate'))
const UNDEFINED = atom('undefined')

/** Abnormal exit of a server. */
export interface Crash {
  /** The name of the server in a registry, if it has one. */
  readonly name: Term
  readonly reason: Term
  readonly message: Term
  readonly state: Term
  /** The caller that waits for an answer. */
  readonly client: Pid | undefined
  /** What to do about the error, if that is known. */
  readonly hint?: string | undefined
}

/** Reports the crash of a server: its reason, last message, state and client. */
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

// A waiting client has no stack to show.
function stateOf(client: Pid, kernel: Kernel): Term {
  if (!kernel.isLocal(client)) return atom('remote')
  const process = kernel.process(client)
  return process ? tuple(process.registeredName ?? client, []) : atom('dead')
}

/** Returns the sentence and the stack of an exit reason, as reports show them. */
export function exitText(reason: Term, { name }: Kernel): string {
  return reasonText(reason, name)
}

/** Whether an exit is not abnormal in the sense of OTP: `normal`, `shutdown`, `{:shutdown, _}`. */
export function isNormalExit(reason: Term): boolean {
  return (
    reason === normal ||
    reason === shutdown ||
    (isTuple(reason) && reason.elements[0] === shutdown && reason.length === 2)
  )
}

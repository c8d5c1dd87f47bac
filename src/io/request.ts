/**
 * The client's side of the Erlang I/O protocol: https://www.erlang.org/doc/apps/stdlib/io_protocol
 */
import type { LocalProcess, RemoteName } from '../process/index.ts'
import { atom, ErlangError, error, isTuple, type Pid, type Term, tuple } from '../term/index.ts'

const IO_REQUEST = atom('io_request')
const terminated = atom('terminated')
const badarg = atom('badarg')
const PENDING_OUTPUT = Symbol('output that was not confirmed yet')

interface PendingOutput {
  count: number
  waiting: (() => void)[]
}

/** Asks an I/O server; the answer is given to `answered`, and `failed` is called where the server is not there (any more). */
export function sendIORequest(
  process: LocalProcess,
  device: Pid | RemoteName,
  request: Term,
  answered: (answer: Term) => void,
  failed: (reason: Term) => void,
): void {
  const { kernel } = process
  const ref = kernel.makeRef()
  let monitor: ReturnType<typeof kernel.makeRef> | undefined
  process.intercept(ref, (answer) => {
    if (monitor) process.ties.demonitor(monitor)
    answered(answer)
  })
  monitor = process.ties.monitor(device, () => {
    process.dropIntercept(ref)
    failed(terminated)
  })
  kernel.send(process.pid, device, tuple(IO_REQUEST, process.pid, ref, request))
}

/**
 * Asks for output and goes on at once. The process does not end normally before the answer has come; output that fails
 * ends it, as it would have thrown on the BEAM.
 */
export function requestOutput(process: LocalProcess, device: Pid | RemoteName, request: Term): void {
  if (!process.alive) return
  const open = pendingOutput(process)
  open.count++
  process.unfinished(1)
  const done = (): void => {
    process.unfinished(-1)
    if (--open.count > 0) return
    const { waiting } = open
    open.waiting = []
    for (const resolve of waiting) resolve()
  }
  const fail = (reason: Term): void => {
    process.crash(new ErlangError(reason))
    done()
  }
  sendIORequest(
    process,
    device,
    request,
    (answer) => (isErrorReply(answer) ? fail(errorOf(answer)) : done()),
    fail,
  )
}

/** Asks for input, or whatever else is waited for. Throws what `:io` raises where it fails. */
export function requestInput(process: LocalProcess, device: Pid | RemoteName, request: Term): Promise<Term> {
  return new Promise((resolve, reject) => {
    sendIORequest(process, device, request, resolve, (reason) => reject(new ErlangError(reason)))
  })
}

/** Waits until everything that the process has written is where it belongs. */
export function flushOutput(process: LocalProcess): Promise<void> {
  const open = pendingOutput(process)
  return new Promise((resolve) => {
    if (open.count === 0) resolve()
    else open.waiting.push(resolve)
  })
}

function pendingOutput(process: LocalProcess): PendingOutput {
  const known = process.dictionary.get(PENDING_OUTPUT) as PendingOutput | undefined
  if (known) return known
  const open: PendingOutput = { count: 0, waiting: [] }
  process.dictionary.set(PENDING_OUTPUT, open)
  return open
}

function isErrorReply(answer: Term): boolean {
  return isTuple(answer) && answer.elements[0] === error
}

// What `io` makes of an answer: everything but these two is a bad argument to whoever called it.
function errorOf(answer: Term): Term {
  const reason = (answer as { elements: readonly Term[] }).elements[1]
  if (reason === terminated) return terminated
  return isTuple(reason) && reason.elements[0] === atom('no_translation') ? atom('no_translation') : badarg
}

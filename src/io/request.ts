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

/** Sends an I/O request to a server. Calls `onReply` with the reply, or `onError` when the server is not alive or exits. */
export function sendIORequest(
  process: LocalProcess,
  device: Pid | RemoteName,
  request: Term,
  onReply: (reply: Term) => void,
  onError: (reason: Term) => void,
): void {
  const { kernel } = process
  const ref = kernel.makeRef()
  let monitor: ReturnType<typeof kernel.makeRef> | undefined
  process.expectIoReply(ref, (reply) => {
    if (monitor) process.monitors.demonitor(monitor)
    onReply(reply)
  })
  monitor = process.monitors.monitor(device, () => {
    process.cancelIoReply(ref)
    onError(terminated)
  })
  kernel.send(process.pid, device, tuple(IO_REQUEST, process.pid, ref, request))
}

/**
 * Sends an output request and returns at once. The process does not exit normally before the reply has arrived. An error reply
 * crashes the process, as the error that is raised on the BEAM would.
 */
export function requestOutput(process: LocalProcess, device: Pid | RemoteName, request: Term): void {
  if (!process.alive) return
  const pending = pendingOutput(process)
  pending.count++
  process.addPendingWork(1)
  const done = (): void => {
    process.addPendingWork(-1)
    if (--pending.count > 0) return
    const { waiting } = pending
    pending.waiting = []
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
    (reply) => (isErrorReply(reply) ? fail(errorOf(reply)) : done()),
    fail,
  )
}

/** Sends a request and resolves with the reply. Rejects with the error that `:io` raises when the server is not alive. */
export function requestInput(process: LocalProcess, device: Pid | RemoteName, request: Term): Promise<Term> {
  return new Promise((resolve, reject) => {
    sendIORequest(process, device, request, resolve, (reason) => reject(new ErlangError(reason)))
  })
}

/** Resolves when all output requests of the process have been answered. */
export function flushOutput(process: LocalProcess): Promise<void> {
  const pending = pendingOutput(process)
  return new Promise((resolve) => {
    if (pending.count === 0) resolve()
    else pending.waiting.push(resolve)
  })
}

function pendingOutput(process: LocalProcess): PendingOutput {
  const known = process.dictionary.get(PENDING_OUTPUT) as PendingOutput | undefined
  if (known) return known
  const pending: PendingOutput = { count: 0, waiting: [] }
  process.dictionary.set(PENDING_OUTPUT, pending)
  return pending
}

function isErrorReply(answer: Term): boolean {
  return isTuple(answer) && answer.elements[0] === error
}

// As in Erlang's `io`: every error reply but these two is raised as `badarg`.
function errorOf(answer: Term): Term {
  const reason = (answer as { elements: readonly Term[] }).elements[1]
  if (reason === terminated) return terminated
  return isTuple(reason) && reason.elements[0] === atom('no_translation') ? atom('no_translation') : badarg
}

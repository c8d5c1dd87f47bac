import type { Pid, Reference, Term } from '../../term/index.ts'
import { requireProcess } from '../current-process.ts'
import type { AliasHolder } from '../kernel.ts'
import type { LocalProcess } from '../local-process.ts'
import type { MonitorExtras, RemoteName } from '../signals/index.ts'

/** Options of {@link alias}. */
export interface AliasOptions {
  /** Whether the first message ends the alias. Default: false, only {@link unalias} and the exit of the process end it. */
  readonly reply?: boolean
  /** Whether priority messages to the alias overtake the ordinary messages of the mailbox. Default: false. */
  readonly priority?: boolean
}

/** When the alias of a monitor ends, beside {@link unalias} and the exit of its process. */
export type MonitorAlias =
  /** With nothing else. */
  | 'explicitUnalias'
  /** With the monitor. */
  | 'demonitor'
  /** With the monitor, or with the first message, which also removes the monitor. */
  | 'replyDemonitor'

/** Options of a monitor. */
export interface MonitorOptions {
  /** Makes the reference of the monitor an alias of the current process too. */
  readonly alias?: MonitorAlias
  /** First element of the message in place of the atom `DOWN`. */
  readonly tag?: Term
  /** Whether the `DOWN` message, and priority messages to the alias, overtake the ordinary messages of the mailbox. */
  readonly priority?: boolean
}

/**
 * Creates an alias of the current process: a reference to which messages can be sent, from any node. After its end, messages to it
 * are dropped. An exit signal to an alias is one to the process.
 *
 * When not to use it: for requests to servers. `GenServer.call` has an alias for each reply.
 *
 * @see `erlang:alias/1`, `Process.alias/1`
 */
export function alias({ reply = false, priority = false }: AliasOptions = {}): Reference {
  const process = requireProcess('alias()')
  return openAlias(process, process.kernel.makeRef(), reply ? 'reply' : 'explicitUnalias', priority)
}

/**
 * Ends an alias of the current process.
 *
 * @returns false when the reference is not an alias of this process, or not any more
 * @see `erlang:unalias/1`, `Process.unalias/1`
 */
export function unalias(ref: Reference): boolean {
  return closeAlias(requireProcess('unalias()'), ref)
}

/** Makes a reference of this node an alias of a process. */
export function openAlias(
  process: LocalProcess,
  ref: Reference,
  mode: MonitorAlias | 'reply',
  priority = false,
): Reference {
  if (process.alive) process.kernel.alias(new ProcessAlias(process, ref, mode, priority))
  return ref
}

/** Ends an alias. Returns whether it was an alias of the process. */
export function closeAlias(process: LocalProcess, ref: Reference): boolean {
  const holder = process.kernel.aliasHolder(ref)
  if (!(holder instanceof ProcessAlias) || holder.process !== process) return false
  holder.close()
  return true
}

/** Monitors a process with options. @see `erlang:monitor/3` */
export function monitorWith(
  process: LocalProcess,
  target: Pid | RemoteName,
  options: MonitorOptions,
): Reference {
  const ref = process.kernel.makeRef()
  return process.monitors.monitor(target, undefined, ref, openMonitorAlias(process, ref, options))
}

/** Makes the reference of a monitor an alias where the options ask for one, and returns how the monitor ends. */
export function openMonitorAlias(
  process: LocalProcess,
  ref: Reference,
  { alias: mode, tag, priority = false }: MonitorOptions,
): MonitorExtras {
  if (mode) openAlias(process, ref, mode, priority)
  const onEnd = mode && mode !== 'explicitUnalias' ? () => void closeAlias(process, ref) : undefined
  return { tag, priority, onEnd }
}

/** Alias of a process whose messages go to its mailbox. */
class ProcessAlias implements AliasHolder {
  readonly process: LocalProcess
  readonly ref: Reference
  readonly #mode: MonitorAlias | 'reply'
  readonly #priority: boolean
  readonly #onExit = (): void => this.process.kernel.dropAlias(this.ref)

  constructor(process: LocalProcess, ref: Reference, mode: MonitorAlias | 'reply', priority: boolean) {
    this.process = process
    this.ref = ref
    this.#mode = mode
    this.#priority = priority
    process.onExit(this.#onExit)
  }

  receive(message: Term, priority = false): void {
    const { process } = this
    if (this.#mode === 'reply') this.close()
    else if (this.#mode === 'replyDemonitor' && !process.monitors.demonitor(this.ref)) this.close()
    if (priority && this.#priority) process.deliverPriority(message)
    else process.deliver(message)
  }

  exit(from: Pid, reason: Term, priority: boolean): void {
    this.process.exitSignal(from, reason, false, priority && this.#priority)
  }

  close(): void {
    this.process.kernel.dropAlias(this.ref)
    this.process.offExit(this.#onExit)
  }
}

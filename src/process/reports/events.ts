import { channel } from 'node:diagnostics_channel'
import type { Pid, Term } from '../../term/index.ts'
import type { Kernel, LocalProcess } from '../local-process.ts'

/** A process that has been made. It has run nothing yet, so its name and label may be missing. */
export interface SpawnEvent {
  readonly kernel: Kernel
  readonly process: LocalProcess
}

/** A process that has ended, with its exit reason. Its links and monitors are informed after this event. */
export interface ExitEvent extends SpawnEvent {
  readonly reason: Term
}

/** A child that a supervisor starts again. */
export interface RestartEvent {
  readonly kernel: Kernel
  readonly supervisor: LocalProcess
  readonly id: Term
  /** The process that has ended; undefined when an earlier restart has failed. */
  readonly was: Pid | undefined
}

// Channels of `node:diagnostics_channel`. Nothing is made or called for an event while a channel has no subscribers.

/** The channel `moebi:spawn` of {@link SpawnEvent}. */
export const spawns: ReturnType<typeof channel> = channel('moebi:spawn')
/** The channel `moebi:exit` of {@link ExitEvent}. */
export const exits: typeof spawns = channel('moebi:exit')
/** The channel `moebi:restart` of {@link RestartEvent}. */
export const restarts: typeof spawns = channel('moebi:restart')

import type { Atom, Pid, Reference, Term } from '../term/index.ts'

/** A process of another node, by its registered name. */
export interface RemoteName {
  readonly name: Atom
  readonly node: Atom
}

/**
 * What one process does to another, on whichever node it is. Signals between the same two processes arrive in the
 * order in which they were sent.
 *
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#protocol-between-connected-nodes names the same signals; the
 * codes in the comments are the control messages that carry them.
 */
export type Signal =
  /** SEND_SENDER 22, REG_SEND 6, ALIAS_SEND 33, ALTACT_SIG_SEND 37: a message to a pid, a name or an alias. */
  | { readonly type: 'message'; from: Pid; to: Pid | RemoteName | Reference; message: Term }
  /** LINK 1 */
  | { readonly type: 'link'; from: Pid; to: Pid }
  /** UNLINK_ID 35, answered by UNLINK_ID_ACK 36 */
  | { readonly type: 'unlink'; from: Pid; to: Pid; id: bigint }
  | { readonly type: 'unlinkAck'; from: Pid; to: Pid; id: bigint }
  /** PAYLOAD_EXIT 24: a link breaks */
  | { readonly type: 'exit'; from: Pid; to: Pid; reason: Term }
  /** PAYLOAD_EXIT2 26: `Process.exit(to, reason)` */
  | { readonly type: 'exit2'; from: Pid; to: Pid; reason: Term }
  /** MONITOR_P 19 */
  | { readonly type: 'monitor'; from: Pid; to: Pid | RemoteName; ref: Reference }
  /** DEMONITOR_P 20 */
  | { readonly type: 'demonitor'; from: Pid; to: Pid | RemoteName; ref: Reference }
  /** PAYLOAD_MONITOR_P_EXIT 28: what was monitored has ended. `from` is what the monitor named: the pid or the name */
  | { readonly type: 'down'; from: Pid | RemoteName; to: Pid; ref: Reference; reason: Term }
  /** GROUP_LEADER 7 */
  | { readonly type: 'groupLeader'; from: Pid; to: Pid; leader: Pid }
  /** SPAWN_REQUEST 29 */
  | {
      readonly type: 'spawnRequest'
      /** Also the reference of the monitor, where one is asked for */
      ref: Reference
      from: Pid
      /** The node that is asked to spawn */
      node: Atom
      leader: Pid
      module: Atom
      function: Atom
      args: readonly Term[]
      options: readonly Term[]
    }
  /** SPAWN_REPLY 31: the pid, or an atom that says why there is none */
  | {
      readonly type: 'spawnReply'
      ref: Reference
      /** The node that answers */
      node: Atom
      to: Pid
      link: boolean
      monitor: boolean
      result: Pid | Atom
    }

/** Whom the kernel asks when the receiver of a signal is not here. The distribution fills it. */
export interface Route {
  /** Takes the signal on its way; connects first where that is needed. Never throws for a node that cannot be reached. */
  signal(signal: Signal): void
}

import { type Atom, noconnection, type Pid, type Reference, type Term } from '../../term/index.ts'

/** A registered name on a node. */
export interface RemoteName {
  readonly name: Atom
  readonly node: Atom
}

/**
 * Signal from one process to another, on any node. Signals between the same two processes arrive in the order in which
 * they were sent.
 *
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#protocol-between-connected-nodes names the same signals. The
 * codes in the comments are the control messages that carry them.
 */
export type Signal =
  /** SEND_SENDER 22, REG_SEND 6, ALIAS_SEND 33, ALTACT_SIG_SEND 37: a message to a pid, a name or an alias. */
  | {
      readonly type: 'message'
      from: Pid
      to: Pid | RemoteName | Reference
      message: Term
      /** Whether it is a priority message */
      priority?: boolean
    }
  /** LINK 1 */
  | { readonly type: 'link'; from: Pid; to: Pid }
  /** UNLINK_ID 35, answered by UNLINK_ID_ACK 36 */
  | { readonly type: 'unlink'; from: Pid; to: Pid; id: bigint }
  | { readonly type: 'unlinkAck'; from: Pid; to: Pid; id: bigint }
  /** PAYLOAD_EXIT 24: a link breaks */
  | { readonly type: 'exit'; from: Pid; to: Pid; reason: Term }
  /** PAYLOAD_EXIT2 26; for an alias or with priority ALTACT_SIG_SEND 37: `Process.exit(to, reason)` */
  | { readonly type: 'exit2'; from: Pid; to: Pid | Reference; reason: Term; priority?: boolean }
  /** MONITOR_P 19 */
  | { readonly type: 'monitor'; from: Pid; to: Pid | RemoteName; ref: Reference }
  /** DEMONITOR_P 20 */
  | { readonly type: 'demonitor'; from: Pid; to: Pid | RemoteName; ref: Reference }
  /**
   * PAYLOAD_MONITOR_P_EXIT 28: a monitored process has ended. `from` is what the monitor named: the pid, or the name and, on the node of
   * the process, the pid that had it
   */
  | {
      readonly type: 'down'
      from: Pid | (RemoteName & { readonly pid?: Pid })
      to: Pid
      ref: Reference
      reason: Term
    }
  /** GROUP_LEADER 7 */
  | { readonly type: 'groupLeader'; from: Pid; to: Pid; leader: Pid }
  /** SPAWN_REQUEST 29 */
  | {
      readonly type: 'spawnRequest'
      /** Also the reference of the monitor, when one is requested */
      ref: Reference
      from: Pid
      /** The node that spawns the process */
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
      /** The node that replies */
      node: Atom
      to: Pid
      link: boolean
      monitor: boolean
      result: Pid | Atom
    }

/** What sends a signal again that was not accepted. It may do nothing when the signal is not needed any more. */
export interface Resendable {
  resend(): void
  /** Whether it is sent when its sender has ended meanwhile. */
  readonly outlivesSender?: boolean
}

/**
 * What happens to a message or a spawn request when too many bytes wait for its node: it is accepted all the same, or sent later. Default:
 * the sender gets a {@link BusyDistPortError}.
 */
export type WhenFull = 'accept' | Resendable

/** Connections to other nodes, as code that sends to them sees them. */
export interface RemoteLinks {
  isConnected(node: Atom): boolean
  /** Whether the node is behind: a process that sends to it is suspended. */
  isBusy(node: Atom): boolean
  /** Calls the function when the node is not busy, or the connection to it is down. */
  whenIdle(node: Atom, fn: () => void): void
}

/** Sends the signals for other nodes. The distribution implements it. */
export interface RemoteRouter {
  /**
   * Sends the signal, after connecting where necessary. Does not throw for a node that cannot be reached.
   *
   * @throws BusyDistPortError for a message of code that does not wait, when too many bytes wait for the node
   */
  route(signal: Signal, whenFull?: WhenFull): void
  /** Undefined where there are no connections. */
  readonly links?: RemoteLinks
}

/** Returns what the sender of a signal gets when the receiver's node cannot be reached. Most signals have no reply. */
export function noconnectionReply(signal: Signal): Signal | undefined {
  switch (signal.type) {
    case 'link':
      return { type: 'exit', from: signal.to, to: signal.from, reason: noconnection }
    case 'monitor':
      return { type: 'down', from: signal.to, to: signal.from, ref: signal.ref, reason: noconnection }
    case 'spawnRequest':
      return {
        type: 'spawnReply',
        ref: signal.ref,
        node: signal.node,
        to: signal.from,
        link: false,
        monitor: false,
        result: noconnection,
      }
    default:
      return undefined
  }
}

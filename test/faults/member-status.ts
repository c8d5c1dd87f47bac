/** How often waits ended with one result, and the longest of them in ms. */
export interface Ended {
  count: number
  longest: number
}

/** A monitor that a process of a Moebi node has. */
export interface SetMonitor {
  /** The process, by its name or label, and the target: equal for equal monitors before and after a fault. */
  readonly what: string
  readonly pid: string
  /** The target, as Elixir writes it. */
  readonly target: string
}

/** What a member of the cluster answers to `status`. */
export interface MemberStatus {
  readonly name: string
  /** The nodes to which it is connected, sorted. */
  readonly nodes: readonly string[]
  readonly load: Readonly<Record<'messages' | 'received' | 'calls' | 'tasks' | 'downs', number>>
  /** Numbered messages that were lost or came out of order while a connection was up. */
  readonly broken: readonly string[]
  /** Monitors without a `DOWN` message after the end of the connection. */
  readonly overdue: readonly string[]
  /** `call ok`, `task noconnection`, `monitor noconnection` … */
  readonly ends: Readonly<Record<string, Ended>>
  readonly lastSent: Readonly<Record<string, number>>
  readonly lastReceived: Readonly<Record<string, number>>
  /** How many monitors of the servers of peers are set. */
  readonly monitors: number
  /** Calls and tasks that wait. */
  readonly waiting: readonly string[]
  /** What must be the same before and after a fault. */
  readonly counts: Readonly<Record<string, number>>
  /** The monitors of all processes of a Moebi node. */
  readonly monitored: readonly SetMonitor[]
  readonly heapUsed: number
  readonly rss: number
}

import { type Atom, noconnection, type Pid, type Term } from '../../term/index.ts'
import type { Signal } from './signal.ts'

/** Informed about one link of a process, so that no monitor of the linked process is needed. */
export interface LinkListener {
  /** The linked process has ended, or the connection to it is lost. Not called when that ends the owner of the link too. */
  onExit(reason: Term): void
  /** The link was removed. After it, only an exit signal that was already on its way calls `onExit`. */
  onUnlink(): void
}

/** The process that has the links. */
export interface LinkOwner {
  readonly pid: Pid
  readonly alive: boolean
  readonly kernel: {
    isLocal(pid: Pid): boolean
    process(pid: Pid): { readonly links: Links } | undefined
    nextUnlinkId(): bigint
    signal(signal: Signal): void
  }
  exitSignal(from: Pid, reason: Term, linked: boolean): void
}

const NONE: ReadonlySet<Pid> = new Set()

/**
 * Links of one process.
 *
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#link-protocol
 */
export class Links {
  readonly #owner: LinkOwner
  #pids: Set<Pid> | undefined
  /** Ids of the `unlink` signals that the other process has not acknowledged. */
  #unlinking: Map<Pid, bigint> | undefined
  #listeners: Map<Pid, LinkListener> | undefined
  /** The linked processes whose `EXIT` messages are priority messages. */
  #priority: Set<Pid> | undefined

  constructor(owner: LinkOwner) {
    this.#owner = owner
  }

  /** The linked processes. */
  get pids(): ReadonlySet<Pid> {
    return this.#pids ?? NONE
  }

  /**
   * Links the process to another one. An exit signal answers when that process does not exist.
   *
   * @param priority whether the `EXIT` message is a priority message. It is set for an existing link too
   */
  link(to: Pid, priority = false): void {
    const { alive, pid, kernel } = this.#owner
    if (!alive || to === pid) return
    if (priority) this.#priority = (this.#priority ?? new Set()).add(to)
    else this.#priority?.delete(to)
    if (this.#pids?.has(to)) return
    this.#unlinking?.delete(to)
    this.add(to)
    kernel.signal({ type: 'link', from: pid, to })
  }

  /** Removes a link on both sides. */
  unlink(to: Pid): void {
    if (!this.remove(to)) return
    this.#priority?.delete(to)
    const { pid, kernel } = this.#owner
    if (kernel.isLocal(to)) kernel.process(to)?.links.acceptUnlink(pid)
    else {
      const id = kernel.nextUnlinkId()
      this.#unlinking ??= new Map()
      this.#unlinking.set(to, id)
      kernel.signal({ type: 'unlink', from: pid, to, id })
    }
    this.listener(to)?.onUnlink()
  }

  /** Adds a link on this side only. */
  add(pid: Pid): void {
    this.#pids ??= new Set()
    this.#pids.add(pid)
  }

  /** Removes a link on this side only. Returns whether it existed. */
  remove(pid: Pid): boolean {
    return this.#pids?.delete(pid) ?? false
  }

  /** Returns whether the `EXIT` message of a link that was removed is a priority message. */
  takePriority(pid: Pid): boolean {
    return this.#priority?.delete(pid) ?? false
  }

  /**
   * Handles a `link` signal. While the other process has not acknowledged our `unlink`, its link is ignored: the `unlink`
   * removes that link too when it arrives there.
   */
  acceptLink(from: Pid): void {
    if (!this.#unlinking?.has(from)) this.add(from)
  }

  /** Handles an `unlink` signal. */
  acceptUnlink(from: Pid): void {
    if (!this.remove(from)) return
    this.#priority?.delete(from)
    this.listener(from)?.onUnlink()
  }

  /** Handles the acknowledgement of our `unlink` signal. */
  acceptUnlinkAck(from: Pid, id: bigint): void {
    if (this.#unlinking?.get(from) === id) this.#unlinking.delete(from)
  }

  setListener(pid: Pid, listener: LinkListener): void {
    this.#listeners ??= new Map()
    this.#listeners.set(pid, listener)
  }

  removeListener(pid: Pid): void {
    this.#listeners?.delete(pid)
  }

  listener(pid: Pid): LinkListener | undefined {
    return this.#listeners?.get(pid)
  }

  /** Sends an exit signal over every link: the owner has ended. */
  sendExits(reason: Term): void {
    const { kernel, pid } = this.#owner
    for (const to of this.pids) kernel.signal({ type: 'exit', from: pid, to, reason })
  }

  /** Breaks every link over the lost connection to this node. */
  nodeDown(node: Atom): void {
    if (this.#unlinking)
      for (const pid of this.#unlinking.keys()) if (pid.node === node) this.#unlinking.delete(pid)
    for (const pid of [...this.pids]) if (pid.node === node) this.#owner.exitSignal(pid, noconnection, true)
  }
}

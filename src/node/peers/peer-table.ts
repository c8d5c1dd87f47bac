import {
  accept,
  type Connection,
  HandshakeError,
  type HandshakeErrorCode,
  type HandshakeStatus,
  initiate,
  type LinkSocket,
  type NodeIdentity,
  PendingHandshakes,
  simultaneousStatus,
} from '../../distribution/index.ts'
import { type Kernel, nodeAtom, type Route, report, runAsNobody, type Signal } from '../../process/index.ts'
import { type Atom, nonode, type Pid } from '../../term/index.ts'
import type { Cookies } from './cookie.ts'
import type { Dialer } from './epmd-dialer.ts'
import type { PeerListener, Peers } from './peers.ts'
import { PendingSignals } from './pending-signals.ts'

/** What they end has ended with the connection, so no other is made for them. */
const END_OF_SOMETHING: ReadonlySet<Signal['type']> = new Set([
  'exit',
  'unlink',
  'unlinkAck',
  'demonitor',
  'down',
  'spawnReply',
])
/**
 * How a call that a peer gives up ends with us. Of two nodes that call each other one gives up its own, at whatever point it
 * is, even before its first word: that is no concern of people.
 */
const WITHDRAWN: ReadonlySet<HandshakeErrorCode> = new Set([
  'HANDSHAKE_NOK',
  'HANDSHAKE_ALIVE',
  'HANDSHAKE_CLOSED',
])
/** A peer that was killed with something of ours unread resets the connection, where others close it. */
const RESET = /^connection lost: .*\b(ECONNRESET|EPIPE)\b/
/** Ends of a connection that need no explanation. */
const EXPECTED = new Set([
  'connection closed',
  'disconnected by request',
  'the node stops',
  'the peer connected anew',
])

export interface PeerTableOptions {
  readonly kernel: Kernel
  readonly hidden: boolean
  readonly cookies: Cookies
  /** How a node is reached that this one calls. */
  readonly dial: Dialer
  /** `net_ticktime`, in ms */
  readonly tickTime: number
  /** For a call, and for that of the peer which goes on in its place, in ms */
  readonly connectTimeout: number
}

/** How long we wait for a call of theirs before we call, in ms: whoever calls may only say that he is that peer. */
const PATIENCE = 1_000
/** How often we call for those who wait: once more when theirs was to go on in place of ours, and nothing has come of it. */
const MAX_CALLS = 2

/** A link to a peer: on its way, or there. */
interface Link {
  peer: Atom
  connection: Connection | undefined
  /** The number of the connection. */
  id: number
  /** Ends our own attempt. */
  abort: AbortController | undefined
  readonly waiting: PendingSignals
  done: ((connected: boolean) => void)[]
  /** Ends the waiting for the peer's attempt. */
  giveUp: (() => void) | undefined
  /** How often we have called. */
  calls: number
  /** How many calls of theirs are under way. */
  theirs: number
}

/**
 * Who this node is connected to: makes connections when a signal needs one, keeps them, and tells who cares when one
 * comes or goes.
 *
 * Two nodes that call each other at the same time end up with one link, as the handshake's chapter has it:
 * 1. Our attempt is under way when theirs comes in: the greater name's attempt goes on (`nok` or `ok_simultaneous`).
 * 2. Theirs goes on: ours ends when they say so (`nok`) or have proved themselves, and what waits for a connection waits for
 *    theirs. Before that it is only said that it is theirs.
 * 3. There is a link already and they call again: they are asked (`alive`) whether they know of it, and if they do not,
 *    the new one takes the place of the old.
 * 4. Theirs is under way and we want to call: we wait for it, and call when nothing comes of it.
 */
export class PeerTable implements Peers, Route {
  readonly kernel: Kernel
  readonly #options: PeerTableOptions
  readonly #links = new Map<Atom, Link>()
  readonly #listeners = new Set<PeerListener>()
  readonly #incoming = new Set<LinkSocket>()
  readonly #pendingHandshakes = new PendingHandshakes()
  #connectionId = 0
  #stopped = false

  constructor(options: PeerTableOptions) {
    this.kernel = options.kernel
    this.#options = options
  }

  // Who is there

  /** All connected nodes, or only the visible ones. */
  list(kind: 'visible' | 'hidden' | 'connected' = 'visible'): Atom[] {
    const found: Atom[] = []
    for (const { peer, connection } of this.#links.values())
      if (connection && (kind === 'connected' || connection.peer.hidden === (kind === 'hidden')))
        found.push(peer)
    return found
  }

  visible(): Atom[] {
    return this.list('visible')
  }

  connection(peer: Atom): Connection | undefined {
    return this.#links.get(peer)?.connection
  }

  connectionId(node: Atom): number | undefined {
    const link = this.#links.get(node)
    return link?.connection && !link.connection.peer.hidden ? link.id : undefined
  }

  reaches(pid: Pid): boolean {
    return this.connection(pid.node)?.peer.creation === pid.creation
  }

  /** The peer has said that it is a Moebi node: bytes arrive there as bytes. */
  setMoebi(peer: Atom): void {
    const connection = this.connection(peer)
    if (connection) connection.moebi = true
  }

  subscribe(listener: PeerListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  // Signals

  signal(signal: Signal): void {
    const node = signal.type === 'spawnRequest' ? signal.node : signal.to.node
    const link = this.#links.get(node)
    if (link?.connection) return link.connection.signal(signal)
    // What has begun was sent before, and waits.
    if ((link?.waiting.empty ?? true) && END_OF_SOMETHING.has(signal.type)) return
    const copy = PendingSignals.copy(signal)
    const pending = link ?? this.#dial(node)
    if (!pending) return this.kernel.bounce(signal)
    const overflow = pending.waiting.add(copy)
    if (overflow) this.#failed(pending, new Error(overflow))
  }

  // Connecting

  connect(node: Atom): Promise<boolean> {
    if (node === this.kernel.name) return Promise.resolve(true)
    const link = this.#links.get(node) ?? this.#dial(node)
    if (!link) return Promise.resolve(false)
    if (link.connection) return Promise.resolve(true)
    return new Promise((resolve) => link.done.push(resolve))
  }

  disconnect(node: Atom, reason: string): void {
    void this.connection(node)?.close(reason)
  }

  /**
   * Takes a connection that a peer has made to us.
   *
   * @param tickTime where it is not that of all connections, in ms
   */
  async accept(socket: LinkSocket, tickTime: number = this.#options.tickTime): Promise<void> {
    if (this.#stopped) return void socket.destroy()
    this.#incoming.add(socket)
    const link = newLink()
    // What there was between us when they said who they are
    let met: Link | undefined
    let old: Connection | undefined
    const overtaken = (): boolean => {
      const now = met && this.connection(met.peer)
      return now !== undefined && now !== old
    }
    try {
      const connection = await accept(socket, {
        ...this.#established(link),
        tickTime,
        pendingHandshakes: this.#pendingHandshakes,
        statusFor: (peer) => {
          const decision = this.#decide(peer)
          met = this.#links.get(nodeAtom(peer.name))
          old = met?.connection
          if (met) met.theirs++
          return decision
        },
        onVerified: () => {
          if (!overtaken()) void old?.close('the peer connected anew')
        },
      })
      if (overtaken()) {
        this.#tell('debug', `** a call of ${connection.peer.name.name} came to its end after another one **`)
        await connection.close('another connection was quicker')
      } else this.#up(link, connection)
    } catch (error) {
      const withdrawn = error instanceof HandshakeError && WITHDRAWN.has(error.code)
      this.#tell(
        withdrawn ? 'debug' : 'error',
        `** ${error instanceof Error ? error.message : String(error)} **`,
      )
    } finally {
      this.#incoming.delete(socket)
      if (met && --met.theirs === 0) this.#goOnWithoutTheirs(met, false)
    }
  }

  /** Ends all connections, and makes no more. @returns when the last words of each have left, or are given up */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const socket of this.#incoming) socket.destroy()
    const closing: Promise<void>[] = []
    for (const link of [...this.#links.values()])
      if (link.connection) closing.push(link.connection.close('the node stops'))
      else this.#failed(link, undefined)
    await Promise.all(closing)
  }

  #dial(node: Atom): Link | undefined {
    if (this.#stopped || node === this.kernel.name) return undefined
    const link = newLink(node)
    this.#links.set(node, link)
    this.#call(link)
    return link
  }

  #call(link: Link): void {
    const abort = new AbortController()
    link.abort = abort
    link.calls++
    runAsNobody(() => {
      this.#attempt(link, abort.signal).catch((error: unknown) => {
        // Whoever has given it up has seen to the link.
        if (!abort.signal.aborted) this.#attemptFailed(link, error)
      })
    })
  }

  /** A call of theirs is what whoever waits for a connection waits for. */
  #awaitTheirs(link: Link, ms: number): void {
    link.abort = undefined
    link.giveUp ??= this.kernel.clock.schedule(ms, () => this.#goOnWithoutTheirs(link, true))
  }

  /** Nothing has come of a call of theirs: we call, where somebody waits and that was all he waited for. */
  #goOnWithoutTheirs(link: Link, late: boolean): void {
    if (this.#links.get(link.peer) !== link || link.connection || link.abort) return
    const wanted = link.done.length > 0 || !link.waiting.empty
    const again = wanted && link.calls < MAX_CALLS
    // The last call was answered nok: the call that was promised may be yet to come.
    if (wanted && !again && !late) return
    link.giveUp?.()
    link.giveUp = undefined
    if (again) this.#call(link)
    else this.#failed(link, undefined)
  }

  async #attempt(link: Link, abort: AbortSignal): Promise<void> {
    const { dial, connectTimeout } = this.#options
    const socket = await dial(link.peer, abort)
    const giveUp = (): unknown => socket.destroy()
    if (abort.aborted) giveUp()
    abort.addEventListener('abort', giveUp)
    const connection = await initiate(socket, {
      ...this.#established(link),
      peer: link.peer,
      timeout: connectTimeout,
    })
    abort.removeEventListener('abort', giveUp)
    this.#up(link, connection)
  }

  #attemptFailed(link: Link, error: unknown): void {
    if (this.#links.get(link.peer) !== link || link.connection) return
    const theirs = error instanceof HandshakeError && error.code === 'HANDSHAKE_NOK'
    if (theirs) this.#awaitTheirs(link, this.#options.connectTimeout)
    else if (link.theirs > 0) this.#awaitTheirs(link, PATIENCE)
    else this.#failed(link, error)
  }

  #failed(link: Link, error: unknown): void {
    if (this.#links.get(link.peer) !== link) return
    this.#links.delete(link.peer)
    link.giveUp?.()
    link.abort?.abort()
    if (error instanceof HandshakeError && error.peer !== undefined) this.#tell('error', error.message)
    else if (error instanceof Error)
      this.#tell('info', `could not connect to ${link.peer.name}: ${error.message}`)
    for (const { signal } of link.waiting.take()) this.kernel.bounce(signal)
    for (const done of link.done) done(false)
  }

  #decide(peer: NodeIdentity): HandshakeStatus {
    if (this.#stopped || peer.name === this.kernel.name.name) return 'not_allowed'
    const node = nodeAtom(peer.name)
    const link = this.#links.get(node)
    if (!link) {
      const theirs = newLink(node)
      this.#links.set(node, theirs)
      this.#awaitTheirs(theirs, PATIENCE)
      return 'ok'
    }
    if (link.connection) return 'alive'
    if (!link.abort) return 'ok'
    return simultaneousStatus(this.kernel.name.name, peer.name)
  }

  #up(link: Link, connection: Connection): void {
    if (connection.closed) return this.#failed(link, undefined)
    if (this.#stopped) return void connection.close('the node stops')
    const { name: peer } = connection.peer
    const old = this.#links.get(peer)
    if (old !== link) void old?.connection?.close('the peer connected anew')
    // The end of the old connection is told to monitors, and code that they run may have begun a new attempt.
    const before = this.#links.get(peer)
    if (before !== link) before?.abort?.abort()
    before?.giveUp?.()
    link.peer = peer
    link.abort = undefined
    link.connection = connection
    link.id = ++this.#connectionId
    this.#links.set(peer, link)
    if (before) this.#sendWaiting(before, connection)
    for (const done of before?.done.splice(0) ?? []) done(true)
    const info = { visible: !connection.peer.hidden, connectionId: link.id }
    for (const listener of this.#listeners) listener.up(peer, info)
  }

  /** What one of them has in it that this peer cannot take is the concern of its sender, not of the link. */
  #sendWaiting({ waiting }: Link, connection: Connection): void {
    for (const { signal } of waiting.take())
      try {
        connection.signal(signal)
      } catch (error) {
        const { message } = error as Error
        this.#tell('error', `A signal to ${connection.peer.name.name} could not be sent: ${message}`)
        this.kernel.bounce(signal)
      }
  }

  #down(link: Link, reason: string): void {
    if (this.#links.get(link.peer) !== link) return
    this.#links.delete(link.peer)
    if (!EXPECTED.has(reason) && !RESET.test(reason))
      this.#tell('warning', `The connection to ${link.peer.name} went down: ${reason}.`)
    this.kernel.nodeDown(link.peer)
    for (const listener of this.#listeners) listener.down(link.peer, reason)
  }

  #established(link: Link) {
    const { cookies, hidden, tickTime, connectTimeout } = this.#options
    return {
      local: { name: this.kernel.name, creation: this.kernel.creation, hidden },
      cookieFor: (node: string) => cookies.for(node),
      onSignal: (signal: Signal) => this.kernel.deliver(signal),
      onDown: (reason: string) => this.#down(link, reason),
      saturated: () => this.kernel.runQueue.saturated,
      timeout: connectTimeout,
      tickTime,
      clock: this.kernel.clock,
    }
  }

  #tell(level: 'debug' | 'info' | 'warning' | 'error', text: string): void {
    report({ kernel: this.kernel, level, text })
  }
}

function newLink(peer: Atom = nonode): Link {
  return {
    peer,
    connection: undefined,
    id: 0,
    abort: undefined,
    waiting: new PendingSignals(),
    done: [],
    giveUp: undefined,
    calls: 0,
    theirs: 0,
  }
}

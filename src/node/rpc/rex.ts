import { startGroupLeader } from '../../io/index.ts'
import type { LocalProcess, RemoteName } from '../../process/index.ts'
import { _, type Atom, atom, match, on, Pid, type Term, tuple } from '../../term/index.ts'
import { answer, type Client, GEN_CALL, GEN_CAST } from '../net-kernel/index.ts'
import type { Peers } from '../peers/index.ts'
import { type CallResult, execute } from './erpc.ts'

export const REX: Atom<'rex'> = atom('rex')
const CALL = atom('call')
const BLOCK_CALL = atom('block_call')
/** Group leader of a call of `erl_call -fetch_stdout`. */
const SEND_STDOUT_TO_CALLER = atom('send_stdout_to_caller')
const REX_STDOUT = atom('rex_stdout')
const FEATURES_REQUEST = atom('features_request')
const FEATURES_REPLY = atom('features_reply')
const FEATURE_ERPC = atom('erpc')
const NODEUP = atom('nodeup')
const NODEDOWN = atom('nodedown')
/** Feature that only Moebi nodes have. */
const FEATURE_MOEBI = atom('moebi')
/** Longest wait for the features of a peer, in ms. A peer that does not answer in time has none. */
const FEATURES_TIMEOUT = 5_000

export interface RexOptions {
  /** Called when a peer has answered that it is a Moebi node. */
  readonly onMoebi?: (peer: Atom) => void
  /** Decides what peers may ask for. Default: everything. */
  readonly guard?: RequestGuard | undefined
}

/** Decides what peers may ask for. A peer is undefined where the request does not prove it. */
export interface RequestGuard {
  /** Returns the call that runs when a peer asks for a call: the same, or one that throws the refusal. */
  callOf(call: NamedCall, peer: Atom | undefined): NamedCall
  /** Whether a peer may send a message to a registered name. */
  maySend(name: Atom, peer: Atom): boolean
}

/** A function and its arguments. */
interface NamedCall {
  readonly module: Atom
  readonly name: Atom
  readonly args: readonly Term[]
}

/**
 * The process `rex`: runs the `rpc` calls that do not use `erpc`, and answers peers that ask for the features of this node.
 * https://www.erlang.org/doc/apps/kernel/rpc
 *
 * Two visible nodes ask each other for their features when the connection is up. Over a hidden connection nothing is sent until
 * {@link isMoebi} needs the features of the peer, or the peer has asked, as by a BEAM.
 */
export class Rex {
  readonly process: LocalProcess
  readonly #peers: Peers
  readonly #options: RexOptions
  /** Features of each connected peer; undefined until it has answered. */
  readonly #features = new Map<Atom, readonly Term[] | undefined>()
  /** Number of the connection to each peer. */
  readonly #connectionIds = new Map<Atom, number>()
  /** Number of the connection over which the messages arrived that are handled now. */
  readonly #handledIds = new Map<Atom, number>()
  readonly #waiting = new Map<Atom, Set<() => void>>()
  /** Connected peers that this node has not asked for their features. */
  readonly #unasked = new Set<Atom>()
  /** Connected peers over hidden connections that do not have the features of this node. */
  readonly #uninformed = new Set<Atom>()

  constructor(peers: Peers, options: RexOptions) {
    this.#peers = peers
    this.#options = options
    const { kernel } = peers
    this.process = kernel.create({ label: 'rex', asyncDist: true })
    this.process.trapExit = true
    this.process.handle((message) => this.#handle(message))
    this.process.onExit(
      peers.subscribe({
        up: (peer, { visible, connectionId }) => {
          this.#features.set(peer, undefined)
          this.#connectionIds.set(peer, connectionId)
          this.process.deliver(tuple(NODEUP, peer, connectionId))
          this.#unasked.add(peer)
          if (!visible) this.#uninformed.add(peer)
          if (visible) this.#askFeatures(peer)
        },
        down: (peer) => {
          this.#unasked.delete(peer)
          this.#uninformed.delete(peer)
          this.#features.delete(peer)
          this.#connectionIds.delete(peer)
          this.process.deliver(tuple(NODEDOWN, peer))
          this.#resolveWaiters(peer)
        },
      }),
    )
    kernel.register(this.process, REX)
  }

  /** Whether a connected node is a Moebi node. A node that does not answer in time is treated as a BEAM node. */
  async isMoebi(peer: Atom): Promise<boolean> {
    if (this.#features.has(peer) && !this.#features.get(peer)) {
      this.#askFeatures(peer)
      await this.#featuresKnown(peer)
    }
    return this.#features.get(peer)?.includes(FEATURE_MOEBI) ?? false
  }

  /** Asks a peer for its features, once over each connection. */
  #askFeatures(peer: Atom): void {
    if (this.#unasked.delete(peer))
      this.#send({ name: REX, node: peer }, tuple(this.process.pid, FEATURES_REQUEST))
  }

  #sendFeatures(to: Pid | RemoteName): void {
    this.#uninformed.delete(to.node)
    this.#send(to, tuple(FEATURES_REPLY, this.#peers.kernel.name, [FEATURE_ERPC, FEATURE_MOEBI]))
  }

  #featuresKnown(peer: Atom): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(peer) ?? new Set()
      this.#waiting.set(peer, waiting)
      const done = (): void => {
        cancel()
        resolve()
      }
      const cancel = this.#peers.kernel.clock.schedule(FEATURES_TIMEOUT, () => {
        waiting.delete(done)
        resolve()
      })
      waiting.add(done)
    })
  }

  #resolveWaiters(peer: Atom): void {
    const waiting = this.#waiting.get(peer)
    this.#waiting.delete(peer)
    if (waiting) for (const done of waiting) done()
  }

  #handle(message: Term): void {
    const { kernel } = this.#peers
    match(
      message,
      on([_.pid, FEATURES_REQUEST], ([from]) => {
        this.#sendFeatures(from)
        this.#askFeatures(from.node)
      }),
      on([FEATURES_REPLY, _.atom, _.list], ([, peer, features]) => {
        // The node may have restarted since, with another release.
        const id = this.#connectionIds.get(peer)
        if (id === undefined || this.#handledIds.get(peer) !== id) return
        this.#features.set(peer, features)
        if (features.includes(FEATURE_MOEBI)) {
          this.#options.onMoebi?.(peer)
          if (this.#uninformed.has(peer)) this.#sendFeatures({ name: REX, node: peer })
        }
        this.#resolveWaiters(peer)
      }),
      on([NODEUP, _.atom, _.integer], ([, peer, id]) => void this.#handledIds.set(peer, id)),
      on([NODEDOWN, _.atom], ([, peer]) => void this.#handledIds.delete(peer)),
      on([GEN_CALL, [_.pid, _], [_.atom, _.atom, _.atom, _.list, _]], ([, client, request]) => {
        const [kind, module, name, args, leader] = request
        if (kind !== CALL && kind !== BLOCK_CALL) return this.#answerBadarg(client)
        this.#run(client[0].node, { module, name, args }, leader, (reply) =>
          answer(this.process, client, reply),
        )
      }),
      on([GEN_CALL, [_.pid, _], _], ([, client]) => this.#answerBadarg(client)),
      on([GEN_CAST, [atom('cast'), _.atom, _.atom, _.list, _]], ([, [, module, name, args, leader]]) =>
        this.#run(undefined, { module, name, args }, leader, () => {}),
      ),
      // Used by nodes before OTP 26, and by C nodes.
      on([_.pid, [CALL, _.atom, _.atom, _.list, _]], ([from, [, module, name, args, leader]]) => {
        const output = leader === SEND_STDOUT_TO_CALLER ? this.#startOutput(from) : undefined
        this.#run(from.node, { module, name, args }, output?.pid ?? leader, (reply) => {
          output?.exit(atom('normal'))
          this.#send(from, tuple(REX, reply))
        })
      }),
      on([_.pid, [atom('sbcast'), _.atom, _]], ([from, [, name, broadcast]]) =>
        this.#send(
          from,
          tuple(REX, kernel.name, this.#sendToName(from, name, broadcast) ? kernel.name : nonexisting(name)),
        ),
      ),
      on([_.pid, [atom('send'), _.atom, _]], ([from, [, name, sent]]) => {
        if (!this.#sendToName(from, name, tuple(from, sent)))
          this.#send(from, tuple(REX, kernel.name, nonexisting(name)))
      }),
      on(_, () => {}),
    )
  }

  #run(peer: Atom | undefined, asked: NamedCall, leader: Term, reply: (result: Term) => void): void {
    const { kernel } = this.#peers
    let replied = false
    const once = (result: Term): void => {
      if (replied) return
      replied = true
      reply(result)
    }
    const own = peer === kernel.name
    const { module, name, args } = own ? asked : (this.#options.guard?.callOf(asked, peer) ?? asked)
    const process = kernel.create({
      groupLeader: leader instanceof Pid ? leader : undefined,
      label: `${asked.module.name}.${asked.name.name}/${asked.args.length}`,
    })
    process.origin = { initialCall: { module, name, arity: args.length }, peer }
    process.begin(async () => once(rpcResult(await execute(kernel, module, name, args))))
    this.process.monitors.monitor(process.pid, (reason) => once(badrpc(reason)))
  }

  /** Starts a group leader that sends its output to a C node, as `{rex_stdout, Binary}`. There is no input. */
  #startOutput(to: Pid): LocalProcess {
    return startGroupLeader(this.#peers.kernel, {
      columns: undefined,
      rows: undefined,
      readLine: async () => undefined,
      write: (text) => this.#send(to, tuple(REX_STDOUT, text)),
    })
  }

  #sendToName(from: Pid, name: Atom, message: Term): boolean {
    if (this.#options.guard?.maySend(name, from.node) === false) return false
    const to = this.#peers.kernel.whereis(name)
    to?.deliver(message)
    return to !== undefined
  }

  #answerBadarg(client: Client): void {
    answer(this.process, client, badrpc(atom('badarg')))
  }

  #send(to: Pid | RemoteName, message: Term): void {
    this.#peers.kernel.send(this.process.pid, to, message)
  }
}

export function startRex(peers: Peers, options: RexOptions = {}): Rex {
  return new Rex(peers, options)
}

function rpcResult(outcome: CallResult): Term {
  if (outcome.class === 'exit') return badrpc(outcome.value)
  return outcome.class === 'error' ? badrpc(tuple(outcome.value, outcome.stack)) : outcome.value
}

function badrpc(reason: Term): Term {
  return tuple(atom('badrpc'), tuple(atom('EXIT'), reason))
}

function nonexisting(name: Atom): Term {
  return tuple(atom('nonexisting_name'), name)
}

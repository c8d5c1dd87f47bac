import { requireProcess } from '../../process/index.ts'
import { Atom, atom, badarg, ErlangError, ok, type Term, tuple } from '../../term/index.ts'
import { ping } from '../net-kernel/index.ts'
import { DISCONNECTED, isNodeKind } from '../peers/index.ts'
import type { Halt, ModuleHost } from './host.ts'

const VISIBLE = atom('visible')

/**
 * Functions on nodes and connections. The modules `erlang`, `net_kernel`, `net_adm` and `Node` share them.
 *
 * Each takes terms, and throws `badarg` for an argument of the wrong type.
 */
export class NodeFunctions {
  readonly #host: ModuleHost

  constructor(host: ModuleHost) {
    this.#host = host
  }

  readonly list = (kind: Term = VISIBLE): Atom[] => {
    const kinds = (Array.isArray(kind) ? kind : [kind]).map((each) => (each instanceof Atom ? each.name : ''))
    return [...new Set(kinds.flatMap((each) => (isNodeKind(each) ? this.#host.peers.list(each) : fail())))]
  }

  readonly connect = (node: Term): Promise<boolean> => this.#host.peers.connect(nameOf(node))

  readonly disconnect = (node: Term): boolean => {
    const { peers } = this.#host
    if (!peers.connection(nameOf(node))) return false
    peers.disconnect(nameOf(node), DISCONNECTED)
    return true
  }

  readonly ping = async (node: Term): Promise<Atom> =>
    atom((await ping(this.#host.peers, nameOf(node))) ? 'pong' : 'pang') as Atom

  readonly monitor = (node: Term, on: Term, _options: Term = []): true => {
    if (typeof on !== 'boolean') return fail()
    this.#host.monitors.set(requireProcess('monitor_node'), nameOf(node), on)
    return true
  }

  readonly setCookie = (first: Term, second: Term = undefined): true => {
    const { cookies, kernel } = this.#host
    const node = second === undefined ? kernel.name : nameOf(first)
    cookies.set(nameOf(second ?? first).name, node === kernel.name ? undefined : node.name)
    return true
  }

  /** A cookie is a secret: a peer that does not have it could not ask, and a log or a shell of a peer would show it. */
  readonly getCookie = (_node: Term = undefined): never => {
    throw notAllowed(
      'get_cookie',
      'a node does not tell its cookie to other nodes. Read it where the node was started.',
    )
  }

  /** `erlang:halt/0,1,2` */
  readonly halt = (status: Term = 0, _options: Term = []): void => {
    if (!(typeof status === 'number' || typeof status === 'string' || status === ABORT)) return fail()
    this.#halt()(typeof status === 'number' ? status : 1)
  }

  /** `init:stop/0,1` */
  readonly stopProgram = (_status: Term = 0): Term => {
    this.#halt()('stop')
    return ok
  }

  #halt(): Halt {
    const { halt } = this.#host
    if (halt) return halt
    throw notAllowed(
      'halt',
      'other nodes may not end this program. Start its node with the option allowHalt: true.',
    )
  }
}

const ABORT = atom('abort')

function nameOf(node: Term): Atom {
  return node instanceof Atom ? node : fail()
}

function fail(): never {
  throw new ErlangError(badarg)
}

/** Returns the error of a function that this node refuses by policy: `{not_allowed, Sentence}`. */
function notAllowed(name: string, why: string): ErlangError {
  return new ErlangError(tuple(atom('not_allowed'), `${name}: ${why}`))
}

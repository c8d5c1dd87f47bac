import type { LocalProcess, RemoteName } from '../../process/index.ts'
import {
  type Atom,
  atom,
  ImproperList,
  isTuple,
  type Pid,
  Reference,
  type Term,
  tuple,
} from '../../term/index.ts'
import type { Peers } from '../peers/index.ts'

// Requests of OTP's module gen: {'$gen_call', {From, Tag}, Request}, answered by {Tag, Reply}.

export const GEN_CALL: Atom = atom('$gen_call')
export const GEN_CAST: Atom = atom('$gen_cast')
const ALIAS = atom('alias')

/** `{From, Tag}`, the caller of a request. The reply holds the tag unchanged. */
export type Client = readonly [pid: Pid, tag: Term]

/** Answers a request. If the tag holds an alias, the reply is sent to the alias, which drops a reply that is late. */
export function answer(server: LocalProcess, [pid, tag]: Client, reply: Term): void {
  server.kernel.send(server.pid, aliasOf(tag) ?? pid, tuple(tag, reply))
}

/** Returns the alias in `[alias|Ref]`, or in `[[alias|Ref]|Monitor]` of OTP 28 and later. */
function aliasOf(tag: Term): Reference | undefined {
  if (!(tag instanceof ImproperList)) return undefined
  const [first] = tag.items
  if (first instanceof ImproperList)
    return first.items[0] === ALIAS && first.tail instanceof Reference ? first.tail : undefined
  return first === ALIAS && tag.tail instanceof Reference ? tag.tail : undefined
}

/**
 * Sends a request to a server and waits for its reply.
 *
 * @returns the reply; undefined when the server has ended or the connection is lost. Never settles after the end of `process`
 */
export function callServer(
  process: LocalProcess,
  to: RemoteName,
  request: Term,
): Promise<{ readonly reply: Term } | undefined> {
  const { kernel } = process
  const ref = kernel.makeRef()
  return new Promise((resolve) => {
    const cleanUp = (): void => {
      kernel.dropAlias(ref)
      process.offExit(cleanUp)
    }
    const receive = (message: Term): void => {
      if (!isTuple(message) || message.length !== 2) return
      cleanUp()
      process.monitors.demonitor(ref)
      resolve({ reply: message.elements[1] as Term })
    }
    kernel.alias({ ref, receive })
    process.onExit(cleanUp)
    process.monitors.monitor(
      to,
      () => {
        cleanUp()
        resolve(undefined)
      },
      ref,
    )
    kernel.send(process.pid, to, tuple(GEN_CALL, tuple(process.pid, new ImproperList([ALIAS], ref)), request))
  })
}

/**
 * Sends a cast to a server of a connected node. Makes no connection.
 *
 * @param connectionId the connection that the message is for; it is sent over no later one. The current connection unless given
 */
export function castServer(
  peers: Peers,
  process: LocalProcess,
  to: RemoteName,
  message: Term,
  connectionId: number | undefined = peers.connectionId(to.node),
): void {
  if (connectionId !== undefined && peers.connectionId(to.node) === connectionId)
    process.kernel.send(process.pid, to, tuple(GEN_CAST, message))
}

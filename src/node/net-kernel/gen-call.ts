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

// Requests as OTP's module gen sends them: {'$gen_call', {From, Tag}, Request}, answered by {Tag, Reply}.

export const GEN_CALL: Atom = atom('$gen_call')
export const GEN_CAST: Atom = atom('$gen_cast')
const ALIAS = atom('alias')

/** Who waits for an answer. The tag goes back as it came. */
export type Client = readonly [pid: Pid, tag: Term]

/** Answers a request. A tag that holds an alias says that the answer goes there: when it is late, it is dropped there. */
export function answer(server: LocalProcess, [pid, tag]: Client, reply: Term): void {
  server.kernel.send(server.pid, aliasOf(tag) ?? pid, tuple(tag, reply))
}

/** The alias in `[alias|Ref]`, or in `[[alias|Ref]|Monitor]` of OTP 28 and later. */
function aliasOf(tag: Term): Reference | undefined {
  if (!(tag instanceof ImproperList)) return undefined
  const [first] = tag.items
  if (first instanceof ImproperList)
    return first.items[0] === ALIAS && first.tail instanceof Reference ? first.tail : undefined
  return first === ALIAS && tag.tail instanceof Reference ? tag.tail : undefined
}

/**
 * Sends a request to a server and waits for its answer.
 *
 * @returns undefined when the server or its node is gone; never settles once `process` is dead
 */
export function callServer(
  process: LocalProcess,
  to: RemoteName,
  request: Term,
): Promise<{ readonly reply: Term } | undefined> {
  const { kernel } = process
  const ref = kernel.makeRef()
  return new Promise((resolve) => {
    const forget = (): void => {
      kernel.dropAlias(ref)
      process.noCleanup(forget)
    }
    const receive = (message: Term): void => {
      if (!isTuple(message) || message.length !== 2) return
      forget()
      process.ties.demonitor(ref)
      resolve({ reply: message.elements[1] as Term })
    }
    kernel.alias({ ref, receive })
    process.onExit(forget)
    process.ties.monitor(
      to,
      () => {
        forget()
        resolve(undefined)
      },
      ref,
    )
    kernel.send(process.pid, to, tuple(GEN_CALL, tuple(process.pid, new ImproperList([ALIAS], ref)), request))
  })
}

/**
 * Sends a server of a connected node a message that needs no answer. No connection is made for it.
 *
 * @param connectionId the connection that the message is for; over a later one it is not sent. The present one unless given
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

/** The handshake over a socket, in both roles. It ends with a {@link Connection} or a {@link HandshakeError}. */
import { systemClock } from '../clock/index.ts'
import type { Atom } from '../term/index.ts'
import { closeGracefully } from './close-gracefully.ts'
import { Connection, type ConnectionOptions, type ConnectionSocket } from './connection.ts'
import { HandshakeError, isTimeout } from './error.ts'
import { type DynamicName, Handshake, type HandshakeOptions } from './handshake.ts'
import type { PendingHandshakes } from './pending-handshakes.ts'
import { remoteAddress } from './remote-address.ts'
import { isTls } from './tls.ts'

export interface EstablishOptions
  extends ConnectionOptions,
    Pick<HandshakeOptions, 'cookieFor' | 'onVerified'> {
  readonly local: { readonly name: Atom; readonly creation: number; readonly hidden?: boolean }
  /** For the whole handshake, in ms. Default: 7,000, as OTP's `net_setuptime`. */
  readonly timeout?: number
  /** Address of the other node, for messages. Default: the socket's remote address. */
  readonly address?: string
}

export interface AcceptOptions extends EstablishOptions, Pick<HandshakeOptions, 'statusFor' | 'nameFor'> {
  /** Limits the number of incoming handshakes: too many abort the oldest. */
  readonly pendingHandshakes?: PendingHandshakes
}

export interface InitiateOptions extends EstablishOptions {
  /** The node that is expected at the other end. */
  readonly peer: Atom
  /** Ends the attempt: the promise rejects, and the socket is destroyed. */
  readonly signal?: AbortSignal
}

/**
 * Does the handshake on an incoming connection. The first signals of the connection arrive in the turn after the promise
 * resolves. When the promise rejects, the socket is closed.
 *
 * @throws HandshakeError whose message belongs in the log. HANDSHAKE_NOK, HANDSHAKE_ALIVE and HANDSHAKE_CLOSED mean that the
 * other node has withdrawn its attempt, which is not a fault
 */
export function accept(socket: ConnectionSocket, options: AcceptOptions): Promise<Connection> {
  const { pendingHandshakes } = options
  const handshakeOptions = {
    ...handshakeOptionsOf(socket, options),
    ...(options.statusFor && { statusFor: options.statusFor }),
    ...(options.nameFor && { nameFor: options.nameFor }),
  }
  if (!pendingHandshakes) return establish(socket, options, Handshake.accept(handshakeOptions))
  const abort = new AbortController()
  const remove = pendingHandshakes.add(() => {
    const message = `connection attempt from ${handshakeOptions.address} rejected: it was the oldest of ${pendingHandshakes.max} handshakes in progress, and made room for a newer one`
    abort.abort(new HandshakeError('HANDSHAKE_BUSY', undefined, message))
  })
  return establish(socket, options, Handshake.accept(handshakeOptions), abort.signal).finally(remove)
}

/** Does the handshake on an outgoing connection. Otherwise as {@link accept}. */
export function initiate(socket: ConnectionSocket, options: InitiateOptions): Promise<Connection> {
  const { peer, signal } = options
  const handshake = Handshake.initiate({ ...handshakeOptionsOf(socket, options), peer: peer.name })
  if (!signal) return establish(socket, options, handshake)
  const destroy = (): unknown => socket.destroy()
  // Runs after the listener of establish(), which rejects.
  const established = establish(socket, options, handshake, signal)
  if (signal.aborted) destroy()
  signal.addEventListener('abort', destroy)
  return established.finally(() => signal.removeEventListener('abort', destroy))
}

/** A name, and the connection to the node that has given it. */
export interface NamedByPeer {
  readonly given: DynamicName
  /** Returns the connection. Must be called in the turn in which the promise resolves. */
  readonly connect: (options: ConnectionOptions) => Connection
}

/**
 * Does the handshake of a node without a name, which asks the other node for one (`NAME_ME`). The kernel of this node can be made
 * when its name is known.
 *
 * @throws HandshakeError also when the other node gives no name
 */
export function requestName(
  socket: ConnectionSocket,
  options: Pick<InitiateOptions, 'peer' | 'cookieFor' | 'timeout' | 'clock'> & { readonly host: string },
): Promise<NamedByPeer> {
  const { host, peer, cookieFor } = options
  const handshake = Handshake.initiate({
    header: isTls(socket) ? 4 : 2,
    local: { name: host, creation: 0, hidden: true },
    peer: peer.name,
    asksForName: true,
    address: remoteAddress(socket),
    cookieFor,
  })
  return exchange(socket, options, handshake, undefined, ({ peer, rest }) => ({
    given: handshake.givenName!,
    connect: (connectionOptions) => new Connection(socket, peer, rest, connectionOptions),
  }))
}

function handshakeOptionsOf(socket: ConnectionSocket, options: EstablishOptions): HandshakeOptions {
  const { name, creation, hidden = false } = options.local
  return {
    local: { name: name.name, creation, hidden },
    header: isTls(socket) ? 4 : 2,
    address: options.address ?? remoteAddress(socket),
    cookieFor: options.cookieFor,
    ...(options.onVerified && { onVerified: options.onVerified }),
  }
}

function establish(
  socket: ConnectionSocket,
  options: EstablishOptions,
  handshake: Handshake,
  signal?: AbortSignal,
): Promise<Connection> {
  return exchange(
    socket,
    options,
    handshake,
    signal,
    ({ peer, rest }) => new Connection(socket, peer, rest, options),
  )
}

/** Exchanges the messages of a handshake. Resolves with what `finish` returns for the result, which is called at once. */
function exchange<T>(
  socket: ConnectionSocket,
  options: Pick<EstablishOptions, 'timeout' | 'clock'>,
  handshake: Handshake,
  signal: AbortSignal | undefined,
  finish: (done: NonNullable<ReturnType<Handshake['feed']>>) => T,
): Promise<T> {
  const { timeout = 7_000, clock = systemClock } = options
  return new Promise((resolve, reject) => {
    const onTimeout = (): void => fail(handshake.timeoutError(timeout))
    const cancelTimeout = clock.schedule(timeout, onTimeout)
    const writeOutput = (): void => {
      const output = handshake.takeOutput()
      if (output.length > 0) socket.write(output)
    }
    const onAbort = (): void => (isTimeout(signal?.reason) ? onTimeout() : fail(signal?.reason))
    const release = (): void => {
      cancelTimeout()
      signal?.removeEventListener('abort', onAbort)
      socket.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onError).pause()
    }
    const fail = (error: unknown): void => {
      release()
      void closeGracefully(socket, clock)
      reject(error)
    }
    const onData = (chunk: Uint8Array): void => {
      try {
        const done = handshake.feed(chunk)
        if (done) {
          release()
          resolve(finish(done))
        }
        writeOutput()
      } catch (error) {
        writeOutput()
        fail(error)
      }
    }
    const onEnd = (): void => fail(handshake.closedError())
    const onError = (error: Error): void => fail(handshake.closedError(error))
    socket.setNoDelay?.(true)
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort)
    if (socket.destroyed) return onEnd()
    socket.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onError)
    writeOutput()
  })
}

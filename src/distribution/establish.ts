/** The handshake over a socket, in either role, until there is a link or a reason why there is none. */
import { systemClock } from '../clock/index.ts'
import type { Atom } from '../term/index.ts'
import { closeGracefully } from './close-gracefully.ts'
import { Connection, type ConnectionOptions, type LinkSocket } from './connection.ts'
import { HandshakeError } from './error.ts'
import { Handshake, type HandshakeOptions } from './handshake.ts'
import type { PendingHandshakes } from './pending-handshakes.ts'

export interface EstablishOptions
  extends ConnectionOptions,
    Pick<HandshakeOptions, 'cookieFor' | 'onVerified'> {
  readonly local: { readonly name: Atom; readonly creation: number; readonly hidden?: boolean }
  /** For the whole handshake, in ms. 7,000 unless given, as OTP's `net_setuptime`. */
  readonly timeout?: number
  /** Where the other end is, for people; the socket's remote address unless given. */
  readonly address?: string
}

export interface AcceptOptions extends EstablishOptions, Pick<HandshakeOptions, 'statusFor'> {
  /** Counts the handshakes of strangers and gives up the oldest when there are too many. */
  readonly pendingHandshakes?: PendingHandshakes
}

export interface InitiateOptions extends EstablishOptions {
  /** The node that is expected there. */
  readonly peer: Atom
}

/**
 * Shakes hands with whoever has connected. The connection's first signals come in the turn after the promise resolves.
 *
 * Rejects with a HandshakeError whose sentence belongs in the log (but for a call that was withdrawn, which is nobody's
 * fault: HANDSHAKE_NOK, HANDSHAKE_ALIVE, HANDSHAKE_CLOSED); the socket is closed then.
 */
export function accept(socket: LinkSocket, options: AcceptOptions): Promise<Connection> {
  const { pendingHandshakes } = options
  const shake = {
    ...shakeOptions(socket, options),
    ...(options.statusFor && { statusFor: options.statusFor }),
  }
  if (!pendingHandshakes) return establish(socket, options, Handshake.accept(shake))
  const crowded = new AbortController()
  const leave = pendingHandshakes.add(() => {
    const message = `connection attempt from ${shake.address} rejected: it was the oldest of ${pendingHandshakes.max} that are in the middle of their handshake, and made room for a newer one`
    crowded.abort(new HandshakeError('HANDSHAKE_BUSY', undefined, message))
  })
  return establish(socket, options, Handshake.accept(shake), crowded.signal).finally(leave)
}

/**
 * Shakes hands with the node that was called. As {@link accept}; to give the attempt up, destroy the socket.
 */
export function initiate(socket: LinkSocket, options: InitiateOptions): Promise<Connection> {
  const shake = { ...shakeOptions(socket, options), peer: options.peer.name }
  return establish(socket, options, Handshake.initiate(shake))
}

function shakeOptions(socket: LinkSocket, options: EstablishOptions): HandshakeOptions {
  const { name, creation, hidden = false } = options.local
  return {
    local: { name: name.name, creation, hidden },
    address: options.address ?? remoteAddress(socket),
    cookieFor: options.cookieFor,
    ...(options.onVerified && { onVerified: options.onVerified }),
  }
}

function establish(
  socket: LinkSocket,
  options: EstablishOptions,
  handshake: Handshake,
  giveUp?: AbortSignal,
): Promise<Connection> {
  const { timeout = 7_000, clock = systemClock } = options
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(timeout, () => fail(handshake.timeoutError(timeout)))
    const say = (): void => {
      const output = handshake.takeOutput()
      if (output.length > 0) socket.write(output)
    }
    const givenUp = (): void => fail(giveUp?.reason)
    const release = (): void => {
      cancel()
      giveUp?.removeEventListener('abort', givenUp)
      socket.off('data', take).off('end', end).off('close', end).off('error', broken).pause()
    }
    const fail = (error: unknown): void => {
      release()
      void closeGracefully(socket, clock)
      reject(error)
    }
    const take = (chunk: Uint8Array): void => {
      try {
        const done = handshake.feed(chunk)
        if (done) {
          release()
          resolve(new Connection(socket, done.peer, done.rest, options))
        }
        say()
      } catch (error) {
        say()
        fail(error)
      }
    }
    const end = (): void => fail(handshake.closedError())
    const broken = (error: Error): void => fail(handshake.closedError(error))
    socket.setNoDelay?.(true)
    giveUp?.addEventListener('abort', givenUp)
    if (socket.destroyed) return end()
    socket.on('data', take).on('end', end).on('close', end).on('error', broken)
    say()
  })
}

function remoteAddress(socket: LinkSocket): string {
  if (socket.remoteAddress === undefined) return 'an unknown address'
  const host = socket.remoteAddress.replace(/^::ffff:(?=\d+\.)/, '')
  return `${host.includes(':') ? `[${host}]` : host}:${socket.remotePort}`
}

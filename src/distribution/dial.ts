import { connect, type Socket } from 'node:net'
import { type Clock, systemClock } from '../clock/index.ts'
import { HandshakeError, isTimeout } from './error.ts'

export interface DialOptions {
  readonly host: string
  readonly port: number
  /** In ms. Default: 7,000. */
  readonly timeout?: number
  readonly clock?: Clock
  /** Ends the attempt. Where its reason is a `TimeoutError`, the attempt fails with HANDSHAKE_TIMEOUT. */
  readonly signal?: AbortSignal
}

/**
 * Opens a TCP connection to another node.
 *
 * @throws HandshakeError HANDSHAKE_CLOSED or HANDSHAKE_TIMEOUT when the port cannot be reached
 */
export function dial(options: DialOptions): Promise<Socket> {
  const { host, port, timeout = 7_000, clock = systemClock, signal } = options
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    const fail = (code: 'HANDSHAKE_CLOSED' | 'HANDSHAKE_TIMEOUT', what: string, cause?: Error): void => {
      release()
      socket.destroy()
      const message = `no node answers at ${host}:${port}: ${what}. The node may have ended, or a firewall may block the port`
      reject(new HandshakeError(code, undefined, message, cause && { cause }))
    }
    const cancelTimeout = clock.schedule(timeout, () =>
      fail('HANDSHAKE_TIMEOUT', `no connection within ${timeout} ms`),
    )
    const onError = (error: Error): void => fail('HANDSHAKE_CLOSED', error.message || String(error), error)
    const onAbort = (): void =>
      isTimeout(signal?.reason)
        ? fail('HANDSHAKE_TIMEOUT', signal.reason.message)
        : fail('HANDSHAKE_CLOSED', 'the attempt was aborted')
    const release = (): void => {
      cancelTimeout()
      signal?.removeEventListener('abort', onAbort)
    }
    socket.once('error', onError)
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) return onAbort()
    socket.once('connect', () => {
      release()
      // The caller may not listen yet when the socket breaks.
      socket.off('error', onError).on('error', () => {})
      resolve(socket)
    })
  })
}

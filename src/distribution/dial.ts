import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Clock, systemClock } from '../clock/index.ts'
import { HandshakeError, isTimeout } from './error.ts'
import type { TlsSettings } from './tls.ts'

export interface DialOptions {
  readonly host: string
  readonly port: number
  /** In ms. Default: 7,000. */
  readonly timeout?: number
  readonly clock?: Clock
  /** Ends the attempt. Where its reason is a `TimeoutError`, the attempt fails with HANDSHAKE_TIMEOUT. */
  readonly signal?: AbortSignal
  /** TLS, and the host for which the certificate of the other node must be. Default: no TLS. */
  readonly tls?: { readonly settings: TlsSettings; readonly host: string } | undefined
}

/**
 * Opens a TCP connection to another node, with TLS where it is asked for.
 *
 * @throws HandshakeError HANDSHAKE_CLOSED or HANDSHAKE_TIMEOUT when the port cannot be reached
 */
export function dial(options: DialOptions): Promise<Socket> {
  const { host, port, timeout = 7_000, clock = systemClock, signal, tls } = options
  return new Promise((resolve, reject) => {
    const socket = tls ? dialTls(options, tls) : connect({ host, port, noDelay: true })
    const fail = (code: 'HANDSHAKE_CLOSED' | 'HANDSHAKE_TIMEOUT', what: string, cause?: Error): void => {
      release()
      socket.destroy()
      const message =
        tls && connected
          ? `no TLS was agreed with ${host}:${port}: ${what}. Is the node started with TLS, with certificates of the same CA?`
          : `no node answers at ${host}:${port}: ${what}. The node may have ended, or a firewall may block the port`
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
    let connected = false
    socket.once('error', onError)
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) return onAbort()
    socket.once('connect', () => {
      connected = true
    })
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      release()
      // The caller may not listen yet when the socket breaks.
      socket.off('error', onError).on('error', () => {})
      resolve(socket)
    })
  })
}

function dialTls({ host, port }: DialOptions, tls: NonNullable<DialOptions['tls']>): Socket {
  tls.settings.refresh()
  const { credentials, verify } = tls.settings
  const socket = connectTls({
    host,
    port,
    ...credentials,
    rejectUnauthorized: verify,
    // An address is no name of a server; the certificate is then compared with it.
    ...(isIP(tls.host) ? { host: tls.host } : { servername: tls.host }),
  })
  return socket.setNoDelay(true)
}

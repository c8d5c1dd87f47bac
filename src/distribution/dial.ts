import { connect, isIP, type Socket, type TcpNetConnectOpts } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Clock, systemClock } from '../clock/index.ts'
import { HandshakeError, isTimeout } from './error.ts'
import { formatAddress, remoteAddress } from './remote-address.ts'
import type { TlsSettings } from './tls.ts'

export interface DialOptions {
  readonly host: string
  /** IP addresses of the host, to try in this order. Default: those that the system finds for it. */
  readonly addresses?: readonly string[] | undefined
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
  const { host, addresses, port, timeout = 7_000, clock = systemClock, signal, tls } = options
  return new Promise((resolve, reject) => {
    const socket = tls ? dialTls(options, tls) : connect({ ...target(options), noDelay: true })
    const fail = (code: 'HANDSHAKE_CLOSED' | 'HANDSHAKE_TIMEOUT', what: string, cause?: Error): void => {
      release()
      socket.destroy()
      const message =
        tls && connected !== undefined
          ? `no TLS was agreed with ${connected}: ${what}. Is the node started with TLS, with certificates of the same CA?`
          : `no node answers at ${formatAddress(addresses?.[0] ?? host, port)}: ${what}. The node may have ended, or a firewall may block the port`
      reject(new HandshakeError(code, undefined, message, cause && { cause }))
    }
    const cancelTimeout = clock.schedule(timeout, () =>
      fail('HANDSHAKE_TIMEOUT', `no connection within ${timeout} ms`),
    )
    const onError = (error: Error): void => fail('HANDSHAKE_CLOSED', messageOf(error), error)
    const onAbort = (): void =>
      isTimeout(signal?.reason)
        ? fail('HANDSHAKE_TIMEOUT', signal.reason.message)
        : fail('HANDSHAKE_CLOSED', 'the attempt was aborted')
    const release = (): void => {
      cancelTimeout()
      signal?.removeEventListener('abort', onAbort)
    }
    let connected: string | undefined
    socket.once('error', onError)
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) return onAbort()
    socket.once('connect', () => {
      connected = remoteAddress(socket)
    })
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      release()
      // The caller may not listen yet when the socket breaks.
      socket.off('error', onError).on('error', () => {})
      resolve(socket)
    })
  })
}

function dialTls(options: DialOptions, tls: NonNullable<DialOptions['tls']>): Socket {
  tls.settings.refresh()
  const { credentials, verify } = tls.settings
  const socket = connectTls({
    ...target(options),
    ...credentials,
    rejectUnauthorized: verify,
    // An address is no name of a server; the certificate is then compared with it.
    ...(isIP(tls.host) ? { host: tls.host } : { servername: tls.host }),
  })
  return socket.setNoDelay(true)
}

/** Where to connect to. Node.js tries the addresses one after the other. */
function target({ host, addresses, port }: DialOptions): TcpNetConnectOpts {
  if (!addresses) return { host, port, autoSelectFamily: true }
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  return { host, port, autoSelectFamily: true, lookup: (_host, _options, done) => done(null, found) }
}

function messageOf(error: Error): string {
  // The error of an attempt at several addresses has no text of its own.
  if (error instanceof AggregateError) return error.errors.map(({ message }: Error) => message).join('; ')
  return error.message || String(error)
}

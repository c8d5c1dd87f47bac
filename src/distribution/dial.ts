import { connect, type Socket } from 'node:net'
import { type Clock, systemClock } from '../clock/index.ts'
import { HandshakeError } from './error.ts'

export interface DialOptions {
  readonly host: string
  readonly port: number
  /** In ms. 7,000 unless given. */
  readonly timeout?: number
  readonly clock?: Clock
  /** Gives the call up. */
  readonly signal?: AbortSignal
}

/** Calls another node. Rejects with a HandshakeError (HANDSHAKE_CLOSED or HANDSHAKE_TIMEOUT) when nobody answers. */
export function dial(options: DialOptions): Promise<Socket> {
  const { host, port, timeout = 7_000, clock = systemClock, signal } = options
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    const fail = (code: 'HANDSHAKE_CLOSED' | 'HANDSHAKE_TIMEOUT', what: string, cause?: Error): void => {
      release()
      socket.destroy()
      const message = `nobody answers at ${host}:${port}: ${what}. The node may have ended, or a firewall may stand between`
      reject(new HandshakeError(code, undefined, message, cause && { cause }))
    }
    const cancel = clock.schedule(timeout, () => fail('HANDSHAKE_TIMEOUT', `no word within ${timeout} ms`))
    const refused = (error: Error): void => fail('HANDSHAKE_CLOSED', error.message || String(error), error)
    const givenUp = (): void => fail('HANDSHAKE_CLOSED', 'the call was given up')
    const release = (): void => {
      cancel()
      signal?.removeEventListener('abort', givenUp)
    }
    socket.once('error', refused)
    signal?.addEventListener('abort', givenUp)
    if (signal?.aborted) return givenUp()
    socket.once('connect', () => {
      release()
      // Whoever gets the socket may not listen yet when it breaks.
      socket.off('error', refused).on('error', () => {})
      resolve(socket)
    })
  })
}

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { TlsSettings } from './tls.ts'

/** A port to which other nodes connect. */
export interface Listener {
  readonly host: string
  readonly port: number
  /** Stops accepting connections. Open connections stay open. */
  close(): void
}

export interface ListenOptions {
  /** Address to listen on. Default: 127.0.0.1, which only this machine can reach. */
  readonly host?: string
  /** Default: a free port. */
  readonly port?: number
  /** Default: no TLS. */
  readonly tls?: TlsSettings | undefined
  /** Called with a sentence about a client with which TLS could not be agreed. */
  readonly onTlsError?: (text: string) => void
}

/** Listens for other nodes. Rejects with the system's error, such as EADDRINUSE. */
export function listen(options: ListenOptions, onSocket: (socket: Socket) => void): Promise<Listener> {
  const { host = '127.0.0.1', port = 0 } = options
  return new Promise((resolve, reject) => {
    const server = options.tls
      ? listenTls(options.tls, onSocket, options.onTlsError)
      : createServer({ noDelay: true }, onSocket)
    server.once('error', reject)
    server.listen({ host, port }, () => {
      // Later errors, such as too many open files, concern one connection and not the node.
      server.off('error', reject).on('error', () => {})
      const bound = server.address() as AddressInfo
      resolve({ host: bound.address, port: bound.port, close: () => server.close() })
    })
  })
}

function listenTls(
  tls: TlsSettings,
  onSocket: (socket: Socket) => void,
  onError: (text: string) => void = () => {},
): Server {
  const rules = { noDelay: true, requestCert: tls.verify, rejectUnauthorized: tls.verify }
  const server = createTlsServer({ ...rules, ...tls.credentials })
  server.prependListener('connection', () => {
    if (tls.refresh()) server.setSecureContext(tls.credentials)
  })
  server.on('secureConnection', onSocket)
  server.on('tlsClientError', (error, socket) => {
    const from =
      socket.remoteAddress === undefined
        ? 'an unknown address'
        : `${socket.remoteAddress}:${socket.remotePort}`
    onError(`connection attempt from ${from} rejected: no TLS was agreed: ${error.message}`)
    socket.destroy()
  })
  return server
}

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { remoteAddress, remoteHost } from './establish.ts'
import { PendingHandshakes } from './pending-handshakes.ts'
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
  readonly onTlsError?: OnTlsError
}

/** Called for a client with which TLS could not be agreed: the address of its host, the code of the error, a sentence for the log. */
export type OnTlsError = (address: string, code: string, text: string) => void

/** Longest time to agree on TLS, in ms. */
const TLS_TIMEOUT = 7_000

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
  onError: OnTlsError = () => {},
): Server {
  const rules = { noDelay: true, requestCert: tls.verify, rejectUnauthorized: tls.verify }
  const server = createTlsServer({ ...rules, ...tls.credentials, handshakeTimeout: TLS_TIMEOUT })
  // A client that sends nothing holds a socket. With too many, the oldest makes room.
  const pending = new PendingHandshakes()
  const removals = new Map<string, () => void>()
  server.prependListener('connection', (socket: Socket) => {
    if (tls.refresh()) server.setSecureContext(tls.credentials)
    const address = remoteAddress(socket)
    const remove = pending.add(() => socket.destroy())
    removals.set(address, remove)
    socket.once('close', () => {
      remove()
      if (removals.get(address) === remove) removals.delete(address)
    })
  })
  server.on('secureConnection', (socket) => {
    removals.get(remoteAddress(socket))?.()
    onSocket(socket)
  })
  server.on('tlsClientError', (error, socket) => {
    onError(
      remoteHost(socket),
      (error as NodeJS.ErrnoException).code ?? 'TLS',
      `connection attempt from ${remoteAddress(socket)} rejected: no TLS was agreed: ${error.message}`,
    )
    socket.destroy()
  })
  return server
}

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { PendingHandshakes } from './pending-handshakes.ts'
import { remoteAddress, remoteHost } from './remote-address.ts'
import type { TlsSettings } from './tls.ts'

/** A port to which other nodes connect. */
export interface Listener {
  readonly port: number
  /** Stops accepting connections. Open connections stay open. */
  close(): void
}

export interface ListenOptions {
  /**
   * Addresses to listen at, all at the same port. `::` means every IPv4 and IPv6 address. On a machine without IPv6, `::1` beside
   * others is left out, and `::` means every IPv4 address. Default: 127.0.0.1, which only this machine can reach.
   */
  readonly addresses?: readonly string[]
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
const NO_IPV6 = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])
/** How often another free port is tried when one of the addresses has the chosen port in use. */
const MAX_TRIES = 20

/** Listens for other nodes. Rejects with the system's error, such as EADDRINUSE. */
export async function listen(options: ListenOptions, onSocket: (socket: Socket) => void): Promise<Listener> {
  for (let tries = 1; ; tries++)
    try {
      return await listenAtAll(options, onSocket)
    } catch (error) {
      if (options.port || codeOf(error) !== 'EADDRINUSE' || tries === MAX_TRIES) throw error
    }
}

async function listenAtAll(options: ListenOptions, onSocket: (socket: Socket) => void): Promise<Listener> {
  const { addresses = ['127.0.0.1'] } = options
  const servers: Server[] = []
  let port = options.port ?? 0
  const close = (): void => servers.forEach((server) => void server.close())
  for (const address of addresses)
    try {
      const server = await listenAt(address, port, options, onSocket)
      servers.push(server)
      port = (server.address() as AddressInfo).port
    } catch (error) {
      if (NO_IPV6.has(codeOf(error) ?? '') && address === '::1' && addresses.length > 1) continue
      close()
      throw error
    }
  return { port, close }
}

async function listenAt(
  address: string,
  port: number,
  options: ListenOptions,
  onSocket: (socket: Socket) => void,
): Promise<Server> {
  const server = options.tls
    ? listenTls(options.tls, onSocket, options.onTlsError)
    : createServer({ noDelay: true }, onSocket)
  // Without an address Node.js listens at every address that the machine has.
  const host = address === '::' ? undefined : address
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      // Later errors, such as too many open files, concern one connection and not the node.
      server.off('error', reject).on('error', () => {})
      resolve()
    })
  })
  return server
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
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

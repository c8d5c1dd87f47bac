import { type AddressInfo, createServer, type Socket } from 'node:net'

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
}

/** Listens for other nodes. Rejects with the system's error, such as EADDRINUSE. */
export function listen(options: ListenOptions, onSocket: (socket: Socket) => void): Promise<Listener> {
  const { host = '127.0.0.1', port = 0 } = options
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true }, onSocket)
    server.once('error', reject)
    server.listen({ host, port }, () => {
      // Later errors, such as too many open files, concern one connection and not the node.
      server.off('error', reject).on('error', () => {})
      const bound = server.address() as AddressInfo
      resolve({ host: bound.address, port: bound.port, close: () => server.close() })
    })
  })
}

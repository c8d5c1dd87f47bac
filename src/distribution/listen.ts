import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A port on which other nodes may call. */
export interface Listener {
  readonly host: string
  readonly port: number
  /** Takes no more calls. The links that came of earlier ones stay. */
  close(): void
}

export interface ListenOptions {
  /** The address to listen on; only this machine, 127.0.0.1, unless given. */
  readonly host?: string
  /** Any free one unless given. */
  readonly port?: number
}

/** Listens for other nodes. Rejects with the system's error, such as EADDRINUSE. */
export function listen(options: ListenOptions, onSocket: (socket: Socket) => void): Promise<Listener> {
  const { host = '127.0.0.1', port = 0 } = options
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true }, onSocket)
    server.once('error', reject)
    server.listen({ host, port }, () => {
      // What goes wrong from here on, such as too many open files, concerns one caller and not the node.
      server.off('error', reject).on('error', () => {})
      const bound = server.address() as AddressInfo
      resolve({ host: bound.address, port: bound.port, close: () => server.close() })
    })
  })
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { EpmdClock } from '../../src/epmd/index.ts'

/** A TCP server that is closed at the end of the test. */
export async function serve(
  onConnection: (socket: Socket) => void,
  port = 0,
  host = '127.0.0.1',
): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    onConnection(socket)
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Sends bytes and returns all bytes that arrive until the other side closes the connection. */
export async function talk(port: number, ...parts: (Uint8Array | string)[]): Promise<Buffer> {
  const socket = await dial(port)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  for (const part of parts) await new Promise((resolve) => socket.write(part, resolve))
  await closed(socket)
  return Buffer.concat(chunks)
}

export async function dial(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host, noDelay: true })
  await once(socket, 'connect')
  return socket.on('error', () => {})
}

export async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
}

/** A clock that stands still until `advance()` is called. */
export class SimulatedClock implements EpmdClock {
  #now = 0
  readonly #timers = new Map<object, { at: number; run: () => void }>()

  setTimeout(run: () => void, ms: number): unknown {
    const timer = {}
    this.#timers.set(timer, { at: this.#now + ms, run })
    return timer
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as object)
  }

  get pending(): number {
    return this.#timers.size
  }

  advance(ms: number): void {
    this.#now += ms
    for (const [timer, { at, run }] of [...this.#timers].sort(([, a], [, b]) => a.at - b.at)) {
      if (at > this.#now || !this.#timers.delete(timer)) continue
      run()
    }
  }
}

/** Whether this machine has the address ::1. */
export async function hasIPv6(): Promise<boolean> {
  try {
    await using _ = await serve(() => {}, 0, '::1')
    return true
  } catch {
    return false
  }
}

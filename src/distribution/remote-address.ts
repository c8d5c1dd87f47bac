/** Addresses of the other ends of sockets, as messages show them. */
import type { ConnectionSocket } from './connection.ts'

/** Returns the address of the other node's host. */
export function remoteHost(socket: Pick<ConnectionSocket, 'remoteAddress'>): string {
  return socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? 'an unknown address'
}

/** Returns the address of the other node's host and its port. */
export function remoteAddress(socket: Pick<ConnectionSocket, 'remoteAddress' | 'remotePort'>): string {
  const host = remoteHost(socket)
  return socket.remoteAddress === undefined ? host : formatAddress(host, socket.remotePort!)
}

/** `127.0.0.1:4369`, `[::1]:4369`. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '../clock/index.ts'

/** How long a closing socket may transfer nothing, in ms. */
const IDLE_TIMEOUT = 5_000
/** How long the last bytes may take in all, in ms: a peer that reads slowly must not keep a node from stopping. */
const TOTAL_TIMEOUT = 60_000

/**
 * Closes a socket after the last written bytes were sent: it sends what is buffered, ends this side, and waits for the
 * other side to close. A socket that transfers nothing for {@link IDLE_TIMEOUT}, or has not closed after
 * {@link TOTAL_TIMEOUT}, is destroyed. `destroy()` alone, with bytes that were not read, makes the operating system reset
 * the connection and drop the bytes that are still in flight.
 *
 * @returns a promise that resolves when the last bytes were handed to the operating system, or the socket was destroyed
 */
export function closeGracefully(socket: Duplex, clock: Clock): Promise<void> {
  socket.on('error', () => {})
  if (socket.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const destroy = (): unknown => socket.destroy()
    // Only Node.js knows how much of a write the operating system has taken. Its time limit starts anew with each part.
    const hasProgress = socket instanceof Socket
    if (hasProgress) socket.setTimeout(IDLE_TIMEOUT, destroy)
    const cancelTimeout = clock.schedule(hasProgress ? TOTAL_TIMEOUT : IDLE_TIMEOUT, destroy)
    socket.once('finish', resolve).once('close', () => {
      cancelTimeout()
      resolve()
    })
    socket.resume().end()
  })
}

import type { Duplex } from 'node:stream'
import type { Clock } from '../clock/index.ts'

/** How long the last bytes may take to arrive, in ms. */
const TIMEOUT = 5_000

/**
 * Closes a socket after the last written bytes were sent: it sends what is buffered, ends this side, and waits for the
 * other side to close. After {@link TIMEOUT} the socket is destroyed. `destroy()` alone, with bytes that were not read,
 * makes the operating system reset the connection and drop the bytes that are still in flight.
 *
 * @returns a promise that resolves when the last bytes were handed to the operating system, or the socket was destroyed
 */
export function closeGracefully(socket: Duplex, clock: Clock): Promise<void> {
  socket.on('error', () => {})
  if (socket.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const cancelTimeout = clock.schedule(TIMEOUT, () => socket.destroy())
    socket.once('finish', resolve).once('close', () => {
      cancelTimeout()
      resolve()
    })
    socket.resume().end()
  })
}

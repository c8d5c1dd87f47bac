import type { Clock } from '../clock/index.ts'
import type { LinkSocket } from './connection.ts'

/** How long what was sent last may take to arrive, in ms. */
const LINGER = 5_000

/**
 * Ends a connection whose last words count: they leave, the other end hangs up too, and only if it does not we stop
 * waiting for it. (To close at once, with bytes unread, makes the system take back what is on its way.)
 *
 * @returns when the last words have left, or are given up
 */
export function hangUp(socket: LinkSocket, clock: Clock): Promise<void> {
  socket.on('error', () => {})
  if (socket.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const giveUp = clock.schedule(LINGER, () => socket.destroy())
    socket.once('finish', resolve).once('close', () => {
      giveUp()
      resolve()
    })
    socket.resume().end()
  })
}

import type { Signal } from '../process/index.ts'
import { Pid } from '../term/index.ts'
import { FRAGMENT_SIZE, fragmentHeader } from './fragment.ts'

type WriteBytes = (bytes: Uint8Array, finished?: Uint8Array) => void

/** A frame that waits. */
interface WaitingFrame {
  readonly bytes: Uint8Array
  /** What the first fragment has before the terms; undefined for a frame that is sent whole. */
  readonly references: Uint8Array | undefined
  /** Id of its sequence of fragments; 0 for a frame that is sent whole. */
  readonly sequence: number
  /** Offset of the first byte that has not been sent. */
  offset: number
}

/**
 * Large messages that are sent in fragments, and the frames that their senders have sent after them, oldest first.
 *
 * Senders take turns, a fragment each. Frames of one sender never overtake each other.
 */
export class FragmentQueue {
  readonly #frames = new Map<Pid, WaitingFrame[]>()
  #bytes = 0
  #sequence = 0

  /** Number of bytes that wait. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether a frame of this sender must wait behind others of it. */
  holdsBack(sender: Pid | undefined): boolean {
    return sender !== undefined && this.#frames.has(sender)
  }

  /**
   * Adds a whole frame, or the terms of a large one, which is sent in fragments. The bytes belong to the queue.
   *
   * @param references what the first fragment of a large frame has before the terms
   */
  add(sender: Pid, bytes: Uint8Array, references?: Uint8Array): void {
    const frame = { bytes, references, sequence: references ? ++this.#sequence : 0, offset: 0 }
    this.#bytes += bytes.length
    const frames = this.#frames.get(sender)
    if (frames) frames.push(frame)
    else this.#frames.set(sender, [frame])
  }

  /**
   * Takes about so many bytes from the queue, as whole frames, and passes them to `write`; the last bytes of a large message with its
   * whole buffer, which is not used afterwards. Returns the number of bytes with all headers.
   */
  take(size: number, write: WriteBytes): number {
    let taken = 0
    while (taken < size && this.#frames.size > 0)
      for (const [sender, frames] of this.#frames) {
        const frame = frames[0]!
        const isDone = frame.sequence === 0 || frame.bytes.length - frame.offset <= FRAGMENT_SIZE
        taken += this.#takeFragment(frame, write)
        if (isDone) frames.shift()
        // The sender comes last in the next round.
        this.#frames.delete(sender)
        if (frames.length > 0) this.#frames.set(sender, frames)
        if (taken >= size || this.#frames.size === 0) break
      }
    return taken
  }

  #takeFragment(frame: WaitingFrame, write: WriteBytes): number {
    const { bytes, references, sequence, offset } = frame
    const left = bytes.length - offset
    if (sequence === 0) {
      this.#bytes -= left
      write(bytes)
      return left
    }
    const size = Math.min(FRAGMENT_SIZE, left)
    const header = fragmentHeader(
      sequence,
      Math.ceil(left / FRAGMENT_SIZE),
      size,
      offset === 0 ? references : undefined,
    )
    frame.offset += size
    this.#bytes -= size
    write(header)
    write(bytes.subarray(offset, offset + size), size === left ? bytes : undefined)
    return header.length + size
  }
}

/** Returns the process whose later signals must not overtake this one; undefined for a signal of the node itself. */
export function senderOf(signal: Signal): Pid | undefined {
  if (signal.type === 'spawnReply') return undefined
  return signal.from instanceof Pid ? signal.from : signal.from.pid
}

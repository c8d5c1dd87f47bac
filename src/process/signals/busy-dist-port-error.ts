import type { Atom } from '../../term/index.ts'

/** A message was not accepted: too many bytes wait for its node. Nothing was sent. See `send.flushed`. */
export class BusyDistPortError extends Error {
  override readonly name = 'BusyDistPortError'
  /** The node of the receiver. */
  readonly node: Atom
  /** Number of bytes that wait for that node. */
  readonly queued: number

  constructor(node: Atom, queued: number, limit: number) {
    super(
      `a message to ${node.name} was not accepted: ${queued} bytes wait for that node, and distBufferLimit is ${limit}. ` +
        'Wait with await send.flushed(to) after each message.',
    )
    this.node = node
    this.queued = queued
  }
}

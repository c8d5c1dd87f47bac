import { connect, type Socket } from 'node:net'
import {
  DFLAG_DIST_HDR_ATOM_CACHE,
  DFLAG_FRAGMENTS,
  FrameDecoder,
  Handshake,
} from '../../src/distribution/index.ts'
import { lookup } from '../../src/epmd/index.ts'
import { decodeTerm, encode, Reader } from '../../src/etf/index.ts'
import { type Term, tuple } from '../../src/term/index.ts'

/** A client that connects to the port of a node and can send any bytes. */
export class RawPeer {
  readonly socket: Socket
  /** All bytes from the node. */
  received = Buffer.alloc(0)
  /** Number of bytes of the handshake, with which `received` begins. */
  handshakeLength = 0
  readonly closed: Promise<void>

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => (this.received = Buffer.concat([this.received, bytes])))
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
  }

  static async call(name: string, epmdPort: number): Promise<RawPeer> {
    const found = await lookup(name.split('@')[0]!, 'localhost', { port: epmdPort })
    const socket = connect(found!.port, '127.0.0.1')
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RawPeer(socket)
  }

  /**
   * Does the handshake under a node name. Frames are then sent as raw bytes.
   *
   * @param proving awaited before the proof of the cookie is sent
   */
  static async link(options: {
    readonly as: string
    readonly to: string
    readonly epmdPort: number
    readonly cookie: string
    readonly creation?: number
    /** Whether it hides, as every C node does. */
    readonly hidden?: boolean
    /** Whether it announces FRAGMENTS. The frames of the node then have a distribution header. */
    readonly fragments?: boolean
    readonly proving?: (stranger: RawPeer) => Promise<void>
  }): Promise<RawPeer> {
    const { as, to, epmdPort, cookie, creation = 77, hidden = false, fragments = false } = options
    const { proving = async () => {} } = options
    const stranger = await RawPeer.call(to, epmdPort)
    const { socket } = stranger
    const handshake = Handshake.initiate({
      local: { name: as, creation, hidden },
      peer: to,
      address: 'here',
      cookieFor: () => cookie,
    })
    // Without FRAGMENTS and DIST_HDR_ATOM_CACHE frames in both directions have no distribution header: 2 bytes of length, N, the flags.
    const name = handshake.takeOutput()
    if (!fragments) name.set(flagsWithoutFragments(name), 3)
    socket.write(name)
    await new Promise<void>((resolve, reject) => {
      const take = (chunk: Buffer): void => {
        const done = handshake.feed(chunk)
        const proof = handshake.takeOutput()
        if (proof.length > 0) void proving(stranger).then(() => socket.write(proof))
        if (!done) return
        stranger.handshakeLength = stranger.received.length - done.rest.length
        socket.off('data', take)
        resolve()
      }
      socket.on('data', take)
      socket.once('close', () => reject(handshake.closedError()))
    })
    return stranger
  }

  /** The control messages and payloads that the node has sent since the handshake, without ticks. */
  frames(): (readonly [control: Term, payload?: Term])[] {
    const frames = new FrameDecoder(4)
    frames.push(this.received.subarray(this.handshakeLength))
    const found: [Term, Term?][] = []
    const reader = new Reader()
    const next = (): Term => {
      reader.readVersion()
      return decodeTerm(reader)
    }
    while (frames.next()) {
      if (frames.start === frames.end) continue
      reader.reset(frames.bytes, frames.start + 1, frames.end)
      const control = next()
      found.push(reader.remaining > 0 ? [control, next()] : [control])
    }
    return found
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  end(): void {
    this.socket.destroy()
  }
}

function flagsWithoutFragments(name: Uint8Array): Uint8Array {
  const flags = Buffer.from(name.subarray(3, 11))
  flags.writeBigUInt64BE(flags.readBigUInt64BE() & ~DFLAG_FRAGMENTS & ~DFLAG_DIST_HDR_ATOM_CACHE)
  return flags
}

/** Encodes a frame: control message, and payload if there is one. */
export function frame(control: readonly Term[], ...payload: Term[]): Buffer {
  const parts = [tuple(...control), ...payload].map((term) => encode(term))
  return framed(Buffer.concat([Buffer.of(112), ...parts]))
}

/** Returns bytes with their length before them. */
export function framed(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

import { Duplex } from 'node:stream'
import type { MessagePort } from 'node:worker_threads'

/** So many bytes may be on their way to the other thread; the rest waits here, where its writer sees it. */
const WINDOW = 1024 * 1024

/**
 * Bytes both ways over a port between two threads. A port has no back pressure of its own: the reader says how many bytes
 * it has taken, as a number, between the pieces.
 */
export class PortStream extends Duplex {
  readonly remoteAddress = 'a worker'
  readonly remotePort = 0
  readonly #port: MessagePort
  #unacknowledged = 0
  #consumed = 0
  #readRequested = false
  #onWritten: (() => void) | undefined

  constructor(port: MessagePort) {
    super({ allowHalfOpen: false })
    this.#port = port
    port.on('message', (message: Uint8Array | number) =>
      typeof message === 'number' ? this.#onAcknowledgement(message) : this.#onBytes(message),
    )
    // What has come is still read.
    port.on('close', () => this.#onClose())
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    // A view would take the whole of its buffer along.
    const bytes = Uint8Array.prototype.slice.call(chunk)
    this.#unacknowledged += bytes.length
    this.#port.postMessage(bytes, [bytes.buffer as ArrayBuffer])
    if (this.#unacknowledged < WINDOW) done()
    else this.#onWritten = done
  }

  override _read(): void {
    this.#readRequested = true
    if (this.#consumed === 0) return
    this.#port.postMessage(this.#consumed)
    this.#consumed = 0
  }

  override _final(done: () => void): void {
    this.#port.close()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#port.close()
    done(error)
  }

  #onBytes(bytes: Uint8Array): void {
    this.#consumed += bytes.length
    this.#readRequested = false
    if (this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)) || this.#readRequested)
      this._read()
  }

  #onClose(): void {
    if (!this.readableEnded) this.push(null)
    this.#onAcknowledgement(this.#unacknowledged)
  }

  #onAcknowledgement(bytes: number): void {
    this.#unacknowledged -= bytes
    if (this.#unacknowledged >= WINDOW) return
    const done = this.#onWritten
    this.#onWritten = undefined
    done?.()
  }
}

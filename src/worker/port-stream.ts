import { Duplex } from 'node:stream'
import type { MessagePort } from 'node:worker_threads'

/** Most bytes that the other thread has not acknowledged. With more, `write()` reports back pressure. */
const WINDOW = 1024 * 1024

/**
 * Duplex stream of bytes over a MessagePort between two threads. A port has no back pressure, so the reader acknowledges the
 * bytes that it has consumed: it posts their number, a message of its own.
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
    // Bytes that arrived before are still read.
    port.on('close', () => this.#onClose())
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    // Posting a view would transfer its whole buffer.
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

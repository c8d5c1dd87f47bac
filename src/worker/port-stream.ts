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
  #onTheirWay = 0
  #taken = 0
  #wanted = false
  #written: (() => void) | undefined

  constructor(port: MessagePort) {
    super({ allowHalfOpen: false })
    this.#port = port
    port.on('message', (message: Uint8Array | number) =>
      typeof message === 'number' ? this.#confirmed(message) : this.#arrived(message),
    )
    // What has come is still read.
    port.on('close', () => this.#hungUp())
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    // A view would take the whole of its buffer along.
    const bytes = Uint8Array.prototype.slice.call(chunk)
    this.#onTheirWay += bytes.length
    this.#port.postMessage(bytes, [bytes.buffer as ArrayBuffer])
    if (this.#onTheirWay < WINDOW) done()
    else this.#written = done
  }

  override _read(): void {
    this.#wanted = true
    if (this.#taken === 0) return
    this.#port.postMessage(this.#taken)
    this.#taken = 0
  }

  override _final(done: () => void): void {
    this.#port.close()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#port.close()
    done(error)
  }

  #arrived(bytes: Uint8Array): void {
    this.#taken += bytes.length
    this.#wanted = false
    if (this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)) || this.#wanted) this._read()
  }

  #hungUp(): void {
    if (!this.readableEnded) this.push(null)
    this.#confirmed(this.#onTheirWay)
  }

  #confirmed(bytes: number): void {
    this.#onTheirWay -= bytes
    if (this.#onTheirWay >= WINDOW) return
    const done = this.#written
    this.#written = undefined
    done?.()
  }
}

import type { ServerResponse } from 'node:http'

/** Bytes that may wait for a browser that does not read. Values are dropped until they are gone. */
const MAX_BUFFERED = 1_000_000
const KEEP_ALIVE_MS = 15_000

/** Server-sent events of one open page: each event is a value as JSON. */
export class EventStream {
  readonly #response: ServerResponse
  readonly #keepAlive: NodeJS.Timeout

  constructor(response: ServerResponse) {
    this.#response = response
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('retry: 500\n\n')
    this.#keepAlive = setInterval(() => this.#write(': still there\n\n'), KEEP_ALIVE_MS)
    this.#keepAlive.unref()
    response.on('close', () => clearInterval(this.#keepAlive))
  }

  send(value: unknown): void {
    this.#write(`data: ${JSON.stringify(value)}\n\n`)
  }

  #write(text: string): void {
    if (!this.#response.destroyed && this.#response.writableLength < MAX_BUFFERED) this.#response.write(text)
  }
}

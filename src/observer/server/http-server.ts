import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Access } from './access.ts'
import { EventStream } from './event-stream.ts'
import { readPageFiles } from './page-files.ts'

/**
 * A part of the page, as a stream of values.
 *
 * @param send sends a value to the page
 * @returns function that ends the stream
 */
export type View = (params: URLSearchParams, send: (value: unknown) => void) => () => void

/** What a button does. Resolves with a sentence, or rejects with an error whose message is one. */
export type Action = (request: Readonly<Record<string, unknown>>) => Promise<string>

export interface HttpServerOptions {
  readonly access: Access
  readonly views: ReadonlyMap<string, View>
  readonly actions: ReadonlyMap<string, Action>
  readonly port: number
  readonly host: string
}

/** Most views that are open at the same time, in all browsers together. */
const MAX_STREAMS = 32
const MAX_BODY = 16_384

/** Headers of every answer. The page loads nothing from elsewhere, runs no text as code, and is shown in no frame. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** HTTP server of the observer: the files of the page, the views as server-sent events, and the actions. */
export class HttpServer {
  readonly #options: HttpServerOptions
  readonly #files = readPageFiles()
  readonly #server: Server
  #streams = 0

  private constructor(options: HttpServerOptions) {
    this.#options = options
    this.#server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8_192 }, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy()
        else reply(response, 500, `the observer has failed: ${String(error)}`)
      })
    })
  }

  /** Starts the server. Rejects when the port is in use. */
  static start(options: HttpServerOptions): Promise<HttpServer> {
    const http = new HttpServer(options)
    return new Promise((resolve, reject) => {
      http.#server.once('error', reject)
      http.#server.listen(options.port, options.host, () => {
        options.access.port = http.port
        resolve(http)
      })
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    const { access } = this.#options
    const refusal = access.refusal(request)
    if (refusal !== undefined) return reply(response, 403, `refused: ${refusal}`)
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (request.method === 'POST') return this.#act(url.pathname, request, response)
    if (request.method !== 'GET') return reply(response, 405, 'expected GET or POST')
    // The page removes the token from its address.
    if (access.isInAddress(url)) response.setHeader('set-cookie', access.cookie)
    if (url.pathname.startsWith('/events/')) return this.#stream(url, response)
    const file = this.#files.get(url.pathname === '/' ? '/index.html' : url.pathname)
    if (!file) return reply(response, 404, 'there is no such page')
    response.writeHead(200, { 'content-type': file.type, 'content-length': file.bytes.length })
    response.end(file.bytes)
  }

  #stream(url: URL, response: ServerResponse): void {
    const view = this.#options.views.get(url.pathname.slice('/events/'.length))
    if (!view) return reply(response, 404, 'there is no such view')
    if (this.#streams >= MAX_STREAMS) return reply(response, 503, 'too many pages are open')
    this.#streams++
    const stream = new EventStream(response)
    const close = view(url.searchParams, (value) => stream.send(value))
    response.on('close', () => {
      this.#streams--
      close()
    })
  }

  async #act(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const action = this.#options.actions.get(path.slice('/actions/'.length))
    if (!path.startsWith('/actions/') || !action) return reply(response, 404, 'there is no such action')
    const body = await readBody(request)
    if (body === undefined) return reply(response, 400, 'expected a JSON object')
    try {
      reply(response, 200, await action(body))
    } catch (error) {
      reply(response, 409, error instanceof Error ? error.message : String(error))
    }
  }
}

function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${text}\n`)
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > MAX_BODY) return undefined
  }
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

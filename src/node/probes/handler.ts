import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Health, Readiness, ReadyOptions } from './health.ts'

/** The node that the handler asks. */
export interface ProbeTarget {
  health(): Promise<Health>
  ready(options?: ReadyOptions): Readiness
  metrics(): string
}

/** Options of {@link probes}: what {@link ProbeTarget.ready} asks for. */
export type ProbeOptions = ReadyOptions

const PLAIN = 'text/plain; version=0.0.4; charset=utf-8'
const JSON_TYPE = 'application/json'

/**
 * Returns a handler for `node:http` that answers `GET /health` and `GET /ready` with 200 or 503 and JSON, and `GET /metrics` with the
 * text of Prometheus. Other paths are 404.
 *
 * When not to use it: on a port that strangers can reach. It tells the names of nodes.
 *
 * @example createServer(probes(node, { names: ['Counter'] })).listen(8080)
 */
export function probes(
  node: ProbeTarget,
  options: ProbeOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const send = (status: number, body: string, type = JSON_TYPE): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
      response.end(request.method === 'HEAD' ? '' : body)
    }
    const sendJson = (result: { readonly ok: boolean }): void =>
      send(result.ok ? 200 : 503, JSON.stringify(result))
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, '')
    switch (request.url?.split('?')[0]) {
      case '/health':
        return void node.health().then(sendJson)
      case '/ready':
        return sendJson(node.ready(options))
      case '/metrics':
        return send(200, node.metrics(), PLAIN)
      default:
        return send(404, '')
    }
  }
}

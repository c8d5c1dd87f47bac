import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Host names of this machine. */
const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]']
const SHORTEST_TOKEN = 16

export interface AccessOptions {
  /** The secret of the page. Default: a random one. */
  readonly token?: string | undefined
  /** Host names under which a browser may ask, beside those of this machine. */
  readonly hosts?: readonly string[] | undefined
}

/**
 * Decides which requests are answered: those with the token, under a known host name, from a page of the same origin.
 *
 * The host name is checked because another page can give its own name the address of this machine (DNS rebinding), and the origin
 * because a browser sends cookies with requests of other pages of the same site.
 */
export class Access {
  readonly token: string
  readonly #digest: Buffer
  readonly #hosts: ReadonlySet<string>
  /** Cookies of one host are shared by all its ports. */
  #cookieName = 'moebi_observer'

  /** @throws TypeError for a short token */
  constructor({ token = randomBytes(32).toString('base64url'), hosts = [] }: AccessOptions = {}) {
    if (typeof token !== 'string' || token.length < SHORTEST_TOKEN || !/^[\w.~-]+$/.test(token))
      throw new TypeError(
        `Observer: the token has ${String(token).length} characters, expected at least ${SHORTEST_TOKEN} letters, digits or -._~. Leave it ` +
          'out for a random one.',
      )
    this.token = token
    this.#digest = digest(token)
    this.#hosts = new Set([...LOOPBACK, ...hosts].map((host) => host.toLowerCase()))
  }

  set port(port: number) {
    this.#cookieName = `moebi_observer_${port}`
  }

  /** Returns why a request is refused, undefined for one that is answered. */
  refusal(request: IncomingMessage): string | undefined {
    if (!URL.canParse(request.url ?? '/', 'http://localhost')) return 'not an address'
    const host = request.headers.host ?? ''
    if (!this.#hosts.has(host.replace(/:\d+$/, '').toLowerCase())) return 'unknown host name'
    const { origin } = request.headers
    const fromOtherSite = !['same-origin', 'none', undefined].includes(
      request.headers['sec-fetch-site'] as string,
    )
    // A link that a person follows from another program or page has the token in it.
    const isNavigation = request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate'
    if (origin === undefined ? fromOtherSite && !isNavigation : !isOwnOrigin(origin, host))
      return 'request of another origin'
    if (request.method !== 'GET' && origin === undefined && this.#bearer(request) === undefined)
      return 'request without an origin'
    return this.#hasToken(request) ? undefined : 'no token'
  }

  /** Whether the token is in the address of the page: the answer then sets the cookie. */
  isInAddress(url: URL): boolean {
    const token = url.searchParams.get('token')
    return token !== null && this.#isToken(token)
  }

  /** Value of the header `Set-Cookie`. */
  get cookie(): string {
    return `${this.#cookieName}=${this.token}; Path=/; HttpOnly; SameSite=Strict`
  }

  #hasToken(request: IncomingMessage): boolean {
    const bearer = this.#bearer(request)
    if (bearer !== undefined) return this.#isToken(bearer)
    const cookies = (request.headers.cookie ?? '').split(/;\s*/).map((pair) => pair.split('='))
    const cookie = cookies.find(([name]) => name === this.#cookieName)
    if (cookie?.[1] !== undefined && this.#isToken(cookie[1])) return true
    return this.isInAddress(new URL(request.url ?? '/', 'http://localhost'))
  }

  #bearer(request: IncomingMessage): string | undefined {
    return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  }

  // Digests have the same length, so the time of the comparison says nothing about the token.
  #isToken(given: string): boolean {
    return timingSafeEqual(digest(given), this.#digest)
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function isOwnOrigin(origin: string, host: string): boolean {
  return (
    origin.toLowerCase() === `http://${host.toLowerCase()}` ||
    origin.toLowerCase() === `https://${host.toLowerCase()}`
  )
}

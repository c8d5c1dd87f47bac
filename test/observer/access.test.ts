import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Access, HttpServer } from '../../src/observer/server/index.ts'

let http: HttpServer
let opened = 0
const token = 'a-token-for-this-test'

beforeAll(async () => {
  http = await HttpServer.start({
    access: new Access({ token, hosts: ['observer.example.org'] }),
    views: new Map([
      [
        'count',
        (_params: URLSearchParams, send: (value: unknown) => void) => {
          opened++
          send({ n: 1 })
          return () => opened--
        },
      ],
    ]),
    actions: new Map([
      ['greet', async ({ name }: Readonly<Record<string, unknown>>) => `hi ${String(name)}`],
    ]),
    port: 0,
    host: '127.0.0.1',
  })
})
afterAll(() => http.close())

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

function ask(
  path: string,
  headers: Record<string, string> = {},
  { method = 'GET', body = '' } = {},
): Promise<Answer> {
  const host = `localhost:${http.port}`
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port: http.port, host: '127.0.0.1', path, method, headers: { host, ...headers } },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => {
          text += chunk
          if (response.headers['content-type'] === 'text/event-stream') request.destroy()
        })
        const done = (): void => resolve({ status: response.statusCode, headers: response.headers, text })
        response.on('end', done)
        response.on('close', done)
        response.on('error', done)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

const bearer = { authorization: `Bearer ${token}` }
const origin = (): { origin: string } => ({ origin: `http://localhost:${http.port}` })

test('without the token every path gets the same refusal', async () => {
  for (const path of ['/', '/main.js', '/events/count', '/actions/greet', '/nothing'])
    expect(await ask(path)).toMatchObject({ status: 403, text: 'refused: no token\n' })
  for (const wrong of ['', 'x', `${token}x`])
    expect((await ask(`/?token=${wrong}`, { authorization: `Bearer ${wrong || 'x'}` })).status).toBe(403)
  expect(await ask('/actions/greet', origin(), { method: 'POST', body: '{}' })).toMatchObject({ status: 403 })
})

test('the token in the address gives the page and a cookie, which opens the rest', async () => {
  const { status, headers, text } = await ask(`/?token=${token}`)
  expect(status).toBe(200)
  expect(text).toContain('<title>Moebi observer</title>')
  const [cookie = ''] = headers['set-cookie'] ?? []
  expect(cookie).toBe(`moebi_observer_${http.port}=${token}; Path=/; HttpOnly; SameSite=Strict`)
  const answer = await ask('/main.js', { cookie: `other=1; ${cookie.split(';')[0]}` })
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' } })
  expect((await ask('/uplot.js', bearer)).text).toContain('uPlot')
})

test('an address that cannot be read is refused', async () => {
  expect(await ask('//')).toMatchObject({ status: 403, text: 'refused: not an address\n' })
})

test('a request under another host name is refused, with the token too', async () => {
  for (const host of ['evil.example.com', `evil.example.com:${http.port}`, '127.0.0.1.evil.example.com'])
    expect(await ask('/', { ...bearer, host })).toMatchObject({
      status: 403,
      text: 'refused: unknown host name\n',
    })
  for (const host of ['127.0.0.1', `[::1]:${http.port}`, 'observer.example.org', 'LOCALHOST'])
    expect((await ask('/', { ...bearer, host })).status, host).toBe(200)
})

test('a request of another origin is refused, with the token too', async () => {
  for (const from of ['https://evil.example.com', 'null', `http://localhost:${http.port + 1}`])
    expect(await ask('/events/count', { ...bearer, origin: from })).toMatchObject({
      status: 403,
      text: 'refused: request of another origin\n',
    })
  const embedded = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
  expect((await ask('/main.js', { ...bearer, ...embedded })).status).toBe(403)
})

test('an action needs the origin of the page, or the token in a header', async () => {
  const cookie = { cookie: `moebi_observer_${http.port}=${token}` }
  const post = { method: 'POST', body: '{"name":"Kate"}' }
  expect((await ask('/actions/greet', cookie, post)).status).toBe(403)
  expect(await ask('/actions/greet', { ...cookie, ...origin() }, post)).toMatchObject({
    status: 200,
    text: 'hi Kate\n',
  })
  expect((await ask('/actions/greet', bearer, post)).status).toBe(200)
  expect((await ask('/actions/greet', bearer, { method: 'POST', body: '[' })).status).toBe(400)
  expect(
    (await ask('/actions/greet', bearer, { method: 'POST', body: `{"a":"${'x'.repeat(20_000)}"}` })).status,
  ).toBe(400)
  expect((await ask('/actions/nothing', bearer, post)).status).toBe(404)
  expect((await ask('/', bearer, { method: 'DELETE' })).status).toBe(405)
})

test('a view is a stream of events that ends with the request', async () => {
  const { headers, text } = await ask('/events/count', bearer)
  expect(headers['content-type']).toBe('text/event-stream')
  expect(text).toContain('retry: 500')
  await expect.poll(() => opened).toBe(0)
})

test('only files of the page are served', async () => {
  for (const path of ['/../package.json', '/%2e%2e/package.json', '/page/main.js', '//etc/passwd'])
    expect((await ask(path, bearer)).status, path).toBe(404)
})

test('every answer forbids frames, foreign scripts and guesses of the type', async () => {
  const { headers } = await ask('/', bearer)
  expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
})

test('a token that is short or has other characters is refused at the start', () => {
  expect(() => new Access({ token: 'short' })).toThrow('the token has 5 characters, expected at least 16')
  expect(() => new Access({ token: 'a token; with spaces' })).toThrow(TypeError)
  expect(new Access().token).toMatch(/^[\w-]{43}$/)
})

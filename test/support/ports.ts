import { createServer } from 'node:net'

const given = new Set<number>()

/** Vitest runs test files side by side, each with a number: so many ports are each one's own. */
const SHARE = 1_000
const first = 20_000 + (Number(process.env.VITEST_POOL_ID ?? 0) % 10) * SHARE

/**
 * A TCP port nobody listens on, on either loopback address. It lies below the range from which systems take ports for
 * outgoing connections, so it stays free until the test uses it; no port is given twice.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = first + Math.floor(Math.random() * SHARE)
    if (given.has(port)) continue
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port, '::1'))) {
      given.add(port)
      return port
    }
  }
  throw new Error(`no free port from ${first} on after 200 tries`)
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    // A machine without IPv6 has nobody on ::1.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRNOTAVAIL'))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}

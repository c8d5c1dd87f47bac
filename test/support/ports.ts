import { createServer } from 'node:net'
import { type EpmdServer, startEpmd } from '../../src/epmd/index.ts'

/** Test files run side by side in workers with numbers. Each worker has a range of ports of its own. */
const RANGE = 1_200
const first = 20_000 + (Number(process.env.VITEST_POOL_ID ?? 0) % 10) * RANGE
// Another run on this machine probably begins elsewhere in the range.
let next = Math.floor(Math.random() * RANGE)

/**
 * Returns a TCP port at which nothing listens, on either loopback address. It lies below the range from which systems take ports for
 * outgoing connections, so it stays free until the test uses it. A port is given again only after all others of the range: a
 * program that a test has started may outlive it, and would find the epmd of another test at its port.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < RANGE; tries++) {
    const port = first + next
    next = (next + 1) % RANGE
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port, '::1'))) return port
  }
  throw new Error(`none of the ${RANGE} ports from ${first} on is free`)
}

/** Starts an epmd in this process. Programs find it by `ERL_EPMD_PORT`. */
export async function localEpmd(): Promise<EpmdServer> {
  return startEpmd({ port: await freePort(), addresses: ['127.0.0.1'] })
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    // Nothing listens at ::1 on a machine without IPv6.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRNOTAVAIL'))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}

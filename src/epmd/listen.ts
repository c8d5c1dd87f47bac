import { createServer, type Server } from 'node:net'
import { requireNetwork } from '../permission/index.ts'
import { errorCode, formatAddress } from './address.ts'
import { EpmdError } from './error.ts'

export interface Listener {
  readonly server: Server
  readonly address: string
  readonly port: number
}

/** Listens at all addresses. When one of them fails, closes the others and throws. */
export async function listen(port: number, addresses: readonly string[]): Promise<Listener[]> {
  requireNetwork('An epmd needs the network')
  const listeners: Listener[] = []
  let wanted = port
  for (const address of addresses) {
    try {
      const listener = await listenAt(address, wanted)
      wanted = listener.port
      listeners.push(listener)
    } catch (cause) {
      const code = errorCode(cause)
      const optional = address === '::1' || address === '::'
      if (optional && addresses.length > 1 && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue
      await Promise.all(listeners.map(({ server }) => closeServer(server)))
      const at = formatAddress(address, wanted)
      if (code === 'EADDRINUSE') {
        throw new EpmdError('EPMD_PORT_IN_USE', `Cannot start an epmd at ${at}: the port is in use.`, {
          cause,
        })
      }
      throw new EpmdError('EPMD_START_FAILED', `Cannot start an epmd at ${at}: ${code}. ${remedy(code)}`, {
        cause,
      })
    }
  }
  if (listeners.length > 0) return listeners
  throw new EpmdError(
    'EPMD_START_FAILED',
    `Cannot start an epmd: none of the addresses (${addresses.join(', ')}) exists on this machine.`,
  )
}

function listenAt(address: string, port: number): Promise<Listener> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // Without ipv6Only, "::" would take the IPv4 port as well and clash with the listener there.
    server.listen({ host: address, port, ipv6Only: address.includes(':') }, () => {
      server.off('error', reject)
      const bound = server.address()
      resolve({ server, address, port: typeof bound === 'object' && bound !== null ? bound.port : port })
    })
  })
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

function remedy(code: string): string {
  if (code === 'EACCES')
    return 'Ports below 1024 need rights that this user does not have; set ERL_EPMD_PORT to a higher one.'
  if (code === 'EADDRNOTAVAIL') return 'No network interface has that address; correct ERL_EPMD_ADDRESS.'
  return 'Set ERL_EPMD_ADDRESS and ERL_EPMD_PORT to where it may listen.'
}

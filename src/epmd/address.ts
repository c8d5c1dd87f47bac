/**
 * Addresses of epmd: its environment variables, and the IP addresses of a host.
 * https://www.erlang.org/doc/apps/erts/epmd_cmd#environment-variables
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { EpmdError } from './error.ts'

export const DEFAULT_EPMD_PORT = 4369

/** Address of an epmd. Default: the epmd of this machine at `ERL_EPMD_PORT`. */
export interface EpmdAddress {
  /** Host name or IP address. Default: `localhost`. */
  readonly host?: string
  /** Default: `ERL_EPMD_PORT`, or 4369 if that is not set. */
  readonly port?: number
}

/** Returns the port of `ERL_EPMD_PORT`, or 4369. @throws EpmdError EPMD_BAD_OPTION when the variable is not a port */
export function epmdPort(env: NodeJS.ProcessEnv = process.env): number {
  const value = env.ERL_EPMD_PORT
  if (value === undefined || value === '') return DEFAULT_EPMD_PORT
  const port = Number(value)
  if (/^\d{1,5}$/.test(value) && port > 0 && port < 65_536) return port
  throw new EpmdError(
    'EPMD_BAD_OPTION',
    `ERL_EPMD_PORT is ${JSON.stringify(value)}, expected a port from 1 to 65535. Unset it for the usual ${DEFAULT_EPMD_PORT}.`,
  )
}

/**
 * Returns the addresses at which an epmd listens: those of `ERL_EPMD_ADDRESS`, and both loopback addresses, which epmd always
 * adds. Without the variable: both loopback addresses, or all addresses with `loopback: false`.
 *
 * @param options `list` is used in place of the variable
 * @throws EpmdError EPMD_BAD_OPTION when the list contains something that is not an IP address
 */
export function epmdAddresses(
  options: { readonly loopback?: boolean; readonly env?: NodeJS.ProcessEnv; readonly list?: string } = {},
): string[] {
  const { loopback = true, env = process.env, list = env.ERL_EPMD_ADDRESS ?? '' } = options
  const listed = list.split(/[\s,]+/).filter((address) => address !== '')
  for (const address of listed) {
    if (isIP(address)) continue
    throw new EpmdError(
      'EPMD_BAD_OPTION',
      `${options.list === undefined ? 'ERL_EPMD_ADDRESS' : '-address'} contains ${JSON.stringify(address)}, expected IP addresses separated by commas, such as 127.0.0.1,::1.`,
    )
  }
  if (listed.length === 0) return loopback ? ['127.0.0.1', '::1'] : ['0.0.0.0', '::']
  const added = [
    ...(listed.includes('0.0.0.0') ? [] : ['127.0.0.1']),
    ...(listed.includes('::') ? [] : ['::1']),
  ]
  return [...new Set([...listed, ...added])]
}

/** Whether a host name or address can only mean this machine. Checks the text; does not resolve the name. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name)
}

export function isLoopbackAddress(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '')
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}

/** Returns the IP addresses of a host in the order in which to try them: IPv4 first, because every epmd listens there. */
export async function resolveHost(host: string): Promise<string[]> {
  if (isIP(host)) return [host]
  if (isLoopbackHost(host)) return ['127.0.0.1', '::1']
  let found: { address: string; family: number }[]
  try {
    found = await lookup(host, { all: true })
  } catch (cause) {
    throw new EpmdError(
      'EPMD_UNREACHABLE',
      `Host ${JSON.stringify(host)} has no address (${errorCode(cause)}). Check its spelling, or give it a line in /etc/hosts.`,
      { cause },
    )
  }
  return found.sort((a, b) => a.family - b.family).map(({ address }) => address)
}

/** `127.0.0.1:4369`, `[::1]:4369`. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

export function errorCode(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error)
}

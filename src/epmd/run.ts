/**
 * An epmd in the foreground, as `moebi epmd` runs it. {@link ensureEpmd} runs it as a separate process.
 */
import { epmdAddresses, epmdPort, formatAddress } from './address.ts'
import { names, printable } from './client.ts'
import { EpmdError } from './error.ts'
import { type EpmdEndReason, type EpmdServerOptions, startEpmd } from './server.ts'

export interface RunEpmdOptions
  extends Pick<EpmdServerOptions, 'idleMs' | 'relaxedCommandCheck' | 'requestTimeout' | 'delayWrite'> {
  /** Default: `ERL_EPMD_PORT`, or 4369. */
  readonly port?: number
  /** Default: `ERL_EPMD_ADDRESS`, or both loopback addresses. */
  readonly addresses?: readonly string[]
  /** Called with a line for every event. `kind` is `refused` for a request that was refused or a broken connection. */
  readonly log?: (line: string, kind: 'event' | 'refused') => void
  /** Ends the epmd. */
  readonly signal?: AbortSignal
}

/**
 * Runs an epmd until it is idle, killed or aborted.
 *
 * @throws EpmdError EPMD_ALREADY_RUNNING when an epmd has the port, which the command line treats as success,
 * EPMD_PORT_IN_USE when another program has the port, EPMD_START_FAILED when it cannot listen
 */
export async function runEpmd(options: RunEpmdOptions = {}): Promise<EpmdEndReason> {
  const { port = epmdPort(), addresses = epmdAddresses(), log: print, signal, ...serverOptions } = options
  const log = (line: string): void => print?.(line, 'event')
  signal?.throwIfAborted()
  const server = await startEpmd({
    ...serverOptions,
    port,
    addresses,
    onRegister: (node) => log(`epmd: ${printable(node.name)} registered, at port ${node.port}`),
    onUnregister: (node) => log(`epmd: ${printable(node.name)} unregistered`),
    onReject: (reason, from) =>
      print?.(`epmd: refused a request from ${from}: ${printable(reason)}`, 'refused'),
  }).catch((error: unknown) => rethrowStartError(error, port, addresses))
  const close = (): void => void server.close()
  signal?.addEventListener('abort', close, { once: true })
  if (signal?.aborted) close()
  log(
    `epmd: listening at ${server.addresses.map((address) => formatAddress(address, server.port)).join(', ')}`,
  )
  try {
    const end = await server.ended
    log(`epmd: ended (${end === 'idle' ? `no names for ${options.idleMs} ms` : end})`)
    return end
  } finally {
    signal?.removeEventListener('abort', close)
  }
}

/** Rethrows the error. Where the port is in use, the new error says what listens there. */
async function rethrowStartError(error: unknown, port: number, addresses: readonly string[]): Promise<never> {
  if (!(error instanceof EpmdError) || error.code !== 'EPMD_PORT_IN_USE') throw error
  const [address = '127.0.0.1'] = addresses
  const host = address === '0.0.0.0' || address === '::' ? 'localhost' : address
  try {
    await names(host, { port, timeout: 5_000 })
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    throw new EpmdError('EPMD_PORT_IN_USE', `${error.message} ${found}`, { cause })
  }
  throw new EpmdError('EPMD_ALREADY_RUNNING', `There is an epmd running at port ${port} already.`, {
    cause: error,
  })
}

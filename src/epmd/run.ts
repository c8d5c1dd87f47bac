/**
 * An epmd in the foreground, as `moebi epmd` runs it. {@link ensureEpmd} runs it as a separate process.
 */
import { epmdAddresses, epmdPort, formatAddress } from './address.ts'
import { names, printable } from './client.ts'
import { EpmdError } from './error.ts'
import { type EpmdEndReason, startEpmd } from './server.ts'

export interface RunEpmdOptions {
  /** Default: `ERL_EPMD_PORT`, or 4369. */
  readonly port?: number
  /** Default: `ERL_EPMD_ADDRESS`, or both loopback addresses. */
  readonly addresses?: readonly string[]
  /** Ends when no name was registered for that many ms. Default: never. A node starts its epmd with 60,000. */
  readonly idleMs?: number
  /** Called with a line for every event. */
  readonly log?: (line: string) => void
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
  const { port = epmdPort(), addresses = epmdAddresses(), log = () => {}, signal } = options
  signal?.throwIfAborted()
  const server = await startEpmd({
    port,
    addresses,
    ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
    onRegister: (node) => log(`epmd: ${printable(node.name)} registered, at port ${node.port}`),
    onUnregister: (node) => log(`epmd: ${printable(node.name)} unregistered`),
    onReject: (reason, from) => log(`epmd: refused a request from ${from}: ${printable(reason)}`),
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

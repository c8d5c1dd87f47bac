/**
 * An epmd in the foreground: what `moebi epmd` runs, and what {@link ensureEpmd} runs as a process of its own.
 */
import { epmdAddresses, epmdPort, formatAddress } from './address.ts'
import { names } from './client.ts'
import { EpmdError } from './error.ts'
import { type EpmdEndReason, startEpmd } from './server.ts'

export interface RunEpmdOptions {
  /** `ERL_EPMD_PORT` or 4369 unless given. */
  readonly port?: number
  /** `ERL_EPMD_ADDRESS` or both loopback addresses unless given. */
  readonly addresses?: readonly string[]
  /** Ends when there has been no name for that long, in ms. Never unless given; 60,000 for one that a node brings up. */
  readonly idleMs?: number
  /** Takes a line for everything that happens. */
  readonly log?: (line: string) => void
  /** Ends it. */
  readonly signal?: AbortSignal
}

/**
 * Runs an epmd until it is idle, killed or aborted.
 *
 * @throws EpmdError EPMD_ALREADY_RUNNING where an epmd has the port (a reason to be content, for the command line),
 * EPMD_PORT_IN_USE where something else has it, EPMD_START_FAILED where it cannot listen
 */
export async function runEpmd(options: RunEpmdOptions = {}): Promise<EpmdEndReason> {
  const { port = epmdPort(), addresses = epmdAddresses(), log = () => {}, signal } = options
  signal?.throwIfAborted()
  const server = await startEpmd({
    port,
    addresses,
    ...(options.idleMs === undefined ? {} : { idleMs: options.idleMs }),
    onRegister: (node) => log(`epmd: ${node.name} registered, at port ${node.port}`),
    onUnregister: (node) => log(`epmd: ${node.name} has gone`),
    onReject: (reason, from) => log(`epmd: refused a request from ${from}: ${reason}`),
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

/** Says who has the port, when it is taken. */
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

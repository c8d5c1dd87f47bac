import { EpmdError, epmdPort, formatNames, names, runEpmd } from '../epmd/index.ts'

export interface EpmdCommandOptions {
  readonly port?: number
  readonly idle?: number
}

/** `moebi epmd`: an epmd in the foreground. */
export async function runEpmdCommand({ port, idle }: EpmdCommandOptions): Promise<void> {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  try {
    await runEpmd({
      ...(port === undefined ? {} : { port }),
      ...(idle === undefined ? {} : { idleMs: idle * 1_000 }),
      log: (line) => void process.stdout.write(`${line}\n`),
      signal: interrupted.signal,
    })
  } catch (error) {
    // Two nodes may bring one up at once: the one that comes second has what it wants.
    if (!(error instanceof EpmdError && error.code === 'EPMD_ALREADY_RUNNING')) throw error
    process.stdout.write(`${error.message}\n`)
  }
}

/** `moebi epmd names`: who is registered. */
export async function listNames({ port = epmdPort() }: EpmdCommandOptions): Promise<void> {
  process.stdout.write(`${formatNames(await names('localhost', { port }), port)}\n`)
}

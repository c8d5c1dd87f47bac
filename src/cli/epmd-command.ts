import { EpmdError, epmdPort, formatNames, names, runEpmd } from '../epmd/index.ts'

export interface EpmdCommandOptions {
  readonly port?: number
  readonly idle?: number
}

/** Runs an epmd in the foreground, for `moebi epmd`. */
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
    // Two nodes may start an epmd at the same time. The second one then needs none.
    if (!(error instanceof EpmdError && error.code === 'EPMD_ALREADY_RUNNING')) throw error
    process.stdout.write(`${error.message}\n`)
  }
}

/** Prints the nodes that are registered with an epmd, for `moebi epmd names`. */
export async function listNames({ port = epmdPort() }: EpmdCommandOptions): Promise<void> {
  process.stdout.write(`${formatNames(await names('localhost', { port }), port)}\n`)
}

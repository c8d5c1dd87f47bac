import {
  dump,
  EpmdError,
  ensureEpmd,
  epmdAddresses,
  epmdPort,
  formatNames,
  kill,
  names,
  printable,
  runEpmd,
  stopNode,
} from '../epmd/index.ts'
import { type EpmdArguments, parseEpmdArguments } from './epmd-arguments.ts'

/** Runs `moebi epmd` with the words that follow it. */
export async function runEpmdCommand(words: readonly string[]): Promise<void> {
  const parsed = parseEpmdArguments(words)
  if (parsed.action === 'serve') await serve(parsed)
  else if (parsed.action === 'daemon') await startDaemon(words, parsed)
  else await ask(parsed)
}

async function serve(parsed: EpmdArguments): Promise<void> {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  const { port, address, idle, packetTimeout, delayWrite, quiet, debug } = parsed
  const relaxed = parsed.relaxed ?? process.env.ERL_EPMD_RELAXED_COMMAND_CHECK !== undefined
  const output = quiet ? process.stderr : process.stdout
  try {
    await runEpmd({
      ...(port === undefined ? {} : { port }),
      // OTP's epmd listens at every address unless told otherwise.
      addresses: epmdAddresses(address === undefined ? { loopback: !quiet } : { list: address }),
      ...(idle === undefined ? {} : { idleMs: idle * 1_000 }),
      // OTP's epmd counts whole seconds of the clock and closes when more than these have passed.
      ...(packetTimeout === undefined ? {} : { requestTimeout: (packetTimeout + 1) * 1_000 }),
      ...(delayWrite === undefined ? {} : { delayWrite: delayWrite * 1_000 }),
      relaxedCommandCheck: relaxed,
      log: (line, kind) => {
        if (!quiet || debug > 0 || kind === 'refused') output.write(`${line}\n`)
      },
      signal: interrupted.signal,
    })
  } catch (error) {
    // Two nodes may start an epmd at the same time. The second one then needs none.
    if (!(error instanceof EpmdError && error.code === 'EPMD_ALREADY_RUNNING')) throw error
    if (!quiet || debug > 0) output.write(`${error.message}\n`)
  }
}

/** Starts an epmd as a process of its own and returns when it answers, so that the caller can register at once. */
async function startDaemon(words: readonly string[], { port }: EpmdArguments): Promise<void> {
  await ensureEpmd({
    ...(port === undefined ? {} : { port }),
    loopback: false,
    command: [process.argv[1]!, 'epmd', ...words.filter((word) => !/^--?daemon$/.test(word))],
  })
}

/** Asks the epmd of this machine and prints what OTP's `epmd` prints. */
async function ask({ action, name = '', port = epmdPort() }: EpmdArguments): Promise<void> {
  const print = (text: string): void => void process.stdout.write(`${text}\n`)
  switch (action) {
    case 'names':
      print(formatNames(await names('localhost', { port }), port))
      break
    case 'started':
      await names('localhost', { port }).catch(() => {
        process.exitCode = 1
      })
      break
    case 'dump':
      print(
        `epmd: up and running on port ${port} with data:\n${(await dump('localhost', { port })).trimEnd()}`,
      )
      break
    case 'kill': {
      const killed = await kill({ port })
      print(killed ? 'Killed' : 'Killing not allowed - living nodes in database.')
      if (!killed) process.exitCode = 1
      break
    }
    case 'stop': {
      const answer = printable(await stopNode(name, { port }))
      print(answer === '' ? 'epmd: local epmd responded with <>' : answer)
      if (answer === '') process.exitCode = 1
    }
  }
}

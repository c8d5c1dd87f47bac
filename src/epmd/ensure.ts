/**
 * Sees to it that there is an epmd, as `erl` does when a node is given a name.
 */
import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import {
  epmdAddresses,
  epmdPort,
  formatAddress,
  isLoopbackAddress,
  isLoopbackHost,
  resolveHost,
} from './address.ts'
import { names } from './client.ts'
import { EpmdError } from './error.ts'

export interface EnsureEpmdOptions {
  /** `ERL_EPMD_PORT` or 4369 unless given. */
  readonly port?: number
  /** Where to ask whether there is one already: 127.0.0.1, then ::1, unless given. */
  readonly address?: string
  /** Whether the node is for this machine alone; decides where a new epmd listens, unless `ERL_EPMD_ADDRESS` does. True unless given. */
  readonly loopback?: boolean
  /**
   * Arguments for Node.js that run an epmd in the foreground, a script with an absolute path and its arguments. The new
   * process finds port and addresses in `ERL_EPMD_PORT` and `ERL_EPMD_ADDRESS`.
   */
  readonly command: readonly string[]
  /** For all of it, in ms; 10,000 unless given. */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

/**
 * Does nothing where an epmd answers, whosever it is; else brings one up as a process of its own that outlives this one.
 * Two nodes may do so at once: one of the two new processes gets the port, the other ends, and both nodes go on.
 *
 * @returns whether a process was started
 * @throws EpmdError EPMD_PORT_IN_USE where something that is no epmd has the port, EPMD_START_FAILED where the new process
 * ended or did not answer in time
 */
export async function ensureEpmd(options: EnsureEpmdOptions): Promise<'found' | 'started'> {
  const { port = epmdPort(), address = 'localhost', timeout = 10_000, signal } = options
  const until = performance.now() + timeout
  let answer = await probe(port, address, timeout, signal)
  if (answer instanceof EpmdError && !isTimeout(answer.cause) && performance.now() < until) {
    // Asked once more: an epmd that is just ending closes without an answer too.
    await delay(50, undefined, signal ? { signal } : {})
    answer = await probe(port, address, Math.max(until - performance.now(), 500), signal)
  }
  if (answer === 'epmd') return 'found'
  if (answer !== 'nobody') throw answer

  const shown = `node ${options.command.join(' ')}`
  const env = { ERL_EPMD_PORT: String(port), ERL_EPMD_ADDRESS: epmdAddresses(options).join(',') }
  const child = spawn(process.execPath, options.command, {
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
    env: { ...process.env, ...env },
  })
  child.unref()
  let failure: string | undefined
  child.once('error', (error) => {
    failure = `could not be started (${error.message})`
  })
  // The one that loses the race for the port ends with 0, since there is an epmd then.
  child.once('exit', (code, killedBy) => {
    if (code !== 0) failure = `ended with ${killedBy ?? `exit code ${code}`}`
  })
  for (let pause = 10; ; pause = Math.min(pause * 2, 100)) {
    const left = until - performance.now()
    if (left > 0) answer = await probe(port, address, Math.max(left, 500), signal)
    if (answer === 'epmd') return 'started'
    if (failure === undefined && left > 0) {
      await delay(Math.min(pause, left), undefined, signal ? { signal } : {})
      continue
    }
    if (failure === undefined) child.kill()
    const set = Object.entries(env).map(([key, value]) => `${key}=${value}`)
    throw new EpmdError(
      'EPMD_START_FAILED',
      `No epmd answered at ${formatAddress(address, port)}, and the one started for it ${failure ?? `did not answer within ${timeout} ms`}. ` +
        `Run it yourself to see why: ${set.join(' ')} ${shown}`,
    )
  }
}

/**
 * Finds out why other machines will not find a node of this host: its epmd answers on 127.0.0.1 and refuses on the
 * host's own address. Gives the sentence that says so, with the remedy, or `undefined` when all is well or there is no epmd at all.
 *
 * @param host the part of the node's name behind the `@`
 */
export async function loopbackOnlyWarning(
  host: string,
  options: { readonly port?: number; readonly timeout?: number; readonly signal?: AbortSignal } = {},
): Promise<string | undefined> {
  if (isLoopbackHost(host)) return undefined
  const ask = { port: epmdPort(), timeout: 2_000, ...options }
  if (!(await isEpmd('127.0.0.1', ask))) return undefined
  const own = await resolveHost(host).catch(() => [])
  for (const address of own) if (await isEpmd(address, ask)) return undefined
  const remedy = own.find((address) => !isLoopbackAddress(address)) ?? '0.0.0.0'
  const where = own.length > 0 ? own.join(', ') : 'no address that resolves'
  return (
    `The epmd on port ${ask.port} answers on 127.0.0.1 but not on the address of ${host} (${where}), ` +
    'so nodes on other machines cannot find this one. ' +
    `End that epmd ("epmd -kill", after its nodes) and start one that listens there: ERL_EPMD_ADDRESS=${remedy} moebi epmd. ` +
    'If all nodes are on this machine, call them NAME@localhost instead.'
  )
}

/** Who answers: an epmd, nobody, or something else, as the error that says what came. */
async function probe(
  port: number,
  host: string,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<'epmd' | 'nobody' | EpmdError> {
  try {
    await names(host, { port, timeout, ...(signal ? { signal } : {}) })
    return 'epmd'
  } catch (error) {
    if (!(error instanceof EpmdError)) throw error
    if (error.code === 'EPMD_UNREACHABLE') return 'nobody'
    return new EpmdError(
      'EPMD_PORT_IN_USE',
      `Port ${port} is epmd's, but what has it is no epmd. ${error.message} ` +
        `Stop the other program (ss -ltnp 'sport = :${port}' names it), or set ERL_EPMD_PORT to a free port for all of your nodes.`,
      { cause: error },
    )
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof EpmdError && error.code === 'EPMD_TIMEOUT'
}

async function isEpmd(
  host: string,
  options: { port: number; timeout: number; signal?: AbortSignal },
): Promise<boolean> {
  return names(host, options).then(
    () => true,
    (error: unknown) => {
      if (error instanceof EpmdError) return false
      throw error
    },
  )
}

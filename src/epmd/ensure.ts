/**
 * Starts an epmd if none is running, as `erl` does when a node gets a name.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { explainDenied } from '../permission/index.ts'
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
  /** Default: `ERL_EPMD_PORT`, or 4369. */
  readonly port?: number
  /** Address at which an epmd may be running. Default: 127.0.0.1, then ::1. */
  readonly address?: string
  /** Whether a new epmd listens on loopback addresses only. `ERL_EPMD_ADDRESS` overrides this. Default: true. */
  readonly loopback?: boolean
  /**
   * Arguments for Node.js that run an epmd in the foreground: the absolute path of a script, and its arguments. The new process
   * gets port and addresses in `ERL_EPMD_PORT` and `ERL_EPMD_ADDRESS`.
   */
  readonly command: readonly string[]
  /** For the whole call, in ms. Default: 10,000. */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

/**
 * Does nothing if any epmd answers. Otherwise starts one as a separate process, which continues to run when this process ends.
 * When two nodes do this at the same time, one of the two new processes gets the port and the other one ends.
 *
 * @returns whether a process was started
 * @throws EpmdError EPMD_PORT_IN_USE when another program has the port, EPMD_START_FAILED when the new process ended or did not
 * answer in time
 */
export async function ensureEpmd(options: EnsureEpmdOptions): Promise<'found' | 'started'> {
  const { port = epmdPort(), address = 'localhost', timeout = 10_000, signal } = options
  const until = performance.now() + timeout
  let answer = await probe(port, address, timeout, signal)
  if (answer instanceof EpmdError && !isTimeout(answer.cause) && performance.now() < until) {
    // Second try: an epmd that is just ending closes the connection without an answer.
    await delay(50, undefined, signal ? { signal } : {})
    answer = await probe(port, address, Math.max(until - performance.now(), 500), signal)
  }
  if (answer === 'epmd') return 'found'
  if (answer !== 'nothing') throw answer

  const shown = `node ${options.command.join(' ')}`
  const env = { ERL_EPMD_PORT: String(port), ERL_EPMD_ADDRESS: epmdAddresses(options).join(',') }
  let child: ChildProcess
  try {
    child = spawn(process.execPath, options.command, {
      detached: true,
      stdio: 'ignore',
      windowsHide: true,
      env: { ...process.env, ...env },
    })
  } catch (error) {
    const what = `No epmd answered at ${formatAddress(address, port)}, and one must be started`
    const { message } = explainDenied(error, what, ', or start an epmd before: moebi epmd') as Error
    throw new EpmdError('EPMD_START_FAILED', message, { cause: error })
  }
  child.unref()
  let failure: string | undefined
  child.once('error', (error) => {
    failure = `could not be started (${error.message})`
  })
  // The process that does not get the port exits with 0, because an epmd is running then.
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
 * Returns a warning, with advice, when the epmd of this machine answers on 127.0.0.1 but not on the address of the host, so that
 * other machines cannot find the node. Returns `undefined` otherwise, also when no epmd is running.
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

/** Returns what listens at the port: an epmd, nothing, or another program, as an error that says what it answered. */
async function probe(
  port: number,
  host: string,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<'epmd' | 'nothing' | EpmdError> {
  try {
    await names(host, { port, timeout, ...(signal ? { signal } : {}) })
    return 'epmd'
  } catch (error) {
    if (!(error instanceof EpmdError)) throw error
    if (error.code === 'EPMD_UNREACHABLE') return 'nothing'
    return new EpmdError(
      'EPMD_PORT_IN_USE',
      `Port ${port} is the port of epmd, but another program listens there. ${error.message} ` +
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

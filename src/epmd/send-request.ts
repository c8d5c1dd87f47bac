/**
 * One request to an epmd and its response, with a timeout.
 *
 * TCP can split a response anywhere, so the parser is called again with all bytes whenever more have arrived.
 */
import { connect, type Socket } from 'node:net'
import { type EpmdAddress, epmdPort, errorCode, formatAddress, resolveHost } from './address.ts'
import { EpmdError } from './error.ts'
import { hexDump } from './protocol.ts'

export interface RequestOptions extends EpmdAddress {
  /** For the connection and the response together, in ms. Default: 10,000, as in OTP's `erl_epmd`. */
  readonly timeout?: number
  /** Aborts the request. The promise rejects with the reason of the signal. */
  readonly signal?: AbortSignal
}

/** Returns the response, or `undefined` while bytes are missing. Throws for an invalid response. */
export type ResponseParser<T> = (bytes: Uint8Array, ended: boolean) => T | undefined

/** Longest response in bytes: a thousand nodes with the longest names. */
const MAX_RESPONSE = 2 ** 20

/** Sends a request, returns the response and closes the connection. */
export async function sendRequest<T>(
  request: Uint8Array,
  read: ResponseParser<T>,
  options: RequestOptions,
): Promise<T> {
  const { answer, socket } = await requestAndKeepOpen(request, read, options)
  socket.destroy()
  return answer
}

/** Sends a request and returns the response and the open connection, which is paused and belongs to the caller. */
export async function requestAndKeepOpen<T>(
  request: Uint8Array,
  read: ResponseParser<T>,
  options: RequestOptions,
): Promise<{ answer: T; socket: Socket; at: string }> {
  const { host = 'localhost', port = epmdPort(), timeout = 10_000, signal } = options
  signal?.throwIfAborted()
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(timeoutError(host, port, timeout)), timeout)
  const abort = (): void => stop.abort(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const { socket, at } = await connectToHost(host, port, stop.signal)
    try {
      socket.write(request)
      return { answer: await readResponse(socket, read, at, stop.signal), socket, at }
    } catch (error) {
      socket.destroy()
      throw error
    }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** Connects to the first address of the host that accepts the connection. */
async function connectToHost(
  host: string,
  port: number,
  stop: AbortSignal,
): Promise<{ socket: Socket; at: string }> {
  const refusals: string[] = []
  for (const address of await abortable(resolveHost(host), stop)) {
    const socket = connect({ host: address, port, noDelay: true })
    const refused = await abortable(connected(socket), stop).catch((error: unknown) => {
      socket.destroy()
      throw error
    })
    if (refused === undefined) return { socket, at: formatAddress(address, port) }
    refusals.push(`${formatAddress(address, port)} ${refused}`)
  }
  throw new EpmdError(
    'EPMD_UNREACHABLE',
    `No epmd answers for ${host} on port ${port} (${refusals.join(', ')}). Start one there with "moebi epmd" or "epmd -daemon", ` +
      'or set ERL_EPMD_PORT to the port it has.',
  )
}

/** Resolves with `undefined` when the socket is connected, or with the error code of the system. */
function connected(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(undefined))
    // Never removed: a later error without another listener must not end the program.
    socket.on('error', (error) => resolve(errorCode(error)))
  })
}

function readResponse<T>(socket: Socket, read: ResponseParser<T>, at: string, stop: AbortSignal): Promise<T> {
  const answered = new Promise<T>((resolve, reject) => {
    let bytes: Uint8Array = new Uint8Array(0)
    const settle = (ended: boolean, broken?: Error): void => {
      try {
        const answer = broken ? undefined : read(bytes, ended)
        if (answer !== undefined) {
          socket.off('data', take).off('end', end).off('error', fail).pause()
          resolve(answer)
        } else if (ended) {
          throw new EpmdError(
            'EPMD_BAD_REPLY',
            notEpmdMessage(at, `the connection ended after ${hexDump(bytes)}`, broken),
          )
        } else if (bytes.length > MAX_RESPONSE) {
          throw new EpmdError('EPMD_BAD_REPLY', notEpmdMessage(at, `more than ${MAX_RESPONSE} bytes came`))
        }
      } catch (error) {
        const malformed = error instanceof EpmdError && error.code === 'EPMD_MALFORMED'
        reject(
          malformed
            ? new EpmdError('EPMD_BAD_REPLY', notEpmdMessage(at, error.message), { cause: error })
            : error,
        )
      }
    }
    const take = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
      settle(false)
    }
    const end = (): void => settle(true)
    const fail = (error: Error): void => settle(true, error)
    socket.on('data', take).on('end', end).on('error', fail)
  })
  return abortable(answered, stop)
}

function abortable<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(stop.reason)
    if (stop.aborted) abort()
    stop.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => stop.removeEventListener('abort', abort))
  })
}

function notEpmdMessage(at: string, what: string, cause?: Error): string {
  const why = cause ? ` (${errorCode(cause)})` : ''
  return `The program that listens at ${at} does not answer as epmd does: ${what}${why}. Set ERL_EPMD_PORT if epmd has another port.`
}

function timeoutError(host: string, port: number, timeout: number): EpmdError {
  return new EpmdError(
    'EPMD_TIMEOUT',
    `No answer from epmd at ${formatAddress(host, port)} within ${timeout} ms. Another program may have its port, ` +
      'or a firewall drops the packets; ERL_EPMD_PORT chooses another port.',
  )
}

/**
 * Requests to an epmd: the port of a node, and the names of all nodes.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#get-the-distribution-port-of-another-node
 */
import { EpmdError } from './error.ts'
import {
  decodeDumpResp,
  decodeNamesHeader,
  decodeNamesResp,
  decodePort2Resp,
  type EpmdNode,
  encodeRequest,
} from './protocol.ts'
import { type RequestOptions, sendRequest } from './send-request.ts'

export type LookupOptions = Omit<RequestOptions, 'host'>

/**
 * Asks the epmd of `host` for a node. Resolves with `undefined` when no node of that name is registered.
 *
 * @param name the part of the node's name before the `@`
 *
 * @param options `port` of epmd, `timeout` in ms, `signal`
 * @throws EpmdError EPMD_UNREACHABLE, EPMD_TIMEOUT or EPMD_BAD_REPLY when no epmd answers; EPMD_BAD_OPTION for an invalid name
 * @see `erl_epmd:port_please/3`, PORT_PLEASE2_REQ
 */
export async function lookup(
  name: string,
  host: string,
  options: LookupOptions = {},
): Promise<EpmdNode | undefined> {
  const request = encodeRequest({ request: 'PORT_PLEASE2_REQ', name })
  const { node } = await sendRequest(request, decodePort2Resp, { ...options, host })
  if (node !== undefined && node.name !== name) {
    throw new EpmdError(
      'EPMD_BAD_REPLY',
      `Asked the epmd of ${host} for ${name}, got an answer about ${printable(node.name)}.`,
    )
  }
  return node
}

/**
 * Returns all names registered at the epmd of `host`, with the ports of their nodes.
 *
 * @param options `port` of epmd, `timeout` in ms, `signal`
 * @throws EpmdError EPMD_UNREACHABLE, EPMD_TIMEOUT or EPMD_BAD_REPLY when no epmd answers
 * @see `erl_epmd:names/1`, NAMES_REQ
 */
export async function names(
  host = 'localhost',
  options: LookupOptions = {},
): Promise<{ name: string; port: number }[]> {
  const request = encodeRequest({ request: 'NAMES_REQ' })
  // The response has no length. It ends when epmd closes the connection.
  const answer = await sendRequest(
    request,
    (bytes, ended) => {
      if (ended) return decodeNamesResp(bytes)
      decodeNamesHeader(bytes)
      return undefined
    },
    { ...options, host },
  )
  return answer.names
}

/** Returns the lines in which the epmd of `host` describes its state, for debugging. DUMP_REQ, which a remote epmd refuses. */
export async function dump(host = 'localhost', options: LookupOptions = {}): Promise<string> {
  const request = encodeRequest({ request: 'DUMP_REQ' })
  return await sendRequest(request, (bytes, ended) => (ended ? decodeDumpResp(bytes) : undefined), {
    ...options,
    host,
  })
}

/**
 * Asks the epmd of this machine to end. Returns false when it refuses because nodes are registered.
 *
 * @throws EpmdError EPMD_UNREACHABLE, EPMD_TIMEOUT or EPMD_BAD_REPLY when no epmd answers
 * @see `epmd -kill`, KILL_REQ
 */
export async function kill(options: LookupOptions = {}): Promise<boolean> {
  const request = encodeRequest({ request: 'KILL_REQ' })
  const answer = await sendRequest(request, wholeText, { ...options, host: 'localhost' })
  return answer === 'OK'
}

/**
 * Asks the epmd of this machine to unregister a node. Returns its answer: `STOPPED`, `NOEXIST` for a name that is not registered,
 * and an empty text from an epmd without `-relaxed_command_check`, which refuses.
 *
 * @throws EpmdError EPMD_UNREACHABLE or EPMD_TIMEOUT when no epmd answers; EPMD_BAD_OPTION for an invalid name
 * @see `epmd -stop`, STOP_REQ
 */
export async function stopNode(name: string, options: LookupOptions = {}): Promise<string> {
  const request = encodeRequest({ request: 'STOP_REQ', name })
  const answer = await sendRequest(request, wholeText, { ...options, host: 'localhost' })
  // epmd of OTP writes "NOEXISTSTOPPED" for a name that is not registered. Its own command shows the first 7 bytes.
  return answer.slice(0, 7)
}

const wholeText = (bytes: Uint8Array, ended: boolean): string | undefined =>
  ended ? Buffer.from(bytes).toString('latin1') : undefined

/** Returns the lines that `epmd -names` prints, without the last line break. */
export function formatNames(
  names: Iterable<{ readonly name: string; readonly port: number }>,
  port: number,
): string {
  const lines = [`epmd: up and running on port ${port} with data:`]
  for (const node of names) lines.push(`name ${printable(node.name)} at port ${node.port}`)
  return lines.join('\n')
}

/** Returns a name with characters that would control the terminal of a reader replaced: anybody can register any name. */
export function printable(name: string): string {
  return name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}

/**
 * Requests to an epmd: the port of a node, and the names of all nodes.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#get-the-distribution-port-of-another-node
 */
import { EpmdError } from './error.ts'
import {
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

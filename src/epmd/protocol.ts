/**
 * Messages between a node and epmd, as bytes.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#epmd-protocol
 *
 * A request follows its length in 2 bytes. A response has no length: it ends with its last field, or when epmd closes the
 * connection. Works on bytes, without a socket.
 */
import { EpmdError } from './error.ts'

export const ALIVE2_REQ = 120
export const ALIVE2_RESP = 121
export const ALIVE2_X_RESP = 118
export const PORT_PLEASE2_REQ = 122
export const PORT2_RESP = 119
export const NAMES_REQ = 110
export const DUMP_REQ = 100
export const KILL_REQ = 107
export const STOP_REQ = 115

export const NORMAL_NODE = 77
export const HIDDEN_NODE = 72

/** From this distribution version on a node has a creation of 32 bits, and epmd answers with ALIVE2_X_RESP. */
export const EXTENDED_CREATION_VERSION = 6

/** Longest request in bytes, without its length, as in epmd's INBUF_SIZE. */
export const MAX_REQUEST: number = 3 * 255 * 4 - 3

/** Longest name, and longest extra, in bytes: 255 characters of 4 bytes, as in epmd's MAXSYMLEN. */
export const MAX_NAME_BYTES: number = 255 * 4

/** A node as it is registered at epmd. */
export interface EpmdNode {
  readonly name: string
  readonly port: number
  /** `NORMAL_NODE`, or `HIDDEN_NODE` for a C node of OTP. Other nodes ignore it. */
  readonly nodeType: number
  /** 0 is TCP over IPv4, the only protocol in use. */
  readonly protocol: number
  readonly highestVersion: number
  readonly lowestVersion: number
  readonly extra: Uint8Array
}

/** A request. INVALID_ALIVE2_REQ is an ALIVE2_REQ whose name or extra cannot be registered, which epmd answers with result 1. */
export type EpmdRequest =
  | { readonly request: 'ALIVE2_REQ'; readonly node: EpmdNode }
  | { readonly request: 'INVALID_ALIVE2_REQ'; readonly reason: string; readonly highestVersion: number }
  | { readonly request: 'PORT_PLEASE2_REQ'; readonly name: string }
  | { readonly request: 'NAMES_REQ' }
  | { readonly request: 'DUMP_REQ' }
  | { readonly request: 'KILL_REQ' }
  | { readonly request: 'STOP_REQ'; readonly name: string }

export interface Alive2Response {
  /** 0 when the name is registered. Any other number: refused. */
  readonly result: number
  readonly creation: number
}

/** A request that a client sends. INVALID_ALIVE2_REQ is one that was received. */
export type ValidRequest = Exclude<EpmdRequest, { readonly request: 'INVALID_ALIVE2_REQ' }>

/** Returns the bytes of a request with its length. @throws EpmdError EPMD_BAD_OPTION for an invalid name or port */
export function encodeRequest(request: ValidRequest): Uint8Array {
  switch (request.request) {
    case 'ALIVE2_REQ':
      return withLength(ALIVE2_REQ, encodeNode(request.node))
    case 'PORT_PLEASE2_REQ':
      return withLength(PORT_PLEASE2_REQ, nameBytes(request.name))
    case 'NAMES_REQ':
      return withLength(NAMES_REQ)
    case 'DUMP_REQ':
      return withLength(DUMP_REQ)
    case 'KILL_REQ':
      return withLength(KILL_REQ)
    case 'STOP_REQ':
      return withLength(STOP_REQ, nameBytes(request.name))
  }
}

/**
 * Parser of the request on one connection. A connection carries one request; bytes after it are an error, as in epmd. The
 * parser throws EpmdError EPMD_MALFORMED and must not be used afterwards.
 */
export class RequestParser {
  #bytes: Uint8Array = new Uint8Array(0)

  push(chunk: Uint8Array): EpmdRequest | undefined {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    if (this.#bytes.length < 2) return undefined
    const length = u16(this.#bytes, 0)
    if (length === 0 || length > MAX_REQUEST) {
      throw malformed(
        `a request says it is ${length} bytes long, expected 1 to ${MAX_REQUEST} (it begins with ${hexDump(this.#bytes)})`,
      )
    }
    const got = this.#bytes.length - 2
    if (got > length) throw malformed(`a request of ${length} bytes is followed by ${got - length} more`)
    return got === length ? decodeRequest(this.#bytes.subarray(2)) : undefined
  }

  /** Returns the error for a connection that was closed before the request was complete. */
  truncated(): EpmdError {
    const got = this.#bytes.length
    if (got < 2) return malformed(`the connection ended after ${got} of the 2 bytes of a length`)
    return malformed(`the connection ended after ${got - 2} of the ${u16(this.#bytes, 0)} bytes of a request`)
  }

  get received(): number {
    return this.#bytes.length
  }
}

/** Decodes a request without its length. Bytes after the last field are ignored, as in epmd. */
export function decodeRequest(body: Uint8Array): EpmdRequest {
  switch (body[0]) {
    case ALIVE2_REQ:
      return decodeAlive2(body)
    case PORT_PLEASE2_REQ:
      return { request: 'PORT_PLEASE2_REQ', name: decodeName(body.subarray(1), 'PORT_PLEASE2_REQ') }
    case NAMES_REQ:
      return { request: 'NAMES_REQ' }
    case DUMP_REQ:
      return { request: 'DUMP_REQ' }
    case KILL_REQ:
      return { request: 'KILL_REQ' }
    case STOP_REQ:
      return { request: 'STOP_REQ', name: decodeName(body.subarray(1), 'STOP_REQ') }
    default:
      throw malformed(`no request begins with tag ${body[0] ?? 'nothing'} (${hexDump(body)})`)
  }
}

/** ALIVE2_X_RESP, or the older ALIVE2_RESP with a creation of 16 bits for a node whose highest version is below 6. */
export function encodeAlive2Resp(answer: Alive2Response, highestVersion: number): Uint8Array {
  const extended = highestVersion >= EXTENDED_CREATION_VERSION
  const bytes = Buffer.alloc(extended ? 6 : 4)
  bytes[0] = extended ? ALIVE2_X_RESP : ALIVE2_RESP
  bytes[1] = answer.result
  if (extended) bytes.writeUInt32BE(answer.creation, 2)
  else bytes.writeUInt16BE(answer.creation, 2)
  return bytes
}

/** Decodes either form of the response to ALIVE2_REQ. Returns `undefined` while bytes are missing. */
export function decodeAlive2Resp(bytes: Uint8Array): Alive2Response | undefined {
  if (bytes.length === 0) return undefined
  const tag = bytes[0]
  if (tag !== ALIVE2_X_RESP && tag !== ALIVE2_RESP) {
    throw malformed(
      `expected ALIVE2_X_RESP (${ALIVE2_X_RESP}) or ALIVE2_RESP (${ALIVE2_RESP}), got ${hexDump(bytes)}`,
    )
  }
  const size = tag === ALIVE2_X_RESP ? 6 : 4
  if (bytes.length < size) return undefined
  if (bytes.length > size) throw malformed(`an answer to ALIVE2_REQ has ${size} bytes, got ${hexDump(bytes)}`)
  return { result: bytes[1]!, creation: tag === ALIVE2_X_RESP ? u32(bytes, 2) : u16(bytes, 2) }
}

/** Encodes PORT2_RESP. `undefined` means that the name is not registered. */
export function encodePort2Resp(node: EpmdNode | undefined): Uint8Array {
  if (node === undefined) return Uint8Array.of(PORT2_RESP, 1)
  return Buffer.concat([Uint8Array.of(PORT2_RESP, 0), encodeNode(node)])
}

/** Decodes PORT2_RESP: `{ node }` for a registered name, `{}` for another name, `undefined` while bytes are missing. */
export function decodePort2Resp(bytes: Uint8Array): { readonly node?: EpmdNode } | undefined {
  if (bytes.length === 0) return undefined
  if (bytes[0] !== PORT2_RESP) throw malformed(`expected PORT2_RESP (${PORT2_RESP}), got ${hexDump(bytes)}`)
  if (bytes.length < 2) return undefined
  if (bytes[1] !== 0) return {}
  if (bytes.length < 12) return undefined
  const nameLength = u16(bytes, 10)
  if (nameLength > MAX_NAME_BYTES) {
    throw malformed(`a name in PORT2_RESP has ${nameLength} bytes, the most is ${MAX_NAME_BYTES}`)
  }
  if (bytes.length < 14 + nameLength) return undefined
  const size = 14 + nameLength + u16(bytes, 12 + nameLength)
  if (bytes.length < size) return undefined
  if (bytes.length > size)
    throw malformed(`a PORT2_RESP of ${size} bytes is followed by ${bytes.length - size} more`)
  // From the second byte on the layout is that of ALIVE2_REQ, where one byte stands before the port too.
  return { node: decodeNode(bytes.subarray(1)) }
}

/** Encodes the response to NAMES_REQ: epmd's port, then one line for each node. */
export function encodeNamesResp(epmdPort: number, nodes: Iterable<EpmdNode>): Uint8Array {
  let lines = ''
  for (const { name, port } of nodes) lines += `name ${name} at port ${port}\n`
  return portAndText(epmdPort, lines)
}

/** Decodes a complete response to NAMES_REQ. */
export function decodeNamesResp(bytes: Uint8Array): {
  readonly epmdPort: number
  readonly names: { readonly name: string; readonly port: number }[]
} {
  const epmdPort = decodeNamesHeader(bytes)
  if (epmdPort === undefined)
    throw malformed(`an answer to NAMES_REQ begins with 4 bytes, got ${hexDump(bytes)}`)
  const text = utf8(bytes.subarray(4))
  if (text === undefined) throw malformed(`an answer to NAMES_REQ is UTF-8, got ${hexDump(bytes)}`)
  const names = []
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, name, port] = /^name (.+) at port (\d{1,5})$/.exec(line) ?? []
    if (name === undefined)
      throw malformed(`expected "name NAME at port PORT", got ${JSON.stringify(line.slice(0, 80))}`)
    names.push({ name, port: Number(port) })
  }
  return { epmdPort, names }
}

/** Decodes epmd's port at the start of a response to NAMES_REQ, which shows whether an epmd answers. Returns `undefined` while bytes are missing. */
export function decodeNamesHeader(bytes: Uint8Array): number | undefined {
  if (bytes.length < 4) return undefined
  const epmdPort = u32(bytes, 0)
  if (epmdPort > 65_535)
    throw malformed(`an answer to NAMES_REQ begins with epmd's port, got ${hexDump(bytes)}`)
  return epmdPort
}

/** Encodes the response to DUMP_REQ: like NAMES_REQ, for debugging epmd. */
export function encodeDumpResp(
  epmdPort: number,
  nodes: Iterable<{ node: EpmdNode; connection: number }>,
): Uint8Array {
  let lines = ''
  for (const { node, connection } of nodes) {
    lines += `active name     <${node.name}> at port ${node.port}, fd = ${connection}\n`
  }
  return portAndText(epmdPort, lines)
}

/** Decodes a complete response to DUMP_REQ to its text. epmd of OTP ends each line with a zero byte, which is removed. */
export function decodeDumpResp(bytes: Uint8Array): string {
  if (decodeNamesHeader(bytes) === undefined)
    throw malformed(`an answer to DUMP_REQ begins with 4 bytes, got ${hexDump(bytes)}`)
  return Buffer.from(bytes.subarray(4)).toString().replaceAll('\0', '')
}

/** Responses to KILL_REQ: `OK`, after which epmd ends, or `NO` while nodes are registered. */
export const KILL_OK: Uint8Array = Buffer.from('OK')
export const KILL_NO: Uint8Array = Buffer.from('NO')

/** Responses to STOP_REQ of an epmd with `-relaxed_command_check`. */
export const STOPPED: Uint8Array = Buffer.from('STOPPED')
export const NOEXIST: Uint8Array = Buffer.from('NOEXIST')

/** Returns why a text cannot be registered as a name, or `undefined` if it can. */
export function invalidNameReason(name: string): string | undefined {
  if (name === '') return 'is empty'
  if ([...name].length > 255) return `has ${[...name].length} characters, the most is 255`
  // A line break would forge lines of the response to NAMES_REQ. An escape code would change the terminal that shows it.
  if (/\p{Cc}/u.test(name)) return 'contains a control character'
  if (/\p{Cs}/u.test(name)) return 'contains a lone surrogate'
  return undefined
}

/** Returns the first bytes in hexadecimal and as text, for an error message. */
export function hexDump(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'nothing'
  const head = Buffer.from(bytes.subarray(0, 16))
  const rest = bytes.length > head.length ? '…' : ''
  return `0x${head.toString('hex')}${rest} ${JSON.stringify(head.toString('latin1').replace(/[^ -~]/g, '.') + rest)}`
}

function withLength(tag: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = Buffer.alloc(3 + body.length)
  bytes.writeUInt16BE(1 + body.length, 0)
  bytes[2] = tag
  bytes.set(body, 3)
  return bytes
}

function encodeNode(node: EpmdNode): Uint8Array {
  const name = nameBytes(node.name)
  if (!Number.isInteger(node.port) || node.port < 0 || node.port > 65_535) {
    throw new EpmdError('EPMD_BAD_OPTION', `node ${JSON.stringify(node.name)}: ${node.port} is not a port`)
  }
  const bytes = Buffer.alloc(12 + name.length + node.extra.length)
  bytes.writeUInt16BE(node.port, 0)
  bytes[2] = node.nodeType
  bytes[3] = node.protocol
  bytes.writeUInt16BE(node.highestVersion, 4)
  bytes.writeUInt16BE(node.lowestVersion, 6)
  bytes.writeUInt16BE(name.length, 8)
  bytes.set(name, 10)
  bytes.writeUInt16BE(node.extra.length, 10 + name.length)
  bytes.set(node.extra, 12 + name.length)
  return bytes
}

/** @throws EpmdError EPMD_MALFORMED for a name that is empty or contains a zero byte, for which epmd closes the connection too */
function decodeAlive2(body: Uint8Array): EpmdRequest {
  const { nameBytes, ...node } = decodeNodeFields(body)
  if (nameBytes.length === 0) throw malformed('the name in ALIVE2_REQ is empty')
  if (nameBytes.includes(0)) throw malformed(`the name in ALIVE2_REQ contains a zero: ${hexDump(nameBytes)}`)
  const refused = (reason: string): EpmdRequest => ({
    request: 'INVALID_ALIVE2_REQ',
    reason,
    highestVersion: node.highestVersion,
  })
  if (nameBytes.length > MAX_NAME_BYTES)
    return refused(`a name of ${nameBytes.length} bytes, the most is ${MAX_NAME_BYTES}`)
  if (node.extra.length > MAX_NAME_BYTES)
    return refused(`an extra of ${node.extra.length} bytes, the most is ${MAX_NAME_BYTES}`)
  const name = utf8(nameBytes)
  if (name === undefined) return refused(`a name that is not UTF-8: ${hexDump(nameBytes)}`)
  const problem = invalidNameReason(name)
  if (problem) return refused(`a name that ${problem}: ${hexDump(nameBytes)}`)
  return { request: 'ALIVE2_REQ', node: { name, ...node } }
}

/** Decodes the description of a node. The first byte is skipped. */
function decodeNode(bytes: Uint8Array): EpmdNode {
  const { nameBytes, ...node } = decodeNodeFields(bytes)
  return { name: decodeName(nameBytes, "a node's description"), ...node }
}

/** Decodes the fields of a node. The first byte is skipped. */
function decodeNodeFields(bytes: Uint8Array): Omit<EpmdNode, 'name'> & { readonly nameBytes: Uint8Array } {
  const missing = (field: string): EpmdError =>
    malformed(`${field} reaches beyond the end of the ${bytes.length} bytes of a node's description`)
  if (bytes.length < 11) throw missing('its fixed part')
  const nameLength = u16(bytes, 9)
  if (bytes.length < 13 + nameLength) throw missing(`a name of ${nameLength} bytes`)
  const extraLength = u16(bytes, 11 + nameLength)
  if (bytes.length < 13 + nameLength + extraLength) throw missing(`an extra of ${extraLength} bytes`)
  return {
    nameBytes: bytes.subarray(11, 11 + nameLength),
    port: u16(bytes, 1),
    nodeType: bytes[3]!,
    protocol: bytes[4]!,
    highestVersion: u16(bytes, 5),
    lowestVersion: u16(bytes, 7),
    extra: new Uint8Array(bytes.subarray(13 + nameLength, 13 + nameLength + extraLength)),
  }
}

function nameBytes(name: string): Uint8Array {
  const problem = invalidNameReason(name)
  if (problem)
    throw new EpmdError(
      'EPMD_BAD_OPTION',
      `${JSON.stringify(name.slice(0, 80))} is not a valid name for epmd: it ${problem}`,
    )
  return Buffer.from(name)
}

function decodeName(bytes: Uint8Array, where: string): string {
  // C programs send the zero at the end of the string. epmd removes it too.
  const name = utf8(bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes)
  if (name === undefined) throw malformed(`the name in ${where} is not UTF-8: ${hexDump(bytes)}`)
  const problem = invalidNameReason(name)
  if (problem) throw malformed(`the name in ${where} ${problem}: ${hexDump(bytes)}`)
  return name
}

function portAndText(port: number, text: string): Uint8Array {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(port)
  return Buffer.concat([head, Buffer.from(text)])
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 65_536 + u16(bytes, at + 2)

const malformed = (message: string): EpmdError => new EpmdError('EPMD_MALFORMED', message)

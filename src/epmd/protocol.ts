/**
 * The words between a node and epmd.
 * https://www.erlang.org/doc/apps/erts/erl_dist_protocol#epmd-protocol
 *
 * A request is framed by its length in 2 bytes, an answer is not: it ends where its fields end, or where epmd closes.
 * Bytes in, bytes out; nothing here knows a socket.
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

/** From this version on a node takes a creation of 32 bits, and epmd answers ALIVE2_X_RESP. */
export const EXTENDED_CREATION_VERSION = 6

/** The longest request epmd reads, without its length: two names and a little, as in epmd's INBUF_SIZE. */
export const MAX_REQUEST: number = 3 * 255 * 4 - 3

/** A name has at most 255 characters, which are at most 1,020 bytes. */
export const MAX_NAME_BYTES: number = 255 * 4

/** What a node tells epmd about itself, and what epmd tells others. */
export interface EpmdNode {
  readonly name: string
  readonly port: number
  /** `NORMAL_NODE`, or `HIDDEN_NODE` for what OTP calls a C node. Other nodes do not act on it. */
  readonly nodeType: number
  /** 0 is TCP over IPv4, the only one in use. */
  readonly protocol: number
  readonly highestVersion: number
  readonly lowestVersion: number
  readonly extra: Uint8Array
}

export type EpmdRequest =
  | { readonly request: 'ALIVE2_REQ'; readonly node: EpmdNode }
  | { readonly request: 'PORT_PLEASE2_REQ'; readonly name: string }
  | { readonly request: 'NAMES_REQ' }
  | { readonly request: 'DUMP_REQ' }
  | { readonly request: 'KILL_REQ' }
  | { readonly request: 'STOP_REQ'; readonly name: string }

export interface Alive2Response {
  /** 0 is registered, anything else refused. */
  readonly result: number
  readonly creation: number
}

/** The request with its length before it, ready to be written. Throws EPMD_BAD_OPTION for a name or a port that cannot be one. */
export function encodeRequest(request: EpmdRequest): Uint8Array {
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
 * Takes the bytes of one connection as they come and gives its request when it is whole. A connection carries one
 * request; bytes behind it are an error, as in epmd. Throws EPMD_MALFORMED, after which the parser is not to be fed again.
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

  /** To be called when the peer has closed before its request was whole. */
  truncated(): EpmdError {
    const got = this.#bytes.length
    if (got < 2) return malformed(`the connection ended after ${got} of the 2 bytes of a length`)
    return malformed(`the connection ended after ${got - 2} of the ${u16(this.#bytes, 0)} bytes of a request`)
  }

  get received(): number {
    return this.#bytes.length
  }
}

/** One request without its length. Bytes behind its last field are ignored, as epmd ignores them. */
export function decodeRequest(body: Uint8Array): EpmdRequest {
  switch (body[0]) {
    case ALIVE2_REQ:
      return { request: 'ALIVE2_REQ', node: decodeNode(body) }
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

/** Either form of the answer to ALIVE2_REQ; `undefined` while bytes are missing. */
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

/** PORT2_RESP; a name that nobody has is `undefined`. */
export function encodePort2Resp(node: EpmdNode | undefined): Uint8Array {
  if (node === undefined) return Uint8Array.of(PORT2_RESP, 1)
  return Buffer.concat([Uint8Array.of(PORT2_RESP, 0), encodeNode(node)])
}

/** `{ node }` for a name that is known, `{}` for one that is not, `undefined` while bytes are missing. */
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
  // From the second byte on it is laid out like ALIVE2_REQ, whose tag is one byte before the port as well.
  return { node: decodeNode(bytes.subarray(1)) }
}

/** The answer to NAMES_REQ: epmd's own port, then a line a node. It ends where epmd closes. */
export function encodeNamesResp(epmdPort: number, nodes: Iterable<EpmdNode>): Uint8Array {
  let lines = ''
  for (const { name, port } of nodes) lines += `name ${name} at port ${port}\n`
  return portAndText(epmdPort, lines)
}

/** A whole answer to NAMES_REQ, read to its end. */
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

/** epmd's port from the first bytes of an answer to NAMES_REQ, where what is no epmd gives itself away; `undefined` while they are missing. */
export function decodeNamesHeader(bytes: Uint8Array): number | undefined {
  if (bytes.length < 4) return undefined
  const epmdPort = u32(bytes, 0)
  if (epmdPort > 65_535)
    throw malformed(`an answer to NAMES_REQ begins with epmd's port, got ${hexDump(bytes)}`)
  return epmdPort
}

/** The answer to DUMP_REQ: like NAMES_REQ's, for people who debug epmd. */
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

/** KILL_REQ is answered `OK` and epmd ends, or `NO` while nodes live. STOP_REQ has an answer only in an epmd that allows it. */
export const KILL_OK: Uint8Array = Buffer.from('OK')
export const KILL_NO: Uint8Array = Buffer.from('NO')

/** Why a text cannot be registered as a name, or `undefined` if it can. */
export function invalidNameReason(name: string): string | undefined {
  if (name === '') return 'is empty'
  if ([...name].length > 255) return `has ${[...name].length} characters, the most is 255`
  // A line break in a name would forge lines of the answer to NAMES_REQ, an escape code the terminal that shows it.
  if (/\p{Cc}/u.test(name)) return 'contains a control character'
  if (/\p{Cs}/u.test(name)) return 'contains a lone surrogate'
  return undefined
}

/** The first bytes for an error message, in hex and as text. */
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
    throw new EpmdError('EPMD_BAD_OPTION', `node ${JSON.stringify(node.name)}: ${node.port} is no port`)
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

/** The fields of a node behind one byte that the caller has looked at. */
function decodeNode(bytes: Uint8Array): EpmdNode {
  const missing = (field: string): EpmdError =>
    malformed(`${field} reaches behind the end of the ${bytes.length} bytes of a node's description`)
  if (bytes.length < 11) throw missing('its fixed part')
  const nameLength = u16(bytes, 9)
  if (bytes.length < 13 + nameLength) throw missing(`a name of ${nameLength} bytes`)
  const extraLength = u16(bytes, 11 + nameLength)
  if (bytes.length < 13 + nameLength + extraLength) throw missing(`an extra of ${extraLength} bytes`)
  return {
    name: decodeName(bytes.subarray(11, 11 + nameLength), "a node's description"),
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
      `${JSON.stringify(name.slice(0, 80))} is no name for epmd: it ${problem}`,
    )
  return Buffer.from(name)
}

function decodeName(bytes: Uint8Array, where: string): string {
  // C programs send the zero at the end of their string; epmd takes it off.
  const name = utf8(bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes)
  if (name === undefined) throw malformed(`the name in ${where} is no UTF-8: ${hexDump(bytes)}`)
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
